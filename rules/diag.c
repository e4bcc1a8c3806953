/* SPDX-License-Identifier: ISC */
/*
 * Messages are kept in the order of their arrival in groups: an error or a
 * warning with the notes behind it.  They print in the order of files and
 * lines, so that errors of the grammar and errors of meaning, which are found
 * in two passes, come out as one list.
 */
#include "rules/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct source {
	char *name;
	char *text;	/* NULL: none to show */
	size_t len;
};

struct diag {
	struct source *files;
	size_t nfiles;
	struct diag_msg *v;
	size_t n, cap;
	unsigned errors, warnings;
	bool dropped;	/* the last error was a duplicate: so are its notes */
};

struct diag *
diag_new(void)
{
	return calloc(1, sizeof(struct diag));
}

void
diag_reset(struct diag *d)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		free(d->v[i].text);
	d->n = 0;
	d->errors = d->warnings = 0;
}

void
diag_free(struct diag *d)
{
	size_t i;

	if (d == NULL)
		return;
	diag_reset(d);
	for (i = 0; i < d->nfiles; i++) {
		free(d->files[i].name);
		free(d->files[i].text);
	}
	free(d->files);
	free(d->v);
	free(d);
}

uint32_t
diag_file(struct diag *d, const char *name, const char *text, size_t len)
{
	struct source *v, *s;

	v = reallocarray(d->files, d->nfiles + 1, sizeof(*v));
	if (v == NULL)
		return 0;
	d->files = v;
	s = &v[d->nfiles];
	memset(s, 0, sizeof(*s));
	s->name = strdup(name);
	if (text != NULL && (s->text = malloc(len + 1)) != NULL) {
		memcpy(s->text, text, len);
		s->text[len] = '\0';
		s->len = len;
	}
	return (uint32_t)d->nfiles++;
}

const char *
diag_file_name(const struct diag *d, uint32_t file)
{
	if (file >= d->nfiles || d->files[file].name == NULL)
		return "-";
	return d->files[file].name;
}

static bool
same_span(const struct span *a, const struct span *b)
{
	return a->line == b->line && (a->line == 0 ||
	    (a->file == b->file && a->col == b->col));
}

/* Is this error or warning, at this place, known already? */
static bool
known(const struct diag *d, const struct diag_msg *m)
{
	size_t i, from = d->n > 64 ? d->n - 64 : 0;

	for (i = from; i < d->n; i++)
		if (d->v[i].level == m->level &&
		    same_span(&d->v[i].span, &m->span) &&
		    strcmp(d->v[i].text, m->text) == 0)
			return true;
	return false;
}

static void
add(struct diag *d, enum diag_level level, const struct span *span,
    const char *fmt, va_list ap)
{
	struct diag_msg m = { .level = level };

	if (span != NULL)
		m.span = *span;
	if (level == DIAG_NOTE && d->dropped)
		return;
	if (vasprintf(&m.text, fmt, ap) == -1)
		m.text = NULL;
	if (level != DIAG_NOTE)
		d->dropped = m.text != NULL && known(d, &m);
	if (d->n == d->cap) {
		size_t cap = d->cap == 0 ? 16 : 2 * d->cap;
		struct diag_msg *v = reallocarray(d->v, cap, sizeof(*v));

		if (v != NULL) {
			d->v = v;
			d->cap = cap;
		}
	}
	/* out of memory: the error counts, even if its text is lost */
	if (m.text == NULL || d->dropped || d->n == d->cap)
		free(m.text);
	else
		d->v[d->n++] = m;
	if (!d->dropped && level == DIAG_ERROR)
		d->errors++;
	else if (!d->dropped && level == DIAG_WARNING)
		d->warnings++;
}

#define ADD(name, level)						\
void									\
name(struct diag *d, const struct span *span, const char *fmt, ...)	\
{									\
	va_list ap;							\
									\
	va_start(ap, fmt);						\
	add(d, level, span, fmt, ap);					\
	va_end(ap);							\
}
ADD(diag_error, DIAG_ERROR)
ADD(diag_warn, DIAG_WARNING)
ADD(diag_note, DIAG_NOTE)

unsigned
diag_errors(const struct diag *d)
{
	return d->errors;
}

unsigned
diag_warnings(const struct diag *d)
{
	return d->warnings;
}

const struct diag_msg *
diag_get(const struct diag *d, size_t i)
{
	return i < d->n ? &d->v[i] : NULL;
}

/* The text of a line, without its newline; NULL if there is none. */
static const char *
source_line(const struct source *s, uint32_t line, size_t *len)
{
	const char *p = s->text, *nl;

	if (p == NULL)
		return NULL;
	while (--line > 0) {
		if ((nl = strchr(p, '\n')) == NULL)
			return NULL;
		p = nl + 1;
	}
	*len = strcspn(p, "\n");
	return p;
}

#define SHOW_MAX 240	/* bytes of a source line that are shown */

static void
print_caret(const struct diag *d, FILE *f, const struct span *sp)
{
	const char *p;
	size_t len, i, end;

	if (sp->line2 == 0 || sp->file >= d->nfiles || (p = source_line(&d->files[sp->file],
	    sp->line, &len)) == NULL || sp->col > len + 1 ||
	    sp->col > SHOW_MAX)
		return;
	fprintf(f, "%5u | %.*s%s\n", sp->line,
	    (int)(len > SHOW_MAX ? SHOW_MAX : len), p,
	    len > SHOW_MAX ? "..." : "");
	fprintf(f, "%5s | ", "");
	for (i = 0; i + 1 < sp->col; i++)
		fputc(p[i] == '\t' ? '\t' : ' ', f);
	end = sp->line2 == sp->line && sp->col2 > sp->col ?
	    sp->col2 - sp->col : 1;
	if (sp->line2 > sp->line && len >= sp->col)
		end = len - sp->col + 1;
	if (sp->col - 1 + end > SHOW_MAX)
		end = SHOW_MAX + 1 - sp->col;
	fputc('^', f);
	for (i = 1; i < end; i++)
		fputc('~', f);
	fputc('\n', f);
}

static void
print_msg(const struct diag *d, FILE *f, const struct diag_msg *m,
    const char *prog, int flags)
{
	static const char *const words[] = {
		[DIAG_ERROR] = "error", [DIAG_WARNING] = "warning",
		[DIAG_NOTE] = "note",
	};

	if (m->span.line == 0) {
		fprintf(f, "%s: %s%s\n", prog, m->level == DIAG_ERROR ? "" :
		    m->level == DIAG_WARNING ? "warning: " : "note: ",
		    m->text);
		return;
	}
	fprintf(f, "%s:%u:%u: %s: %s\n", diag_file_name(d, m->span.file),
	    m->span.line, m->span.col, words[m->level], m->text);
	if ((flags & DIAG_NO_CARETS) == 0)
		print_caret(d, f, &m->span);
}

struct group {
	size_t first, n;
	const struct span *span;
};

static int
group_cmp(const void *va, const void *vb)
{
	const struct group *a = va, *b = vb;
	const struct span *x = a->span, *y = b->span;

	if ((x->line == 0) != (y->line == 0))
		return x->line == 0 ? 1 : -1;
	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return a->first < b->first ? -1 : 1;
}

void
diag_print(const struct diag *d, FILE *f, const char *prog, int flags)
{
	struct group *g;
	size_t i, j, n = 0;

	if (d->n == 0)
		return;
	if ((g = calloc(d->n, sizeof(*g))) == NULL) {
		for (i = 0; i < d->n; i++)
			print_msg(d, f, &d->v[i], prog, flags);
		return;
	}
	for (i = 0; i < d->n; i++) {
		if (d->v[i].level != DIAG_NOTE || n == 0)
			g[n++] = (struct group){ i, 0, &d->v[i].span };
		g[n - 1].n++;
	}
	qsort(g, n, sizeof(*g), group_cmp);
	for (i = 0; i < n; i++) {
		if ((flags & DIAG_NO_WARNINGS) != 0 &&
		    d->v[g[i].first].level == DIAG_WARNING)
			continue;
		for (j = 0; j < g[i].n; j++)
			print_msg(d, f, &d->v[g[i].first + j], prog, flags);
	}
	free(g);
}

/* Edit distance with swaps of neighbours counting one (bounded words). */
static size_t
distance(const char *a, const char *b)
{
	enum { MAX = 40 };
	size_t la = strlen(a), lb = strlen(b), i, j;
	size_t row[3][MAX + 1], *cur, *last, *before;

	if (la > MAX || lb > MAX)
		return MAX;
	for (j = 0; j <= lb; j++)
		row[0][j] = j;
	for (i = 1; i <= la; i++) {
		cur = row[i % 3];
		last = row[(i - 1) % 3];
		before = row[(i + 1) % 3];
		cur[0] = i;
		for (j = 1; j <= lb; j++) {
			size_t c = last[j - 1] + (a[i - 1] != b[j - 1]);

			if (last[j] + 1 < c)
				c = last[j] + 1;
			if (cur[j - 1] + 1 < c)
				c = cur[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && before[j - 2] + 1 < c)
				c = before[j - 2] + 1;
			cur[j] = c;
		}
	}
	return row[la % 3][lb];
}

const char *
diag_suggest(const char *word, const char *const *names, size_t n)
{
	size_t len = strlen(word), best, i, dist;
	size_t limit = len / 3 > 0 ? len / 3 : 1;
	const char *found = NULL;

	best = limit + 1;
	for (i = 0; i < n; i++) {
		if (names[i] == NULL || strcmp(names[i], word) == 0)
			continue;
		dist = distance(word, names[i]);
		/* of two equally near ones that of the same length */
		if (dist < best || (dist == best && dist <= limit &&
		    strlen(names[i]) == len && strlen(found) != len)) {
			best = dist;
			found = names[i];
		}
	}
	return found;
}
