/* SPDX-License-Identifier: ISC */
/*
 * -k, -F and -z: what ends states and clears.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/natctl.h"
#include "ctl/safety.h"
#include "ctl/word.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

/*
 * The networks that one -k HOST means, as ["or",[OP,NET],...].
 * Return: how many, or 0 after telling.
 */
static size_t
host_filter(struct natctl *n, const char *op, const char *text, json_t **out)
{
	char expr[512], err[FILTER_ERR_MAX];
	struct filter_names names;
	struct filter *f;
	json_t *v;

	if (strlen(text) > 255 || strpbrk(text, "\"() \t\n") != NULL) {
		natctl_warn(n, "\"%.60s\" is no address or host", text);
		return 0;
	}
	/* a short 0/0 is a wildcard */
	if (strcmp(text, "0/0") == 0 || strcmp(text, "0") == 0)
		text = "0.0.0.0/0";
	snprintf(expr, sizeof(expr), "%s %s", op, text);
	if (natctl_names(n, &names) != 0)
		return 0;
	if (filter_parse(expr, &names, err, &f) != 0) {
		natctl_warn(n, "\"%.60s\" is no address, network or host "
		    "that is known", text);
		return 0;
	}
	v = filter_json(f);
	filter_free(f);
	if (v == NULL) {
		natctl_warn(n, "out of memory");
		return 0;
	}
	*out = v;
	if (strcmp(json_string_value(json_array_get(v, 0)), "or") == 0)
		return json_array_size(v) - 1;
	return 1;
}

/* ID[/CREATOR] */
static json_t *
id_filter(struct natctl *n, const char *text)
{
	char id[64], *slash;
	uint64_t v;

	if (strlcpy(id, text, sizeof(id)) < sizeof(id)) {
		if ((slash = strchr(id, '/')) != NULL)
			*slash++ = '\0';
		if (word_hex(id, &v) == 0 &&
		    (slash == NULL || word_hex(slash, &v) == 0))
			return slash == NULL ?
			    json_pack("[s,s]", "id", id) :
			    json_pack("[s,s,s]", "id", id, slash);
	}
	natctl_warn(n, "\"%.60s\" is no ID[/CREATOR] of hex digits", text);
	return NULL;
}

/*
 * An end point as -s states prints it, ADDR:PORT, ADDR[PORT] or ADDR, in the
 * form of the protocol.
 */
static int
end_point(const char *text, char buf[static WORD_MAX])
{
	char addr[WORD_MAX];
	const char *port = "0", *colon;
	size_t len;

	if (strlen(text) >= sizeof(addr))
		return -EINVAL;
	strlcpy(addr, text, sizeof(addr));
	len = strlen(addr);
	if (*addr != '[' && len > 0 && addr[len - 1] == ']') {
		if (strchr(addr, '[') == NULL)
			return -EINVAL;
		addr[len - 1] = '\0';
		addr[strcspn(addr, "[")] = '\0';
		port = addr + strlen(addr) + 1;
	} else if (*addr != '[' && (colon = strchr(addr, ':')) != NULL &&
	    strchr(colon + 1, ':') == NULL) {
		port = colon + 1;
		addr[colon - addr] = '\0';
	} else if (*addr == '[') {
		strlcpy(buf, addr, WORD_MAX);
		return 0;
	}
	len = (size_t)snprintf(buf, WORD_MAX, strchr(addr, ':') != NULL ?
	    "[%s]:%s" : "%s:%s", addr, port);
	return len < WORD_MAX ? 0 : -EINVAL;
}

/* PROTO LEFT <-|-> RIGHT; what is in parentheses is left out. */
static json_t *
key_filter(struct natctl *n, const char *text)
{
	char copy[256], left[WORD_MAX], right[WORD_MAX], *word[8], *rest;
	size_t i = 0;

	if (strlcpy(copy, text, sizeof(copy)) < sizeof(copy)) {
		rest = copy;
		while (i < nitems(word) &&
		    (word[i] = strsep(&rest, " \t")) != NULL)
			if (*word[i] != '\0' && *word[i] != '(')
				i++;
		if (i == 4 && (strcmp(word[2], "->") == 0 ||
		    strcmp(word[2], "<-") == 0) &&
		    end_point(word[1], left) == 0 &&
		    end_point(word[3], right) == 0)
			return json_pack("[s,s,s,s,s]", "key", word[0], left,
			    word[2], right);
	}
	natctl_warn(n, "\"%.80s\" is no key: it is like "
	    "'tcp 10.0.0.1:80 <- 10.0.0.9:1234'", text);
	return NULL;
}

static json_t *
expression_filter(struct natctl *n, const char *text)
{
	struct filter *f;
	json_t *v;

	if (natctl_filter(n, text, &f) != 0)
		return NULL;
	if ((v = filter_json(f)) == NULL)
		natctl_warn(n, "out of memory");
	filter_free(f);
	return v;
}

static json_t *
hosts_filter(struct natctl *n, const char *const host[2], size_t count[2])
{
	static const char *const ops[] = { "src host", "dst host" };
	json_t *v[2] = { NULL, NULL };
	int i;

	for (i = 0; i < 2 && host[i] != NULL; i++) {
		count[i] = host_filter(n, ops[i], host[i], &v[i]);
		if (count[i] == 0) {
			json_decref(v[0]);
			return NULL;
		}
	}
	return v[1] == NULL ? v[0] : json_pack("[s,o,o]", "and", v[0], v[1]);
}

static json_t *
kill_filter(struct natctl *n, size_t count[2])
{
	json_t *v = NULL;

	switch (n->o->kill) {
	case KILL_ID:
		return id_filter(n, n->o->killarg[0]);
	case KILL_LABEL:
		return json_pack("[s,s]", "label", n->o->killarg[0]);
	case KILL_KEY:
		return key_filter(n, n->o->killarg[0]);
	case KILL_GATEWAY:
		return host_filter(n, "gateway", n->o->killarg[0], &v) > 0 ?
		    v : NULL;
	case KILL_FILTER:
		return expression_filter(n, n->o->killarg[0]);
	}
	return hosts_filter(n, n->o->killarg, count);
}

/* -i and -V narrow what -k means. */
static json_t *
narrow(struct natctl *n, json_t *filter)
{
	if (filter != NULL && n->o->iface != NULL)
		filter = json_pack("[s,o,[s,s]]", "and", filter, "if",
		    n->o->iface);
	if (filter != NULL && n->o->rdomain >= 0)
		filter = json_pack("[s,o,[s,I]]", "and", filter, "rdomain",
		    (json_int_t)n->o->rdomain);
	return filter;
}

/* Ask for the number only, and then the person. */
static int
ask_first(struct natctl *n, json_t *filter)
{
	char question[80];
	json_t *done;
	unsigned long long states;

	if (natctl_request(n, "kill", json_pack("{s:s,s:O,s:b}", "what",
	    "states", "filter", filter, "dry", 1), NULL, NULL, &done) != 0)
		return 1;
	states = natctl_number(done, "killed");
	json_decref(done);
	if (states == 0) {
		natctl_say(n, "no state matches");
		return 1;
	}
	snprintf(question, sizeof(question), "%llu state%s. Kill %s?", states,
	    states == 1 ? " matches" : "s match", states == 1 ? "it" :
	    "them");
	return !n->ask(n->ask_arg, question);
}

int
natctl_kill(struct natctl *n)
{
	size_t count[2] = { 0, 0 };
	unsigned long long killed;
	const char *dummy = "";
	json_t *filter, *args, *done;

	if ((filter = narrow(n, kill_filter(n, count))) == NULL)
		return 1;
	if (n->o->kill == KILL_FILTER && n->ask != NULL &&
	    ask_first(n, filter) != 0) {
		json_decref(filter);
		return 0;
	}
	args = json_pack("{s:s,s:o,s:b}", "what", "states", "filter", filter,
	    "matches", n->o->matches);
	if (n->o->check) {
		json_object_set_new(args, "dry", json_true());
		dummy = " (dummy)";
	}
	if (natctl_request(n, "kill", args, NULL, NULL, &done) != 0)
		return 1;
	killed = natctl_number(done, "killed");
	if (n->o->kill == KILL_HOSTS)
		natctl_done(n, done, "killed %llu states from %zu sources and "
		    "%zu destinations%s", killed, count[0], count[1], dummy);
	else
		natctl_done(n, done, "killed %llu states%s", killed, dummy);
	return 0;
}

int
natctl_kill_sources(struct natctl *n)
{
	size_t count[2] = { 0, 0 };
	json_t *filter, *done;

	if ((filter = hosts_filter(n, n->o->killsrc, count)) == NULL)
		return 1;
	if (natctl_request(n, "kill", json_pack("{s:s,s:o,s:b}", "what",
	    "sources", "filter", filter, "dry", n->o->check), NULL, NULL,
	    &done) != 0)
		return 1;
	natctl_done(n, done, "killed %llu src nodes from %zu sources and %zu "
	    "destinations%s", natctl_number(done, "killed"), count[0],
	    count[1], n->o->check ? " (dummy)" : "");
	return 0;
}

static const struct flush {
	uint8_t what;		/* enum flush_what */
	bool anchor;		/* of the ruleset that -a means */
	bool iface;		/* -i narrows it */
	bool counted;		/* the report begins with how many */
	const char *name, *report;
} flushes[] = {
	{ FLUSH_RULES, true, false, false, "rules", "rules cleared" },
	{ FLUSH_NAT, true, false, false, "nat", "nat cleared" },
	{ FLUSH_TABLES, true, false, true, "tables", "tables deleted" },
	{ FLUSH_STATES, false, true, true, "states", "states cleared" },
	{ FLUSH_SOURCES, false, false, false, "sources",
	  "source tracking entries cleared" },
	{ FLUSH_INFO, false, true, false, "info", "pf: statistics cleared" },
	{ FLUSH_RESET, false, false, false, "reset", "pf: options reset" },
};

/* @anchor: NULL: not of one, or the main ruleset */
static json_t *
flush_args(struct natctl *n, const char *what, const char *anchor, bool iface)
{
	json_t *args = json_pack("{s:s}", "what", what);
	int error = args == NULL ? -1 : 0;

	error |= natctl_set_text(args, "anchor", anchor);
	if (iface && n->o->iface != NULL)
		error |= json_object_set_new(args, "filter",
		    json_pack("[s,s]", "if", n->o->iface));
	if (error != 0) {
		json_decref(args);
		args = NULL;
	}
	return args;
}

static int
flush_request(struct natctl *n, const char *what, const char *anchor,
    bool iface, json_t **done)
{
	return natctl_request(n, "flush", flush_args(n, what, anchor, iface),
	    NULL, NULL, done);
}

/* The anchors that -a NAME/star means, that one included. */
struct paths {
	char **v;
	size_t n;
	bool failed;
};

static void
add_path(struct paths *p, const char *path)
{
	char **v = reallocarray(p->v, p->n + 1, sizeof(*v));

	if (v != NULL)
		p->v = v;
	if (v == NULL || (v[p->n] = strdup(path)) == NULL)
		p->failed = true;
	else
		p->n++;
}

/* Those without a name belong to the one that they stand in. */
static int
on_path(void *arg, const json_t *v, const char *line, size_t len)
{
	const char *path = json_string_value(json_object_get(v, "path"));

	(void)line;
	(void)len;
	if (path != NULL && *path != '_' && strstr(path, "/_") == NULL)
		add_path(arg, path);
	return 0;
}

static int
find_paths(struct natctl *n, struct paths *p)
{
	char base[RULE_ANCHOR_PATH_MAX + 1];
	bool many = options_anchor(n->o, base);
	int status = 0;

	add_path(p, base);
	if (many)
		status = natctl_request(n, "show", json_pack("{s:s,s:s}",
		    "what", "anchors", "anchor", base), on_path, p, NULL);
	if (status == 0 && p->failed) {
		natctl_warn(n, "out of memory");
		return 1;
	}
	return status;
}

/* In each anchor, or as a whole; one report. */
static int
flush_one(struct natctl *n, const struct flush *f, const struct paths *p)
{
	unsigned long long count = 0;
	size_t i, times = f->anchor ? p->n : 1;
	json_t *done = NULL;

	for (i = 0; i < times; i++) {
		json_decref(done);
		if (flush_request(n, f->name, f->anchor ? p->v[i] : NULL,
		    f->iface, &done) != 0)
			return 1;
		count += natctl_number(done, "count");
	}
	if (f->counted)
		natctl_done(n, done, "%llu %s", count, f->report);
	else if (f->iface && n->o->iface != NULL)
		natctl_done(n, done, "%s for interface %s", f->report,
		    n->o->iface);
	else
		natctl_done(n, done, "%s", f->report);
	return 0;
}

/* Asked before the first of them goes. */
static bool
flush_allowed(struct natctl *n, const struct flush *f, const struct paths *p)
{
	size_t i, times = f->anchor ? p->n : 1;

	for (i = 0; i < times; i++)
		if (!safety_allows(n, "flush", flush_args(n, f->name,
		    f->anchor ? p->v[i] : NULL, f->iface)))
			return false;
	return true;
}

/* An anchor has no states, counters and options of its own. */
int
natctl_flush(struct natctl *n)
{
	bool all = n->o->flush == FLUSH_ALL;
	struct paths paths = { NULL, 0, false };
	int status = find_paths(n, &paths);
	size_t i;

	if (status == 0 && all && n->o->anchor == NULL &&
	    !safety_allows(n, "flush", flush_args(n, "all", NULL, false)))
		status = 1;
	for (i = 0; i < nitems(flushes) && status == 0; i++) {
		if (!all && flushes[i].what != n->o->flush)
			continue;
		if (all && n->o->anchor != NULL && !flushes[i].anchor)
			continue;
		if ((!all || n->o->anchor != NULL) &&
		    !flush_allowed(n, &flushes[i], &paths))
			status = 1;
		else
			status = flush_one(n, &flushes[i], &paths);
	}
	for (i = 0; i < paths.n; i++)
		free(paths.v[i]);
	free(paths.v);
	return status;
}

int
natctl_clear(struct natctl *n)
{
	json_t *done;

	if (flush_request(n, "counters", NULL, false, &done) != 0)
		return 1;
	natctl_done(n, done, "pf: rule counters cleared");
	return 0;
}
