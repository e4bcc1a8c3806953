/* SPDX-License-Identifier: ISC */
/*
 * The table of natctl's words.
 *
 * Flags stand in the order of the usage text; modifiers so that of -s all's
 * parts the reader's first questions come first.
 */
#include <string.h>

#include "ctl/options.h"

#ifndef nitems
#define nitems(a) (sizeof(a) / sizeof((a)[0]))
#endif

#define NO_QUEUES "natd shapes no traffic"
#define NO_ETHER "no data plane of natd sees Ethernet frames"
#define NO_OSFP "natd recognizes no operating systems"

static const struct cmdword words[] = {
	/* -X */
	{ CW_FLAG, ARG_FILE, 'f', "f", "FILE",
	  "load FILE (- is standard input); states stay", NULL },
	{ CW_FLAG, ARG_NONE, 'n', "n", NULL,
	  "check only: load nothing, change nothing", NULL },
	{ CW_FLAG, ARG_TEXT, 'D', "D", "NAME=VALUE",
	  "define a macro; wins over the file", NULL },
	{ CW_FLAG, ARG_FILE, 'I', "I", "FILE",
	  "take interfaces and names from FILE, not from this system", NULL },
	{ CW_FLAG, ARG_NONE, 'm', "m", NULL,
	  "with -f: options that FILE does not name stay", NULL },
	{ CW_FLAG, ARG_NONE, 'N', "N", NULL,
	  "no name resolution", NULL },
	{ CW_FLAG, ARG_OPTIMIZER, 'o', "o", "LEVEL",
	  "accepted for pfctl's sake: rules are kept as written", NULL },
	{ CW_FLAG, ARG_SHOW, 's', "s", "WHAT",
	  "show WHAT, see below; then a filter may follow", NULL },
	{ CW_FLAG, ARG_NONE, 'v', "v", NULL,
	  "say more; twice: even more", NULL },
	{ CW_FLAG, ARG_NONE, 'j', "j", NULL,
	  "show as JSON, one object per line", NULL },
	{ CW_FLAG, ARG_NONE, 'g', "g", NULL,
	  "with -s: detail for debugging", NULL },
	{ CW_FLAG, ARG_NONE, 'P', "P", NULL,
	  "service names instead of port numbers", NULL },
	{ CW_FLAG, ARG_NONE, 'r', "r", NULL,
	  "host names instead of addresses", NULL },
	{ CW_FLAG, ARG_TEXT, 'R', "R", "NUMBER",
	  "with -s rules, states, labels: only this rule", NULL },
	{ CW_FLAG, ARG_IFACE, 'i', "i", "INTERFACE",
	  "only this interface", NULL },
	{ CW_FLAG, ARG_NONE, 'e', "e", NULL,
	  "enable filtering", NULL },
	{ CW_FLAG, ARG_NONE, 'd', "d", NULL,
	  "disable filtering", NULL },
	{ CW_FLAG, ARG_KILL, 'k', "k", "HOST",
	  "kill the states from HOST; a second -k: to that host", NULL },
	{ CW_FLAG, ARG_ADDRESS, 'K', "K", "HOST",
	  "kill the source nodes of HOST; a second -K: to that host", NULL },
	{ CW_FLAG, ARG_NONE, 'M', "M", NULL,
	  "with -k: also the other half of a connection", NULL },
	{ CW_FLAG, ARG_TEXT, 'V', "V", "NUMBER",
	  "with -k: only states of this routing domain", NULL },
	{ CW_FLAG, ARG_FLUSH, 'F', "F", "WHAT",
	  "flush WHAT, see below", NULL },
	{ CW_FLAG, ARG_NONE, 'z', "z", NULL,
	  "clear the counters of rules", NULL },
	{ CW_FLAG, ARG_TABLE, 't', "t", "TABLE",
	  "the table that -T is about", NULL },
	{ CW_FLAG, ARG_TCMD, 'T', "T", "COMMAND",
	  "work on the table, see below", NULL },
	{ CW_FLAG, ARG_ANCHOR, 'a', "a", "ANCHOR",
	  "apply -f, -s, -F and -T to this anchor", NULL },
	{ CW_FLAG, ARG_DEBUG, 'x', "x", "LEVEL",
	  "set the debug level", NULL },
	{ CW_FLAG, ARG_SOCKET, 'p', "p", "SOCKET",
	  "control socket of natd", NULL },
	{ CW_FLAG, ARG_NONE, 'q', "q", NULL,
	  "only errors and warnings", NULL },
	{ CW_FLAG, ARG_NONE, 'h', "h", NULL,
	  "this text", NULL },
	{ CW_FLAG, ARG_FILE, 'L', "L", "FILE",
	  "load states", "natd takes no states from a file" },
	{ CW_FLAG, ARG_FILE, 'S', "S", "FILE",
	  "save states", "natd writes no states to a file" },

	{ CW_LONG, ARG_NONE, 'c', "recheck", NULL,
	  "with -f: states that the new rules refuse end", NULL },
	{ CW_LONG, ARG_TEXT, 'C', "confirm", "SECONDS",
	  "with -f: back to the ruleset before, unless confirmed", NULL },
	{ CW_LONG, ARG_NONE, 'Y', "force", NULL,
	  "even if it shuts this SSH connection out", NULL },
	{ CW_LONG, ARG_NONE, 'h', "help", NULL, "this text", NULL },
	{ CW_LONG, ARG_NONE, 'W', "version", NULL,
	  "print the version", NULL },

	/* -s */
	{ CW_SHOW, ARG_NONE, SHOW_RULES, "rules", NULL,
	  "the filter rules", NULL },
	{ CW_SHOW, ARG_NONE, SHOW_NAT, "nat", NULL,
	  "the rules that translate", NULL },
	{ CW_SHOW, ARG_FILTER, SHOW_STATES, "states", "FILTER",
	  "the states, one per line", NULL },
	{ CW_SHOW, ARG_NONE, SHOW_SOURCES, "Sources", NULL,
	  "the source nodes of sticky-address", NULL },
	{ CW_SHOW, ARG_NONE, SHOW_INFO, "info", NULL,
	  "status and counters", NULL },
	{ CW_SHOW, ARG_NONE, SHOW_LABELS, "labels", NULL,
	  "counters of the labelled rules", NULL },
	{ CW_SHOW, ARG_NONE, SHOW_TIMEOUTS, "timeouts", NULL,
	  "timeouts in force", NULL },
	{ CW_SHOW, ARG_NONE, SHOW_MEMORY, "memory", NULL,
	  "limits of what is held in memory", NULL },
	{ CW_SHOW, ARG_NONE, SHOW_TABLES, "Tables", NULL,
	  "the tables", NULL },
	{ CW_SHOW, ARG_NONE, SHOW_INTERFACES, "Interfaces", NULL,
	  "the interfaces and their counters", NULL },
	{ CW_SHOW, ARG_NONE, SHOW_ANCHORS, "Anchors", NULL,
	  "the anchors", NULL },
	{ CW_SHOW, ARG_NONE, SHOW_QUEUE, "queue", NULL,
	  "the queues of the ruleset", NULL },
	{ CW_SHOW, ARG_NONE, SHOW_RUNNING, "Running", NULL,
	  "Enabled or Disabled; status 1 if disabled", NULL },
	{ CW_SHOW, ARG_NONE, SHOW_ALL, "all", NULL,
	  "all of these except Interfaces and Running", NULL },
	{ CW_SHOW, ARG_NONE, SHOW_ETHERNET, "ethernet", NULL,
	  "Ethernet rules", NO_ETHER },
	{ CW_SHOW, ARG_NONE, SHOW_OSFP, "osfp", NULL,
	  "OS fingerprints", NO_OSFP },

	/* -F */
	{ CW_FLUSH, ARG_NONE, FLUSH_RULES, "rules", NULL,
	  "the filter rules", NULL },
	{ CW_FLUSH, ARG_NONE, FLUSH_NAT, "nat", NULL,
	  "the classic translation rules", NULL },
	{ CW_FLUSH, ARG_NONE, FLUSH_STATES, "states", NULL,
	  "the states: connections end", NULL },
	{ CW_FLUSH, ARG_NONE, FLUSH_SOURCES, "Sources", NULL,
	  "the source nodes; states stay", NULL },
	{ CW_FLUSH, ARG_NONE, FLUSH_INFO, "info", NULL,
	  "the counters of -s info", NULL },
	{ CW_FLUSH, ARG_NONE, FLUSH_TABLES, "Tables", NULL,
	  "the tables", NULL },
	{ CW_FLUSH, ARG_NONE, FLUSH_RESET, "Reset", NULL,
	  "options back to their defaults", NULL },
	{ CW_FLUSH, ARG_NONE, FLUSH_ALL, "all", NULL,
	  "all of these", NULL },
	{ CW_FLUSH, ARG_NONE, FLUSH_QUEUE, "queue", NULL,
	  "queues", NO_QUEUES },
	{ CW_FLUSH, ARG_NONE, FLUSH_ETHERNET, "ethernet", NULL,
	  "Ethernet rules", NO_ETHER },
	{ CW_FLUSH, ARG_NONE, FLUSH_OSFP, "osfp", NULL,
	  "OS fingerprints", NO_OSFP },

	/* -T */
	{ CW_TABLE, ARG_NONE, TCMD_SHOW, "show", NULL,
	  "the addresses; -v: their counters", NULL },
	{ CW_TABLE, ARG_ADDRESS, TCMD_ADD, "add", "ADDRESS...",
	  "add addresses, making the table if need be", NULL },
	{ CW_TABLE, ARG_ADDRESS, TCMD_DELETE, "delete", "ADDRESS...",
	  "delete addresses", NULL },
	{ CW_TABLE, ARG_ADDRESS, TCMD_REPLACE, "replace", "ADDRESS...",
	  "make these the only addresses", NULL },
	{ CW_TABLE, ARG_ADDRESS, TCMD_TEST, "test", "ADDRESS...",
	  "do they match? status 2 if not all", NULL },
	{ CW_TABLE, ARG_NONE, TCMD_FLUSH, "flush", NULL,
	  "delete all addresses", NULL },
	{ CW_TABLE, ARG_NONE, TCMD_KILL, "kill", NULL,
	  "delete the table", NULL },
	{ CW_TABLE, ARG_ADDRESS, TCMD_ZERO, "zero", "ADDRESS...",
	  "clear counters, of the table or of these addresses", NULL },
	{ CW_TABLE, ARG_TEXT, TCMD_EXPIRE, "expire", "SECONDS",
	  "delete addresses not cleared or added for so long", NULL },

	{ CW_OPTIMIZER, ARG_NONE, 0, "none", NULL, "", NULL },
	{ CW_OPTIMIZER, ARG_NONE, 1, "basic", NULL, "", NULL },
	{ CW_OPTIMIZER, ARG_NONE, 2, "profile", NULL, "", NULL },

	{ CW_DEBUG, ARG_NONE, 0, "emerg", NULL, "", NULL },
	{ CW_DEBUG, ARG_NONE, 1, "alert", NULL, "", NULL },
	{ CW_DEBUG, ARG_NONE, 2, "crit", NULL, "", NULL },
	{ CW_DEBUG, ARG_NONE, 3, "err", NULL, "", NULL },
	{ CW_DEBUG, ARG_NONE, 4, "warning", NULL, "", NULL },
	{ CW_DEBUG, ARG_NONE, 5, "notice", NULL, "", NULL },
	{ CW_DEBUG, ARG_NONE, 6, "info", NULL, "", NULL },
	{ CW_DEBUG, ARG_NONE, 7, "debug", NULL, "", NULL },
	{ CW_DEBUG, ARG_NONE, 2, "none", NULL, "", NULL },
	{ CW_DEBUG, ARG_NONE, 3, "urgent", NULL, "", NULL },
	{ CW_DEBUG, ARG_NONE, 5, "misc", NULL, "", NULL },
	{ CW_DEBUG, ARG_NONE, 7, "loud", NULL, "", NULL },

	/* -k; anything else is a host */
	{ CW_KILL, ARG_FILTER, KILL_FILTER, "states", "FILTER",
	  "the states that a filter matches", NULL },
	{ CW_KILL, ARG_TEXT, KILL_ID, "id", "ID[/CREATOR]",
	  "the state with this id", NULL },
	{ CW_KILL, ARG_LABEL, KILL_LABEL, "label", "LABEL",
	  "the states of rules with this label", NULL },
	{ CW_KILL, ARG_TEXT, KILL_KEY, "key", "KEY",
	  "the state with this key: tcp A:P <- B:Q", NULL },
	{ CW_KILL, ARG_ADDRESS, KILL_GATEWAY, "gateway", "HOST",
	  "the states that a route option sends to HOST", NULL },

	/* the shell */
	{ CW_CMD, ARG_SHOW, SH_SHOW, "show", "WHAT [FILTER]",
	  "show states, rules, tables, ...", NULL },
	{ CW_CMD, ARG_KILL, SH_KILL, "kill", "WHAT ...",
	  "end states", NULL },
	{ CW_CMD, ARG_FILE, SH_LOAD, "load", "FILE",
	  "load a ruleset; states stay", NULL },
	{ CW_CMD, ARG_FILE, SH_CHECK, "check", "FILE",
	  "read a ruleset without loading it", NULL },
	{ CW_CMD, ARG_NONE, SH_CONFIRM, "confirm", NULL,
	  "keep the ruleset that waits for it", NULL },
	{ CW_CMD, ARG_TABLE, SH_TABLE, "table", "NAME COMMAND [ADDRESS...]",
	  "show or change a table", NULL },
	{ CW_CMD, ARG_FLUSH, SH_FLUSH, "flush", "WHAT",
	  "flush states, rules, tables, ...", NULL },
	{ CW_CMD, ARG_NONE, SH_ENABLE, "enable", NULL,
	  "enable filtering", NULL },
	{ CW_CMD, ARG_NONE, SH_DISABLE, "disable", NULL,
	  "disable filtering", NULL },
	{ CW_CMD, ARG_NONE, SH_CLEAR, "clear", NULL,
	  "clear the counters of rules", NULL },
	{ CW_CMD, ARG_DEBUG, SH_DEBUG, "debug", "LEVEL",
	  "set the debug level", NULL },
	{ CW_CMD, ARG_NONE, SH_HELP, "help", NULL,
	  "this text", NULL },
	{ CW_CMD, ARG_NONE, SH_QUIT, "quit", NULL,
	  "leave the shell", NULL },
	{ CW_CMD, ARG_NONE, SH_QUIT, "exit", NULL,
	  "leave the shell", NULL },
};

static const uint8_t arg_kinds[ARG_MAX] = {
	[ARG_NONE] = CW_KIND_MAX,
	[ARG_TEXT] = CW_KIND_MAX,
	[ARG_FILE] = CW_KIND_MAX,
	[ARG_SOCKET] = CW_KIND_MAX,
	[ARG_IFACE] = CW_KIND_MAX,
	[ARG_TABLE] = CW_KIND_MAX,
	[ARG_LABEL] = CW_KIND_MAX,
	[ARG_ANCHOR] = CW_KIND_MAX,
	[ARG_ADDRESS] = CW_KIND_MAX,
	[ARG_FILTER] = CW_KIND_MAX,
	[ARG_SHOW] = CW_SHOW,
	[ARG_FLUSH] = CW_FLUSH,
	[ARG_TCMD] = CW_TABLE,
	[ARG_OPTIMIZER] = CW_OPTIMIZER,
	[ARG_DEBUG] = CW_DEBUG,
	[ARG_KILL] = CW_KILL,
};

const struct cmdword *
cmdword_next(enum cmdword_kind kind, const struct cmdword *w)
{
	for (w = w == NULL ? words : w + 1; w < words + nitems(words); w++)
		if (w->kind == kind)
			return w;
	return NULL;
}

const struct cmdword *
cmdword_find(enum cmdword_kind kind, const char *name, bool *ambiguous)
{
	const struct cmdword *w = NULL, *found = NULL;
	bool many = false;

	while ((w = cmdword_next(kind, w)) != NULL) {
		if (strcmp(w->name, name) == 0) {
			found = w;
			many = false;
			break;
		}
		if (*name != '\0' && strncmp(w->name, name,
		    strlen(name)) == 0) {
			many = found != NULL;
			found = w;
		}
	}
	if (ambiguous != NULL)
		*ambiguous = many;
	return many ? NULL : found;
}

enum cmdword_kind
cmdword_kind_of_arg(enum cmdword_arg arg)
{
	return arg_kinds[arg];
}
