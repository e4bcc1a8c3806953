/* SPDX-License-Identifier: ISC */
/*
 * Messages are kept in the order of their arrival in groups: an error or a
 * warning with the notes behind it.  They print in the order of files and
 * lines, so that errors of the grammar and errors of meaning, which are found
 * in two passes, come out as one list.
 */
#include "rules/diag.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define OFF_MAX 16

struct source {
	struct span from;	/* line 0: not included by another */
	char *name;
	char *text;	/* NULL: none to show */
	size_t len;
};

struct expansion_at {
	struct span span;
	const char *name, *value;
	struct span at;		/* of the definition; line 0: -D */
};

struct diag {
	struct source *files;
	size_t nfiles;
	struct diag_msg *v;
	size_t n, cap;
	unsigned errors;
	const char *off[OFF_MAX];	/* warnings that nobody wants */
	size_t noff;
	struct expansion_at *macros;
	size_t nmacros, macros_cap;
	struct diag_msg *last;	/* that hints go to; NULL: it was dropped */
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

	for (i = 0; i < d->n; i++) {
		free(d->v[i].text);
		free(d->v[i].hint);
	}
	d->n = 0;
	d->last = NULL;
	d->errors = 0;
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
	free(d->macros);
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

uint32_t
diag_file_named(struct diag *d, const char *name)
{
	uint32_t i;

	for (i = 0; i < d->nfiles; i++)
		if (strcmp(diag_file_name(d, i), name) == 0)
			return i;
	return diag_file(d, name, NULL, 0);
}

void
diag_included(struct diag *d, uint32_t file, const struct span *from)
{
	if (file < d->nfiles)
		d->files[file].from = *from;
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

void
diag_about(struct diag *d, const char *name)
{
	if (d->last != NULL)
		d->last->name = name;
}

void
diag_hint(struct diag *d, const char *fmt, ...)
{
	char *text, *both;
	va_list ap;
	int n;

	if (d->last == NULL)
		return;
	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n == -1)
		return;
	if (d->last->hint != NULL) {
		n = asprintf(&both, "%s; %s", d->last->hint, text);
		free(text);
		if (n == -1)
			return;
		free(d->last->hint);
		text = both;
	}
	d->last->hint = text;
}

void
diag_macro(struct diag *d, const struct span *span, const char *name,
    const char *value, const struct span *at)
{
	struct expansion_at *v;
	size_t cap;

	if (d->nmacros == d->macros_cap) {
		cap = d->macros_cap == 0 ? 64 : 2 * d->macros_cap;
		if ((v = reallocarray(d->macros, cap, sizeof(*v))) == NULL)
			return;
		d->macros = v;
		d->macros_cap = cap;
	}
	d->macros[d->nmacros++] = (struct expansion_at){ *span, name, value,
	    *at };
}

void
diag_macros_forget(struct diag *d)
{
	d->nmacros = 0;
}

/* What stood in the place of a `$name'. */
static void
macro_hint(struct diag *d, const struct span *span)
{
	size_t i;

	for (i = 0; i < d->nmacros; i++) {
		const struct expansion_at *e = &d->macros[i];

		if (!same_span(&e->span, span) || span->line == 0)
			continue;
		if (e->at.line != 0 && e->at.file != span->file)
			diag_hint(d, "%s = \"%s\" (%s:%u)", e->name,
			    e->value, diag_file_name(d, e->at.file),
			    e->at.line);
		else if (e->at.line != 0)
			diag_hint(d, "%s = \"%s\" (line %u)", e->name,
			    e->value, e->at.line);
		else
			diag_hint(d, "%s = \"%s\" (-D)", e->name, e->value);
		return;
	}
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
	d->last = NULL;
	if (m.text == NULL || (d->dropped && level != DIAG_NOTE) ||
	    d->n == d->cap) {
		free(m.text);
	} else {
		d->v[d->n] = m;
		d->last = &d->v[d->n++];
	}
	if (!d->dropped && level == DIAG_ERROR)
		d->errors++;
	if (d->last != NULL && level == DIAG_ERROR)
		macro_hint(d, &m.span);
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

void
diag_warn_named(struct diag *d, const char *name, const struct span *span,
    const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	if (diag_warn_is_off(d, name)) {
		d->dropped = true;	/* and its notes */
		d->last = NULL;
		return;
	}
	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n == -1)
		return;
	diag_warn(d, span, "%s [%s]", text, name);
	if (d->last != NULL)
		d->last->name = name;
	free(text);
}

bool
diag_warn_is_off(const struct diag *d, const char *name)
{
	size_t i;

	for (i = 0; i < d->noff; i++)
		if (strcmp(d->off[i], name) == 0)
			return true;
	return false;
}

void
diag_warn_off(struct diag *d, const char *name)
{
	if (d->noff < OFF_MAX)
		d->off[d->noff++] = name;
}

unsigned
diag_errors(const struct diag *d)
{
	return d->errors;
}

const struct diag_msg *
diag_get(const struct diag *d, size_t i)
{
	return i < d->n ? &d->v[i] : NULL;
}

/* Where a line begins; messages come in order, so the last one helps. */
struct seen {
	uint32_t file, line;
	const char *at;
};

/* The text of a line, without its newline; NULL if there is none. */
static const char *
source_line(const struct diag *d, const struct span *sp, struct seen *seen,
    size_t *len)
{
	const char *p, *nl;
	uint32_t line = 1;

	if (sp->file >= d->nfiles || (p = d->files[sp->file].text) == NULL)
		return NULL;
	if (seen->at != NULL && seen->file == sp->file &&
	    seen->line <= sp->line) {
		p = seen->at;
		line = seen->line;
	}
	for (; line < sp->line; line++) {
		if ((nl = strchr(p, '\n')) == NULL)
			return NULL;
		p = nl + 1;
	}
	*seen = (struct seen){ sp->file, sp->line, p };
	*len = strcspn(p, "\n");
	return p;
}

#define SHOW_MAX 240	/* bytes of a source line that are shown */

/* Columns on the screen: bytes that go on a character take none. */
static bool
goes_on(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static bool
print_caret(const struct diag *d, FILE *f, const struct diag_msg *m,
    struct seen *seen)
{
	const struct span *sp = &m->span;
	const char *p;
	size_t len, i, end, from = 0, to;

	if (sp->line2 == 0 || (p = source_line(d, sp, seen, &len)) == NULL ||
	    sp->col > len + 1)
		return false;
	if (sp->col > SHOW_MAX)	/* the end of a long line */
		from = sp->col - SHOW_MAX / 2;
	while (from > 0 && from < len && goes_on(p[from]))
		from++;
	to = len - from > SHOW_MAX ? from + SHOW_MAX : len;
	fprintf(f, "%5u | %s%.*s%s\n", sp->line, from > 0 ? "..." : "",
	    (int)(to - from), p + from, to < len ? "..." : "");
	fprintf(f, "%5s | %s", "", from > 0 ? "   " : "");
	for (i = from; i + 1 < sp->col; i++)
		if (!goes_on(p[i]))
			fputc(p[i] == '\t' ? '\t' : ' ', f);
	end = sp->line2 == sp->line && sp->col2 > sp->col ? sp->col2 : sp->col;
	if (sp->line2 > sp->line)
		end = len + 1;
	fputc('^', f);
	for (i = sp->col; i + 1 < end && i < to; i++)
		if (!goes_on(p[i]))
			fputc('~', f);
	if (m->hint != NULL)
		fprintf(f, " %s", m->hint);
	fputc('\n', f);
	return true;
}

static void
print_msg(const struct diag *d, FILE *f, const struct diag_msg *m,
    struct seen *seen, const char *prog, int flags)
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
	if (((flags & DIAG_NO_CARETS) != 0 || !print_caret(d, f, m, seen)) &&
	    m->hint != NULL)
		fprintf(f, "      | %s\n", m->hint);
}

/* Which file brought this one in? */
static void
print_included(const struct diag *d, FILE *f, const struct span *sp)
{
	const struct span *from;

	if (sp->line == 0 || sp->file >= d->nfiles)
		return;
	from = &d->files[sp->file].from;
	if (from->line != 0)
		fprintf(f, "%s:%u:%u: note: included from here\n",
		    diag_file_name(d, from->file), from->line, from->col);
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
	struct seen seen = { 0 };
	struct group *g;
	size_t i, j, n = 0;

	if (d->n == 0)
		return;
	if ((g = calloc(d->n, sizeof(*g))) == NULL) {
		for (i = 0; i < d->n; i++)
			print_msg(d, f, &d->v[i], &seen, prog, flags);
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
			print_msg(d, f, &d->v[g[i].first + j], &seen, prog,
			    flags);
		print_included(d, f, &d->v[g[i].first].span);
	}
	free(g);
}

/*
 * Edit distance with swaps of neighbours counting one and another case
 * nothing (bounded words).
 */
static bool
same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

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
			size_t c = last[j - 1] + !same_letter(a[i - 1], b[j - 1]);

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

/* Two neighbours changed places, and nothing else. */
static bool
swapped(const char *a, const char *b)
{
	while (*a != '\0' && same_letter(*a, *b))
		a++, b++;
	return a[0] != '\0' && a[1] != '\0' && b[0] != '\0' &&
	    b[1] != '\0' && same_letter(a[0], b[1]) &&
	    same_letter(a[1], b[0]) && strcasecmp(a + 2, b + 2) == 0;
}

/* How much like @word a name is that is as near as another. */
static int
likeness(const char *word, const char *name)
{
	return 4 * swapped(word, name) + 2 * same_letter(word[0], name[0]) +
	    (strlen(word) == strlen(name));
}

/* Is @name a short form of @word, both without their hyphens? */
static bool
short_form(const char *word, const char *name)
{
	size_t n = 0;

	for (;;) {
		word += *word == '-';
		name += *name == '-';
		if (*name == '\0')
			return n >= 4;
		if (!same_letter(*word++, *name++))
			return false;
		n++;
	}
}

const char *
diag_suggest(const char *word, const char *const *names, size_t n)
{
	size_t limit = strlen(word) / 3 > 0 ? strlen(word) / 3 : 1;
	size_t best = limit + 1, i, dist;
	const char *found = NULL, *begins = NULL;

	for (i = 0; i < n; i++) {
		if (names[i] == NULL || strcmp(names[i], word) == 0)
			continue;
		dist = distance(word, names[i]);
		if (dist < best || (dist == best && dist <= limit &&
		    likeness(word, names[i]) > likeness(word, found))) {
			best = dist;
			found = names[i];
		}
		if (short_form(word, names[i]) && (begins == NULL ||
		    strlen(names[i]) > strlen(begins)))
			begins = names[i];
	}
	return found != NULL ? found : begins;
}

bool
diag_hint_near(struct diag *d, const char *word, const char *const *names,
    size_t n)
{
	const char *near = diag_suggest(word, names, n);

	if (near != NULL)
		diag_hint(d, "did you mean '%s'?", near);
	return near != NULL;
}
