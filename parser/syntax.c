/* SPDX-License-Identifier: ISC */
/*
 * What to say when a token cannot stand where it does.
 *
 * First come mistakes that have a shape of their own (an unknown first word, a
 * macro's value, a bracket that was never closed); whatever is left is
 * "unexpected X after Y", with what was expected in its place.
 */
#include <stdio.h>
#include <string.h>

#include "parser/parse.h"
#include "parser/stream.h"
#include "rules/addr_text.h"
#include "rules/names.h"

#define nitems(a) (sizeof(a) / sizeof((a)[0]))

static const char *const statements[] = {
	"pass", "block", "match", "set", "table", "anchor", "antispoof",
	"nat", "rdr", "binat", "no", "scrub", "queue", "include", "load",
	"interface", "route", "ether", "nat-anchor", "rdr-anchor",
	"binat-anchor",
};

static const char *const set_options[] = {
	"timeout", "limit", "optimization", "ruleset-optimization",
	"loginterface", "hostid", "block-policy", "fail-policy",
	"state-policy", "state-defaults", "debug", "fingerprints", "skip",
	"reassemble", "syncookies", "require-order", "keepcounters",
	"nat-policy", "reload-states", "on-exit", "on-overload", "udp-gro",
	"workers",
};

static const char *const state_options[] = {
	"max", "no-sync", "pflow", "sloppy", "if-bound", "floating",
	"allow-related", "source-track", "max-src-states", "max-src-nodes",
	"max-src-conn", "max-src-conn-rate", "overload", "flush",
};

/* Words of other languages. */
static const struct {
	const char *word, *ours;
	bool first;		/* of a statement */
} synonyms[] = {
	{ "accept", "pass", true }, { "allow", "pass", true },
	{ "permit", "pass", true }, { "deny", "block", true },
	{ "drop", "block", true }, { "reject", "block return", true },
	{ "redirect", "rdr", true }, { "forward", "rdr", true },
	{ "masquerade", "nat", true },
	{ "ipv4", "inet", false }, { "ipv6", "inet6", false },
	{ "inet4", "inet", false }, { "src", "from", false },
	{ "dst", "to", false }, { "sport", "from any port", false },
	{ "dport", "to any port", false }, { "and", ",", false },
	{ "keep-state", "keep state", false },
	{ "keepstate", "keep state", false },
};

/* What stands behind a word; of those that begin a statement first. */
static const struct {
	int token;
	const char *what;
	int first;		/* the statement's first word; 0: any */
} behind[] = {
	{ TOK_FROM, "a file name in quotes", TOK_LOAD },
	{ TOK_SET, "an option such as skip, limit or timeout", TOK_SET },
	{ TOK_REASSEMBLE, "yes or no", TOK_SET },
	{ TOK_ROUTE, "a network, and behind it via and an address",
	    TOK_ROUTE },
	{ TOK_FROM, "an address", 0 }, { TOK_TO, "an address", 0 },
	{ TOK_NATTO, "an address", 0 }, { TOK_RDRTO, "an address", 0 },
	{ TOK_BINATTO, "an address", 0 }, { TOK_ARROW, "an address", 0 },
	{ TOK_ROUTETO, "an address", 0 }, { TOK_REPLYTO, "an address", 0 },
	{ TOK_DUPTO, "an address", 0 }, { TOK_ON, "an interface", 0 },
	{ TOK_FOR, "an interface", 0 }, { TOK_RECEIVEDON, "an interface", 0 },
	{ TOK_PROTO, "a protocol", 0 }, { TOK_PORT, "a port", 0 },
	{ TOK_USER, "a user", 0 }, { TOK_GROUP, "a group", 0 },
	{ TOK_OS, "the name of a system", 0 },
	{ TOK_FLAGS, "flags such as S/SA, or any", 0 },
	{ TOK_ICMPTYPE, "an ICMP type", 0 },
	{ TOK_ICMP6TYPE, "an ICMPv6 type", 0 }, { TOK_CODE, "an ICMP code", 0 },
	{ TOK_TABLE, "a table such as <name>", 0 },
	{ TOK_OVERLOAD, "a table such as <name>", 0 },
	{ TOK_INCLUDE, "a file name in quotes", 0 },
	{ TOK_FILENAME, "a file name in quotes", 0 },
	{ TOK_FINGERPRINTS, "a file name in quotes", 0 },
	{ TOK_QUEUE, "the name of a queue", 0 },
	{ TOK_LABEL, "a text in quotes", 0 }, { TOK_TAG, "a name", 0 },
	{ TOK_TAGGED, "a name", 0 },
	{ TOK_PROBABILITY, "a part such as 30% or 0.3", 0 },
	{ TOK_TOS, "a type of service such as lowdelay or 0x10", 0 },
	{ TOK_INTERFACE, "the name of an interface", 0 },
	/* options of `set' */
	{ TOK_SKIP, "on", 0 }, { TOK_HOSTID, "a number", 0 },
	{ TOK_LIMIT, "a limit such as states or frags", 0 },
	{ TOK_TIMEOUT, "a timeout such as tcp.first", 0 },
	{ TOK_DEBUG, "a level such as err or debug", 0 },
	{ TOK_LOGINTERFACE, "an interface, or none", 0 },
	{ TOK_SYNCOOKIES, "never, always or adaptive", 0 },
	{ TOK_OPTIMIZATION, "normal, satellite, high-latency, conservative or "
	    "aggressive", 0 },
	{ TOK_RULESETOPT, "none, basic or profile", 0 },
};

/* Words worth naming, in the order of a rule; the options have rank 9. */
enum {
	OF_RULE = 1, OF_XLATE = 2, OF_SCRUB = 4, OF_SPOOF = 8, OF_ANCHOR = 16,
	OF_ETHER = 32,
	OF_MOST = OF_RULE | OF_XLATE | OF_SCRUB | OF_ANCHOR,
};

static const struct {
	int token, rank, kinds;
	const char *word;
} headlines[] = {
	{ TOK_IN, 1, OF_RULE | OF_SCRUB | OF_ANCHOR | OF_ETHER, "in" },
	{ TOK_OUT, 1, OF_RULE | OF_SCRUB | OF_ANCHOR | OF_ETHER, "out" },
	{ TOK_PASS, 1, OF_XLATE, "pass" },
	{ TOK_LOG, 2, OF_RULE | OF_XLATE | OF_SCRUB | OF_SPOOF, "log" },
	{ TOK_QUICK, 2, OF_RULE | OF_SPOOF | OF_ANCHOR | OF_ETHER, "quick" },
	{ TOK_ON, 3, OF_MOST | OF_ETHER, "on" },
	{ TOK_FOR, 3, OF_SPOOF, "for" },
	{ TOK_INET, 5, OF_MOST | OF_SPOOF, "inet" },
	{ TOK_INET6, 5, OF_MOST | OF_SPOOF, "inet6" },
	{ TOK_PROTO, 6, OF_MOST | OF_ETHER, "proto" },
	{ TOK_ALL, 7, OF_RULE | OF_SCRUB | OF_ANCHOR, "all" },
	{ TOK_FROM, 7, OF_MOST | OF_ETHER, "from" },
	{ TOK_TO, 8, OF_MOST | OF_ETHER, "to" },
	{ TOK_L3, 8, OF_ETHER, "l3" },
	{ TOK_FLAGS, 9, OF_RULE | OF_ANCHOR, "flags" },
	{ TOK_KEEP, 9, OF_RULE, "keep state" },
	{ TOK_LABEL, 9, OF_RULE | OF_SPOOF | OF_ANCHOR | OF_ETHER, "label" },
	{ TOK_TAG, 9, OF_RULE | OF_XLATE | OF_ANCHOR | OF_ETHER, "tag" },
	{ TOK_NATTO, 9, OF_RULE, "nat-to" },
	{ TOK_RDRTO, 9, OF_RULE, "rdr-to" },
	{ TOK_NODF, 9, OF_SCRUB, "no-df" },
	{ TOK_MAXMSS, 9, OF_SCRUB, "max-mss" },
	{ TOK_ARROW, 9, OF_XLATE, "->" },
};

/* What kind of rule the statement in work is. */
static int
kind_of(const struct stream *s)
{
	int token = s->first[0].token == TOK_NO ? s->first[1].token :
	    s->first[0].token;

	switch (token) {
	case TOK_NAT:
	case TOK_RDR:
	case TOK_BINAT:
		return OF_XLATE;
	case TOK_SCRUB:
		return OF_SCRUB;
	case TOK_ANTISPOOF:
		return OF_SPOOF;
	case TOK_ANCHOR:
	case TOK_NATANCHOR:
	case TOK_RDRANCHOR:
	case TOK_BINATANCHOR:
		return OF_ANCHOR;
	case TOK_ETHER:
		return OF_ETHER;
	default:
		return OF_RULE;
	}
}

int
syntax_rank(int token)
{
	size_t i;

	for (i = 0; i < nitems(headlines); i++)
		if (headlines[i].token == token)
			return headlines[i].rank;
	return 0;
}

static bool
expects(const struct expected *e, int token)
{
	size_t i;

	for (i = 0; i < e->n; i++)
		if (e->tokens[i] == token)
			return true;
	return false;
}

static bool
is_plain(const struct ptoken *t)
{
	return t->token == TOK_STRING && !t->word->quoted;
}

static bool
in_list(const char *const *list, size_t n, const char *word)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(list[i], word) == 0)
			return true;
	return false;
}

static bool
synonym(struct parser *p, const char *word, bool first)
{
	size_t i;

	for (i = 0; i < nitems(synonyms); i++)
		if (synonyms[i].first == first &&
		    strcasecmp(synonyms[i].word, word) == 0) {
			diag_hint(p->diag, "did you mean '%s'?",
			    synonyms[i].ours);
			return true;
		}
	return false;
}

/* How a token is called in a message, in @buf. */
static const char *
called(const struct ptoken *t, char *buf, size_t size)
{
	const char *text = ptoken_text(t);

	if (t->token == 0)
		return "end of the file";
	if (t->token == '\n')
		return "end of the line";
	if (strcmp(text, "\"") == 0)
		return "'\"'";
	snprintf(buf, size, "\"%.40s%s\"", text,
	    strlen(text) > 40 ? "..." : "");
	return buf;
}

/* A statement whose first word is none that begins one. */
static bool
first_word(struct parser *p)
{
	struct stream *s = &p->stream;
	const struct ptoken *t = &s->first[0];

	if (s->nfirst == 0 || (s->nfirst > 2 || !is_plain(t)) ||
	    (s->nfirst == 2 && s->cur.token == '=') || (s->nfirst == 1 &&
	    s->cur.token != '\n'))
		return false;
	diag_error(p->diag, &t->loc, "unknown statement \"%s\"", t->word->s);
	if (!synonym(p, t->word->s, true) && !diag_hint_near(p->diag,
	    t->word->s, statements, nitems(statements)))
		diag_hint(p->diag, "rules begin with pass, block or match");
	return true;
}

static void
keyword_name(struct parser *p, const struct ptoken *t)
{
	diag_error(p->diag, &t->loc, "'%s' is a keyword, and cannot be the "
	    "name of a macro", t->word->s);
	macro_failed(p, t);
}

/* A token that begins no statement. */
static bool
no_statement(struct parser *p)
{
	struct stream *s = &p->stream;
	char buf[64];

	if (s->nfirst != 1 || s->cur.token == '\n' || s->cur.token == 0)
		return false;
	if (s->cur.word != NULL && s->cur.defines) {
		keyword_name(p, &s->cur);
		return true;
	}
	diag_error(p->diag, &s->cur.loc, "no statement begins with %s",
	    called(&s->cur, buf, sizeof(buf)));
	if (s->cur.token == '{')
		diag_hint(p->diag, "a '{' stands on the line of its anchor");
	else if (s->cur.token == '}')
		diag_hint(p->diag, "no '{' is open here");
	else if (s->cur.token == '/')
		diag_hint(p->diag, "comments begin with '#'");
	else if (s->cur.word != NULL)
		diag_hint(p->diag, "rules begin with pass, block or match");
	return true;
}

/* `NAME = VALUE' with a mistake: later uses of it are not reported again. */
static bool
definition(struct parser *p)
{
	struct stream *s = &p->stream;
	const struct ptoken *t = &s->first[0];
	char buf[64];

	if (s->nfirst < 2 || t->word == NULL)
		return false;
	if (s->nfirst == 2 && s->cur.token == '=' && t->token != TOK_STRING) {
		keyword_name(p, t);
		return true;
	}
	if (s->first[1].token != '=' || t->token != TOK_STRING)
		return false;
	if (s->cur.token == '\n')
		diag_error(p->diag, &s->prev.loc, "macro '%s' has no value",
		    t->word->s);
	else
		diag_error(p->diag, &s->cur.loc, "unexpected %s in the value "
		    "of macro '%s'", called(&s->cur, buf, sizeof(buf)),
		    t->word->s);
	diag_hint(p->diag, s->cur.token == '\n' ? "an empty one is \"\"" :
	    "such values stand in quotes");
	macro_failed(p, t);
	return true;
}

/* `set' with an option that there is not. */
static bool
unknown_option(struct parser *p)
{
	struct stream *s = &p->stream;
	const struct ptoken *t = &s->first[1];

	if (s->first[0].token != TOK_SET || s->nfirst < 2 ||
	    t->word == NULL || in_list(set_options, nitems(set_options),
	    t->word->s))
		return false;
	diag_error(p->diag, &t->loc, "unknown option \"%s\"", t->word->s);
	diag_hint_near(p->diag, t->word->s, set_options, nitems(set_options));
	return true;
}

/* An option of states that is none, and so taken for a timeout. */
static bool
unknown_stateopt(struct parser *p, const struct expected *e)
{
	const struct ptoken *t = &p->stream.prev;

	if (e->n != 1 || e->tokens[0] != TOK_NUMBER || !is_plain(t) ||
	    timeout_number(t->word->s) != -1)
		return false;
	if (p->stream.first[0].token == TOK_SET ? p->stream.nfirst < 2 ||
	    p->stream.first[1].token != TOK_STATEDEFAULTS :
	    p->stream.nopen == 0 && p->stream.cur.token != ')')
		return false;
	diag_error(p->diag, &t->loc, "unknown state option \"%s\"",
	    t->word->s);
	diag_hint_near(p->diag, t->word->s, state_options,
	    nitems(state_options));
	return true;
}

/* `{ }', `{ a, }' and `a,, b'. */
static bool
empty_item(struct parser *p)
{
	struct stream *s = &p->stream;
	bool comma = s->prev.token == ',';

	if (s->cur.token == '}' && s->prev.token == '{')
		diag_error(p->diag, &s->cur.loc, "the list is empty");
	else if (comma && (s->cur.token == '}' || s->cur.token == ')' ||
	    s->cur.token == ','))
		diag_error(p->diag, &s->cur.loc, "nothing stands between "
		    "',' and '%s'", ptoken_text(&s->cur));
	else
		return false;
	return true;
}

/* The end of a file inside of an anchor. */
static bool
open_body(struct parser *p)
{
	struct stream *s = &p->stream;
	size_t n = s->nbodies;

	if (s->cur.token != 0 || n == 0 || n > nitems(s->bodies))
		return false;
	if (s->guessed)
		return true;	/* the line of the '{' had its error */
	diag_error(p->diag, &s->cur.loc, "the file ends inside an anchor");
	diag_note(p->diag, &s->bodies[n - 1], "this '{' has no '}'");
	return true;
}

/* @e: what could stand in the place of the token, NULL: not looked at */
static void
open_bracket(struct parser *p, const struct expected *e)
{
	const struct stream *s = &p->stream;
	size_t n = s->nopen;
	const struct ptoken *t;

	if (s->cur.token == '(' || s->cur.token == '{')
		n--;
	if (n == 0 || n > nitems(s->open))
		return;
	t = &s->open[n - 1];
	if (s->cur.token == '\n' && e != NULL &&
	    !expects(e, t->token == '(' ? ')' : '}'))
		return;		/* the line ends too early, not the list */
	if (t->loc.file == s->cur.loc.file && (s->cur.token == '\n' ||
	    t->loc.line != s->cur.loc.line))
		diag_note(p->diag, &t->loc, "this '%s' is not closed",
		    t->sign);
}

static const char *
behind_word(const struct stream *s)
{
	size_t i;

	for (i = 0; i < nitems(behind); i++)
		if (behind[i].token == s->prev.token && (behind[i].first == 0 ||
		    behind[i].first == s->first[0].token))
			return behind[i].what;
	return NULL;
}

/* Mistakes that one sees at the token and the one before it. */
static bool
shape_hint(struct parser *p, const struct expected *e)
{
	struct stream *s = &p->stream;
	const struct ptoken *t = &s->cur;
	const char *hint = NULL;

	if (t->token == TOK_PORT && s->first[0].token != TOK_SET)
		hint = "ports stand behind an address: 'from any port 22', "
		    "'to any port 22'";
	else if (t->token == ',' && s->nopen == 0)
		hint = "several stand in braces: { a, b }";
	else if (t->token == '{' && s->prev.token == '!')
		hint = "'!' stands before each one in the braces";
	else if (t->token == TOK_BAD_CHAR && (t->sign[0] & 0x80) != 0)
		hint = "quotes are \"...\" or '...'";
	else if (t->token == TOK_BAD_CHAR && t->sign[0] == '$')
		hint = "a macro is $name";
	else if (is_plain(t) && t->word->s[0] == ':' && s->rank >= 7 &&
	    (s->prev.token == TOK_NUMBER || s->prev.token == TOK_STRING))
		hint = "a range of ports is written without blanks: 10:20";
	else if (t->token == '/' && expects(e, TOK_STRING))
		hint = "names of files stand in quotes";
	else if (s->prev.token == '/' && is_plain(t) && e->n == 1)
		hint = "expected a number of bits, as in /24";
	else if (s->prev.token == '{' && e->n == 1 && expects(e, '\n'))
		hint = "the rules of an anchor begin on a line of their own";
	else if (s->prev.token == TOK_STATE && t->word != NULL &&
	    in_list(state_options, nitems(state_options), t->word->s))
		hint = "options of states stand in parentheses";
	else if (s->prev.token == TOK_FRAGMENT && is_plain(t) &&
	    (strcmp(t->word->s, "crop") == 0 ||
	    strcmp(t->word->s, "drop-ovl") == 0))
		hint = "fragments are reassembled, or not: fragment "
		    "reassemble, fragment no reassemble";
	else if (t->token == '-' && kind_of(s) == OF_XLATE)
		hint = "'->' is one word";
	else if (t->token == '-')
		hint = "a range of ports is 10:20, of addresses A - B";
	else if (t->token == TOK_NUMBER && (s->prev.token == TOK_LABEL ||
	    s->prev.token == TOK_TAG || s->prev.token == TOK_TAGGED ||
	    s->prev.token == TOK_ANCHOR))
		hint = "a number is a name only in quotes";
	if (hint != NULL)
		diag_hint(p->diag, "%s", hint);
	return hint != NULL;
}

/* Letters and then digits, as em0 and enp3. */
static bool
like_iface(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz");

	return n > 1 && s[n] != '\0' &&
	    strspn(s + n, "0123456789") == strlen(s + n);
}

/* An address where none is taken: two in a row, or without its word. */
static bool
address_hint(struct parser *p, const struct expected *e)
{
	const struct ptoken *prev = &p->stream.prev;
	struct addr addr;
	uint8_t af;

	if (p->stream.nopen == 0 && prev->word != NULL &&
	    addr_parse(prev->word->s, &addr, &af))
		diag_hint(p->diag, "several stand in braces: { a, b }");
	else if (p->stream.rank < syntax_rank(TOK_FROM) &&
	    expects(e, TOK_FROM))
		diag_hint(p->diag, "addresses stand behind 'from' or 'to'");
	else
		return false;
	return true;
}

/* A keyword where a name is wanted. */
static bool
keyword_hint(struct parser *p)
{
	const struct ptoken *t = &p->stream.cur;

	if (t->word == NULL || t->token == TOK_STRING ||
	    t->token == TOK_NUMBER)
		return false;
	diag_hint(p->diag, "'%s' is a keyword; as a name it stands in quotes",
	    t->word->s);
	return true;
}

/* A word that is one of ours, but not in this place. */
static bool
word_hint(struct parser *p, const struct expected *e)
{
	const struct ptoken *t = &p->stream.cur;
	const char *what = behind_word(&p->stream), *before;
	const int prev = p->stream.prev.token;
	struct addr addr;
	uint8_t af;

	if (is_plain(t)) {
		if (synonym(p, t->word->s, false))
			return true;
		if (addr_parse(t->word->s, &addr, &af) &&
		    address_hint(p, e))
			return true;
		if (diag_hint_near(p->diag, t->word->s, e->words, e->n))
			return true;
		before = expects(e, TOK_PROTO) && proto_number(t->word->s) !=
		    -1 ? "proto" : !like_iface(t->word->s) ||
		    !expects(e, TOK_ON) ? NULL :
		    kind_of(&p->stream) == OF_SPOOF ? "for" : "on";
		if (before != NULL) {
			diag_hint(p->diag, "did you mean '%s %s'?", before,
			    t->word->s);
			return true;
		}
	}
	if ((prev == TOK_LABEL || prev == TOK_TAG || prev == TOK_TAGGED) &&
	    keyword_hint(p))
		return true;
	if (what != NULL) {
		diag_hint(p->diag, "expected %s", what);
		return true;
	}
	return expects(e, TOK_STRING) && e->n < 30 && keyword_hint(p);
}

/* How one of few possibilities is called. */
static const char *
possibility(const struct expected *e, size_t i, char *buf, size_t size)
{
	int token = e->tokens[i];

	if (token == TOK_STRING)
		return "a name";
	if (token == TOK_NUMBER)
		return "a number";
	if (token == TOK_ARROW)
		return "->";
	if (token == '\n')
		return "the end of the line";
	if (e->words[i] != NULL)
		return e->words[i];
	if (token == 0)
		return NULL;
	snprintf(buf, size, "'%c'", token);
	return buf;
}

/* Lists what could stand here: all if that is little, else what leads on. */
static void
list_expected(struct parser *p, const struct expected *e)
{
	enum { FEW = 7, MAX = 16 };
	const char *v[MAX];
	char text[256], signs[FEW][4];
	size_t i, n = 0, len = 0;
	int rank = p->stream.rank;

	for (i = 0; i < e->n && e->n <= FEW; i++)
		if ((v[n] = possibility(e, i, signs[i], sizeof(signs[i]))) !=
		    NULL)
			n++;
	for (i = 0; i < nitems(headlines) && e->n > FEW && n + 1 < MAX; i++)
		if ((headlines[i].kinds & kind_of(&p->stream)) != 0 &&
		    headlines[i].rank > rank - (rank == 9) &&
		    expects(e, headlines[i].token))
			v[n++] = headlines[i].word;
	if (n == 0)
		return;
	if (e->n > FEW)
		v[n++] = "another option";
	for (i = 0; i < n && len < sizeof(text); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%s%s", i == 0 ? "" : i + 1 == n ? " or " : ", ", v[i]);
	diag_hint(p->diag, "expected %s", text);
}

static void
unexpected(struct parser *p, const struct expected *e)
{
	struct stream *s = &p->stream;
	char a[64], b[64];

	if (s->prev.token == '\n' || s->prev.token == 0 || s->nfirst <= 1)
		diag_error(p->diag, &s->cur.loc, "unexpected %s",
		    called(&s->cur, a, sizeof(a)));
	else
		diag_error(p->diag, &s->cur.loc, "unexpected %s after %s",
		    called(&s->cur, a, sizeof(a)),
		    called(&s->prev, b, sizeof(b)));
	if (!shape_hint(p, e) && !word_hint(p, e))
		list_expected(p, e);
	open_bracket(p, e);
}

void
syntax_unclosed(struct parser *p)
{
	char buf[64];

	diag_error(p->diag, &p->stream.cur.loc, "unexpected %s",
	    called(&p->stream.cur, buf, sizeof(buf)));
	open_bracket(p, NULL);
}

void
syntax_report(struct parser *p, const struct expected *e)
{
	/* the grammar takes this newline for the end of it */
	p->stream.skip = p->stream.cur.token == '\n' && p->stream.nopen > 0;
	if (open_body(p) || definition(p) || first_word(p) ||
	    no_statement(p) || unknown_option(p) || empty_item(p) ||
	    unknown_stateopt(p, e))
		return;
	unexpected(p, e);
}
