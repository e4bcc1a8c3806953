/* SPDX-License-Identifier: ISC */
/*
 * The control protocol: what natctl, or any program, says to natd.
 *
 * A UNIX stream socket carries one JSON object (RFC 8259, UTF-8) per line in
 * each direction.  The client asks, natd answers every request in order; a
 * client may send the next before it has read the answer, but natd reads on
 * only while less than PROTO_OUT_MAX bytes wait to be read.  Members that are
 * not known are ignored, by both sides; members are added, never renamed.
 *
 *
 * FORM
 *
 * A request is an object with one member: its name is the verb, its value an
 * object with the arguments.
 *
 *	{"show":{"what":"states","filter":["host","10.0.0.5"]}}
 *
 * An answer is any number of records, each on a line and with a "type", and
 * then one line that ends it:
 *
 *	{"more":CURSOR}   the portion is full (PROTO_PORTION records, or
 *			  fewer): ask again with "cursor":CURSOR added to the
 *			  arguments.  CURSOR is a string that says nothing to
 *			  a client.  What begins or ends in between may be
 *			  missed; nothing is shown twice unless it moved.
 *	{"done":{...}}	  that was all
 *	{"error":{"code":CODE,"text":TEXT}}
 *			  not done; nothing was changed unless TEXT says so.
 *			  CODE is one of PROTO_ERROR_*, TEXT is for people.
 *			  After a line that is no request at all (no JSON,
 *			  longer than PROTO_LINE_MAX) natd answers and closes.
 *
 * Records have no members "more", "done" or "error".
 *
 * Numbers are JSON integers; what has 64 bits and is an identity, not a
 * count, is a string of hex digits ("id", "creatorid").  Counts fit 63 bits.
 * An address is "10.0.0.1" or "2001:db8::1"; a network "10.0.0.0/8"; a table
 * entry may begin with "!".  An end point is "10.0.0.1:80" or
 * "[2001:db8::1]:80"; port 0 is written.  Families are "inet" and "inet6",
 * directions "in" and "out", protocols pf's names ("tcp", "udp", "icmp",
 * "ipv6-icmp", ...) or a decimal number in a string.
 *
 *
 * WHO MAY ASK
 *
 * The socket natd.sock takes everything, from root and from members of group
 * natd.  natd.ro takes hello and show, from members of natd-ro as well.
 * Anything else there is answered with the error "denied".
 *
 *
 * hello {"version":N}
 *	N is PROTO_VERSION.  Not required, but first if it is sent.
 *	done: {"version":N, "natd":"0.1.0", "readonly":BOOL, "enabled":BOOL,
 *	"revision":N, "states":N, "pid":N, "started":UNIXTIME}.
 *	Another major version is the error "version".
 *
 * load {"begin":{...}} | {"text":STRING} | {"original":STRING} |
 *     {"origins":{...}} | {"table":{...}} | {"file":{...}} |
 *     {"commit":{...}} | {"abort":{}}
 *	One load per connection at a time; a connection that goes away aborts
 *	its load.  Each line is answered by done {}.
 *	begin: {"anchor":PATH, "name":FILE, "merge":BOOL}.  All may be left
 *		out: the main ruleset; FILE is what messages call the text;
 *		merge (-m): `set' statements change only what they name.
 *	text:	a piece of the canonical text (rules/print.h, PRINT_RAW); the
 *		pieces are put together as they come.
 *	original: the same for what the person wrote; kept for people only.
 *	origins: {"file":FILE, "rules":[[N, LINE, STMT, COL, WORDS], ...]}:
 *		rule N, in the order of ruleset_walk() over the text, stands
 *		there.  COL may be left out, and WORDS: [[WORD, LINE, COL,
 *		LINE2, COL2], ...], where words stand that messages may be
 *		about, called as in compile_feature().
 *	table:	{"name":NAME, "anchor":PATH, "entries":[ENTRY, ...]}: entries
 *		that natctl read from a table's file; pieces add up.
 *	file:	{"name":"pf.os", "text":STRING}: a fingerprint file.
 *	commit: {"dry":BOOL, "confirm":SECONDS, "recheck":BOOL,
 *		"remote":{"src":ADDRESS, "sport":N, "dst":ADDRESS, "dport":N}}.
 *		dry: check and compile, change nothing.  confirm: unless a
 *		confirm request comes in time, the ruleset before returns by
 *		itself.  remote: a TCP connection to this host by which the
 *		sender has come; if the rules would end it, or would not let
 *		it be made again, the answer is the error "remote", and
 *		nothing is loaded.
 *		done: a load report (struct load_report).  An error has
 *		"messages": [{"level":"error"|"warning"|"note", "file":FILE,
 *		"line":N, "col":N, "line2":N, "col2":N, "text":TEXT}, ...] if
 *		the text was wrong (up to, but not with, line2:col2),
 *		and then everything in force stays as it is.  The report has
 *		"messages" too: warnings, with "name" if they have one.
 *		The warning "hooks" says that the hooks of divert could not be
 *		set anew; those of before are in force.  "many-hops": there
 *		are more next hops than natd can number.
 *		An error without a place has one if it is about what natd
 *		knows no place of: "limit NAME", "interface NAME".
 *
 * show {"what":WHAT, "filter":FILTER, "cursor":CURSOR, ...}
 *	Records are the structs of ctl/show.h, written by the functions of
 *	ctl/show_json.h.
 *	what		records			more arguments
 *	"rules"		"rule" (show_rule)	"anchor":PATH, "nr":N,
 *						"recursive":BOOL,
 *						"services":BOOL (-P),
 *						"numbers":BOOL (-vv: how many
 *						addresses a name stands for)
 *			filter rules, then what stands in inline anchors
 *	"nat"		"rule"			the same: nat, rdr and binat
 *			rules, then filter rules that translate
 *	"labels"	"label" (show_label)	"anchor", "nr"
 *	"states"	"state" (show_state)	"filter", "reverse":BOOL
 *	"sources"	"source" (show_source)	"filter": ["src",NET],
 *						["dst",NET] of what the source
 *						was given, and, or, not
 *	"info"		"info" (show_info), then a "counter" (show_counter)
 *			for each row of -s info in its order, then a "plane"
 *			(show_iface) for the loginterface, if there is one
 *	"timeouts"	"timeout" (show_timeout)
 *	"memory"	"limit" (show_limit), "memory" (show_memory)
 *	"tables"	"table" (show_table)	"anchor", "recursive"
 *	"table"		"entry" (show_entry)	"name", "anchor"
 *	"interfaces"	"interface" (show_iface) "filter": ["if",NAME]
 *	"anchors"	"anchor" {"path":PATH}	"anchor"
 *	"running"	none; done has "enabled"
 *	"config"	"text" {"text":STRING}: pieces of the canonical text
 *			in force, or with "original":true of what was written
 *	"queues"	"queue" {"text":STRING}	"filter": ["if",NAME]
 *	"osfp" is the error "unsupported".
 *
 *	FILTER is a tree of arrays: ["and",F,...], ["or",F,...], ["not",F],
 *	or a test; at most PROTO_FILTER_MAX nodes and PROTO_FILTER_DEPTH deep.
 *	Tests of a state:
 *	["host",NET]	  one of its addresses, before or after translation
 *	["src",NET] ["dst",NET]	 where the first packet came from, went to,
 *			  as pf's -k sees it: incoming states on the wire,
 *			  outgoing ones before translation
 *	["gateway",NET]	  the next hop that a route option chose
 *	["port",N] ["sport",N] ["dport",N]	or [.., LO, HI]
 *	["proto",P] ["af",F] ["dir",D] ["if",NAME] ["rdomain",N]
 *	["state",NAME]	  either side's, as -s states prints it
 *	["label",L] ["rule",ID] ["nr",N] ["anchor",PATH]
 *			  ID: digits of one rule, whole or cut; several rules in
 *			  force that begin so are an error
 *	["id",HEX] or ["id",HEX,CREATORHEX]
 *	["key",PROTO,LEFT,DIR,RIGHT]   end points as -s states prints them,
 *			  DIR "->" or "<-"
 *	["age",N] ["bytes",N] ["packets",N]	at least N
 *
 * kill {"what":"states"|"sources", "filter":FILTER, "dry":BOOL,
 *     "matches":BOOL}
 *	Ends the states that the filter matches; matches (-M): also the other
 *	half of the connection.  done: {"killed":N}, when they are gone; dry
 *	counts only.  "internal": the workers were silent for two seconds, and
 *	some states may be left.
 *	Sources: the filter as for show; their states stay.
 *
 * flush {"what":WHAT, "anchor":PATH, "filter":FILTER, "dry":BOOL,
 *     "remote":{...}}
 *	WHAT: "rules", "nat", "states", "sources", "info", "tables", "reset"
 *	(options back to their defaults), "counters" (of rules, -z), "all".
 *	done: {"count":N} of what went, states as in kill.  "osfp" is the
 *	error "unsupported": natd keeps none.
 *	filter: states, and info, where ["if",NAME] means the counters of
 *	that interface; without they stay.
 *	dry: nothing goes; with remote, as in commit, the error "remote" if
 *	that connection would end, or could not be made again.
 *
 * table {"command":COMMAND, "name":NAME, "anchor":PATH,
 *     "addresses":[ENTRY, ...], "seconds":N, "dry":BOOL, "verbose":N}
 *	COMMAND: "add", "delete", "replace", "test", "flush", "kill", "zero",
 *	"expire".  A list of more than PROTO_ENTRIES_MAX comes in several
 *	requests with "part":true in all but the last, which has the answer
 *	for all: the command is carried out in one step.
 *	Records with verbose 1 for each address that changed, with 2 for each:
 *	"entry" (show_entry) with "change" A, C, D, X, Y, Z, M or blank.
 *	done: {"tables":N, "added":N, "deleted":N, "changed":N, "matched":N,
 *	"cleared":N, "expired":N, "asked":N, "warnings":[TEXT, ...]}; what
 *	makes no sense is left out.
 *
 * set {"enabled":BOOL, "dry":BOOL, "remote":{...}} | {"debug":LEVEL}
 *	-e, -d; -x.  done: {"enabled":BOOL, "debug":LEVEL, "changed":BOOL};
 *	dry and remote as in flush.
 *
 * confirm {}
 *	The load that waits for it stays.  done: {"revision":N}
 *
 * rollback {"revision":N}, trace {...}, monitor {...}
 *	Reserved; the error "unsupported".
 */
#ifndef CTL_PROTO_H
#define CTL_PROTO_H

#define PROTO_VERSION 1
#define PROTO_PORTION 1000	   /* records of one portion */
#define PROTO_LINE_MAX (256 << 10) /* bytes of a request, with its newline */
#define PROTO_TEXT_PIECE (64 << 10) /* bytes of text that fit for certain */
#define PROTO_TEXT_MAX (256 << 20) /* bytes of one load's text */
#define PROTO_ENTRIES_MAX 1000	   /* entries in one request */
#define PROTO_OUT_MAX (1 << 20)	   /* bytes that may wait for a reader */
#define PROTO_CONFIRM_MAX 86400	   /* s that a load can wait for "confirm" */
#define PROTO_DEPTH_MAX 32	   /* nesting of a request's JSON */
#define PROTO_FILTER_MAX 256
#define PROTO_FILTER_DEPTH 16

/* RUNSTATEDIR: /run, unless configure was told otherwise. */
#define PROTO_SOCKET RUNSTATEDIR "/natd/natd.sock"
#define PROTO_SOCKET_RO RUNSTATEDIR "/natd/natd.ro"
#define PROTO_SOCKET_ENV "NATD_SOCKET"

/* Codes of errors. */
#define PROTO_ERROR_SYNTAX "syntax"	 /* not JSON, or no request */
#define PROTO_ERROR_VERB "verb"		 /* no such request */
#define PROTO_ERROR_ARGUMENT "argument"	 /* missing, or of a wrong kind */
#define PROTO_ERROR_VERSION "version"	 /* of the protocol */
#define PROTO_ERROR_DENIED "denied"	 /* not this client, not this socket */
#define PROTO_ERROR_MISSING "missing"	 /* table, anchor, state ... */
#define PROTO_ERROR_RULES "rules"	 /* the text has errors: "messages" */
#define PROTO_ERROR_STATE "state"	 /* no load begun, nothing to confirm */
#define PROTO_ERROR_LIMIT "limit"	 /* too long, too many, no memory */
#define PROTO_ERROR_REMOTE "remote"	 /* it would shut its sender out */
#define PROTO_ERROR_UNSUPPORTED "unsupported"
#define PROTO_ERROR_INTERNAL "internal"

#endif
