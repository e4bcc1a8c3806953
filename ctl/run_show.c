/* SPDX-License-Identifier: ISC */
/*
 * -s: ask, and print each record as it comes.
 *
 * A row says what to ask for, which arguments go with it, and who prints the
 * records.  With -j the lines of natd are printed as they are.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/natctl.h"
#include "ctl/show_json.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))
#define COUNTERS_MAX 256
#define FILTER_TEXT_MAX 4096

enum show_args {
	WITH_ANCHOR = 1,
	WITH_RULE = 2,		/* -R */
	WITH_SERVICES = 4,	/* -P */
	WITH_IFACE = 8,		/* -i, as a filter of one test */
	WITH_FILTER = 16,
};

struct answer;
typedef int print_fn(struct answer *, const json_t *);

struct show {
	uint8_t what;		/* enum show_what */
	uint8_t args;		/* enum show_args */
	bool alone;		/* not part of -s all */
	const char *name;	/* in the request */
	const char *title;	/* of -s all */
	print_fn *print;
};

/* One answer while it comes. */
struct answer {
	struct natctl *n;
	const struct show *show;
	struct filter *filter;
	uint64_t records;
	bool bad;		/* a record that makes no sense */
	char *text;		/* of a state: strings point into it */
	size_t text_size;
	/* of -s info, which prints at the end */
	struct show_info info;
	struct show_iface logif;
	bool has_info, has_logif;
	struct show_counter *counters;
	size_t ncounters;
};

static void
put_line(struct answer *a, const char *line, size_t len)
{
	fwrite(line, 1, len, a->n->out);
	putc('\n', a->n->out);
}

static int
print_rule(struct answer *a, const json_t *v)
{
	struct show_rule r;

	if (show_rule_read(v, &r) != 0)
		return -EINVAL;
	format_rule(&a->n->format, &r);
	return 0;
}

/* A copy of a line that may be written to, in a buffer that is kept. */
static char *
copy_line(struct answer *a, const char *line, size_t len)
{
	char *p;

	if (len >= a->text_size) {
		if ((p = realloc(a->text, len + 1)) == NULL)
			return NULL;
		a->text = p;
		a->text_size = len + 1;
	}
	memcpy(a->text, line, len);
	a->text[len] = '\0';
	return a->text;
}

/* One state, as text or, if it had to be looked into, as the line it was. */
static int
put_state(struct answer *a, const struct show_state *s, const char *line,
    size_t len)
{
	if (!filter_match(a->filter, s))
		return 0;
	if (a->n->o->json)
		put_line(a, line, len);
	else
		format_state(&a->n->format, s);
	return 0;
}

static int
print_state(struct answer *a, const char *line, size_t len)
{
	char *text = copy_line(a, line, len);
	struct show_state s;
	json_t *v;
	int error;

	if (text == NULL)
		return -ENOMEM;
	if (show_state_scan(text, &s) == 0)
		return put_state(a, &s, line, len);
	v = json_loadb(line, len, 0, NULL);
	if ((error = show_state_read(v, &s)) == 0)
		error = put_state(a, &s, line, len);
	json_decref(v);
	return error;
}

static int
print_source(struct answer *a, const json_t *v)
{
	struct show_source s;

	if (show_source_read(v, &s) != 0)
		return -EINVAL;
	format_source(&a->n->format, &s);
	return 0;
}

static int
print_label(struct answer *a, const json_t *v)
{
	struct show_label l;

	if (show_label_read(v, &l) != 0)
		return -EINVAL;
	format_label(&a->n->format, &l);
	return 0;
}

/* Collect: the loginterface comes last and is printed first. */
static int
print_info(struct answer *a, const json_t *v)
{
	const char *type = show_type(v);

	if (strcmp(type, "info") == 0) {
		a->has_info = true;
		return show_info_read(v, &a->info);
	}
	if (strcmp(type, "counter") == 0 && a->ncounters < COUNTERS_MAX)
		return show_counter_read(v, &a->counters[a->ncounters++]);
	if (strcmp(type, "interface") == 0) {
		a->has_logif = true;
		return show_iface_read(v, &a->logif);
	}
	return -EINVAL;
}

static int
print_timeout(struct answer *a, const json_t *v)
{
	struct show_timeout t;

	if (show_timeout_read(v, &t) != 0)
		return -EINVAL;
	format_timeout(&a->n->format, &t);
	return 0;
}

static int
print_memory(struct answer *a, const json_t *v)
{
	struct show_limit l;
	struct show_memory m;

	if (show_limit_read(v, &l) == 0)
		format_limit(&a->n->format, &l);
	else if (show_memory_read(v, &m) == 0)
		format_memory(&a->n->format, &m);
	else
		return -EINVAL;
	return 0;
}

static int
print_table(struct answer *a, const json_t *v)
{
	struct show_table t;

	if (show_table_read(v, &t) != 0)
		return -EINVAL;
	format_table(&a->n->format, &t);
	return 0;
}

static int
print_iface(struct answer *a, const json_t *v)
{
	struct show_iface i;

	if (show_iface_read(v, &i) != 0)
		return -EINVAL;
	format_iface(&a->n->format, &i);
	return 0;
}

static int
print_anchor(struct answer *a, const json_t *v)
{
	const char *path = json_string_value(json_object_get(v, "path"));
	char base[RULE_ANCHOR_PATH_MAX + 1];

	if (path == NULL)
		return -EINVAL;
	(void)options_anchor(a->n->o, base);
	format_anchor(&a->n->format, path, base);
	return 0;
}

static int
print_queue(struct answer *a, const json_t *v)
{
	const char *text = json_string_value(json_object_get(v, "text"));

	if (text == NULL)
		return -EINVAL;
	fprintf(a->n->out, "%s\n", text);
	return 0;
}

/* The order is that of -s all. */
static const struct show shows[] = {
	{ SHOW_NAT, WITH_ANCHOR | WITH_SERVICES, false, "nat",
	  "TRANSLATION RULES:", print_rule },
	{ SHOW_RULES, WITH_ANCHOR | WITH_RULE | WITH_SERVICES, false, "rules",
	  "FILTER RULES:", print_rule },
	{ SHOW_QUEUE, WITH_IFACE, false, "queues", "QUEUES:", print_queue },
	{ SHOW_ANCHORS, WITH_ANCHOR, false, "anchors", "ANCHORS:",
	  print_anchor },
	{ SHOW_STATES, WITH_FILTER, false, "states", "STATES:", NULL },
	{ SHOW_SOURCES, 0, false, "sources", "SOURCE TRACKING NODES:",
	  print_source },
	{ SHOW_INFO, 0, false, "info", "INFO:", print_info },
	{ SHOW_LABELS, WITH_ANCHOR | WITH_RULE, false, "labels",
	  "LABEL COUNTERS:", print_label },
	{ SHOW_TIMEOUTS, 0, false, "timeouts", "TIMEOUTS:", print_timeout },
	{ SHOW_MEMORY, 0, false, "memory", "LIMITS:", print_memory },
	{ SHOW_TABLES, WITH_ANCHOR, false, "tables", "TABLES:", print_table },
	{ SHOW_INTERFACES, WITH_IFACE, true, "interfaces", NULL,
	  print_iface },
	{ SHOW_RUNNING, 0, true, "running", NULL, NULL },
};

static int
on_record(void *arg, const json_t *v, const char *line, size_t len)
{
	struct answer *a = arg;
	int error = 0;

	a->records++;
	if (a->n->o->json && a->filter == NULL)
		put_line(a, line, len);
	else if (a->show->what == SHOW_STATES)
		error = print_state(a, line, len);
	else
		error = a->show->print == NULL ? -EINVAL : a->show->print(a, v);
	a->bad = error != 0;
	return error;
}

static int
add_anchor(json_t *args, const struct options *o)
{
	char path[RULE_ANCHOR_PATH_MAX + 1];

	if (o->anchor == NULL)
		return 0;
	if (options_anchor(o, path) &&
	    json_object_set_new(args, "recursive", json_true()) != 0)
		return -1;
	return natctl_set_text(args, "anchor", path);
}

/*
 * The person's filter, -i and -R as one expression.  The filter alone is
 * compiled first, so that columns in its errors are those of the person.
 */
static int
make_filter(struct natctl *n, struct filter **out)
{
	const struct options *o = n->o;
	const char *text = o->nargs > 0 ? o->args[0] : NULL;
	char all[FILTER_TEXT_MAX] = "", more[128];

	if (text != NULL) {
		if (natctl_filter(n, text, out) != 0)
			return 1;
		if (o->iface == NULL && o->rule < 0)
			return 0;
		filter_free(*out);
		*out = NULL;
		snprintf(all, sizeof(all), "(%s)", text);
	}
	if (o->iface != NULL) {
		snprintf(more, sizeof(more), " iface \"%s\"", o->iface);
		strlcat(all, more, sizeof(all));
	}
	if (o->rule >= 0) {
		snprintf(more, sizeof(more), " nr %lld", (long long)o->rule);
		strlcat(all, more, sizeof(all));
	}
	if (*all == '\0')
		return 0;
	return natctl_filter(n, all, out);
}

static json_t *
make_args(struct answer *a)
{
	const struct options *o = a->n->o;
	json_t *args = json_pack("{s:s}", "what", a->show->name);
	int error = args == NULL ? -1 : 0;

	if (a->show->args & WITH_ANCHOR)
		error |= add_anchor(args, o);
	if (a->show->args & WITH_RULE && o->rule >= 0)
		error |= json_object_set_new(args, "nr",
		    json_integer(o->rule));
	if (a->show->args & WITH_SERVICES && o->services)
		error |= json_object_set_new(args, "services", json_true());
	if (a->show->args & WITH_SERVICES && o->verbose > 1)
		error |= json_object_set_new(args, "numbers", json_true());
	if (a->show->args & WITH_IFACE && o->iface != NULL)
		error |= json_object_set_new(args, "filter",
		    json_pack("[s,s]", "if", o->iface));
	if (a->filter != NULL)
		error |= json_object_set_new(args, "filter",
		    filter_json(a->filter));
	if (error == 0)
		return args;
	json_decref(args);
	return NULL;
}

/* What is left to print when the answer is complete. */
static int
show_end(struct answer *a, const json_t *done)
{
	struct natctl *n = a->n;
	bool enabled;

	if (a->show->what == SHOW_INFO && !n->o->json) {
		if (!a->has_info) {
			natctl_warn(n, "natd sent no status");
			return 1;
		}
		format_info(&n->format, &a->info, a->counters, a->ncounters,
		    a->has_logif ? &a->logif : NULL);
	}
	if (a->show->what != SHOW_RUNNING)
		return 0;
	enabled = json_is_true(json_object_get(done, "enabled"));
	if (n->o->json)
		fprintf(n->out, "{\"enabled\":%s}\n",
		    enabled ? "true" : "false");
	else
		fprintf(n->out, "%s\n", enabled ? "Enabled" : "Disabled");
	return !enabled;
}

/* Ask and print.  Return: 0, 1, or a negative errno not told about. */
static int
show_ask(struct answer *a)
{
	json_t *done;
	int error, status;

	if (natctl_connect(a->n) != 0)
		return 1;
	/* -j prints what natd says; states are read here, as it is faster */
	client_set_raw(a->n->client, a->n->o->json ||
	    a->show->what == SHOW_STATES);
	error = natctl_try(a->n, "show", make_args(a), on_record, a, &done);
	if (a->n->client != NULL)
		client_set_raw(a->n->client, false);
	if (a->bad) {
		natctl_warn(a->n, "natd sent a record of -s %s that makes no "
		    "sense", a->show->name);
		return 1;
	}
	if (error != 0)
		return error;
	status = show_end(a, done);
	json_decref(done);
	if (a->show->what == SHOW_RULES && a->n->o->rule >= 0 &&
	    a->records == 0) {
		natctl_warn(a->n, "there is no rule %lld",
		    (long long)a->n->o->rule);
		return 1;
	}
	return status;
}

static int
show_one(struct natctl *n, const struct show *s, bool quiet)
{
	struct answer a = { .n = n, .show = s };
	int error = 0;

	if (s->what == SHOW_INFO) {
		a.counters = calloc(COUNTERS_MAX, sizeof(*a.counters));
		error = a.counters == NULL ? -ENOMEM : 0;
	}
	if (error == 0 && s->args & WITH_FILTER)
		error = make_filter(n, &a.filter);
	if (error == 0)
		error = show_ask(&a);
	if (error < 0 && !(quiet && error == -EREMOTEIO))
		natctl_warn(n, "%s", error == -ENOMEM ? "out of memory" :
		    natctl_error(n));
	filter_free(a.filter);
	free(a.counters);
	free(a.text);
	return error < 0 ? !quiet || error != -EREMOTEIO : error;
}

/* Each part under its title; parts that natd has not are left out. */
static int
show_all(struct natctl *n)
{
	FILE *out = n->out;
	bool first = true;
	char *text;
	size_t i, len;
	int status = 0;

	for (i = 0; i < nitems(shows) && status == 0; i++) {
		if (shows[i].alone)
			continue;
		if ((n->out = open_memstream(&text, &len)) == NULL) {
			n->out = out;
			return 1;
		}
		n->format.out = n->out;
		status = show_one(n, &shows[i], true);
		fclose(n->out);
		n->format.out = n->out = out;
		if (len > 0 && !n->o->json)
			fprintf(out, "%s%s\n", first ? "" : "\n",
			    shows[i].title);
		fwrite(text, 1, len, out);
		first = first && len == 0;
		free(text);
	}
	return status;
}

int
natctl_show(struct natctl *n)
{
	size_t i;

	if (n->o->show == SHOW_ALL)
		return show_all(n);
	for (i = 0; i < nitems(shows); i++)
		if (shows[i].what == n->o->show)
			return show_one(n, &shows[i], false);
	return 1;
}
