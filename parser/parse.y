/* SPDX-License-Identifier: ISC */
%code top {
/*
 * The grammar: words to statements.
 *
 * A rule is a list of parts in any order; rules/part.c tells which parts a
 * statement takes and in which order.  So the grammar of an address or a pool
 * stands here once for all kinds of rules.
 */
}

%code requires {
#include "parser/parser.h"
}

%code {
#include <sys/socket.h>

#include <stdio.h>
#include <string.h>

#include "parser/stream.h"
#include "parser/token.h"
#include "rules/zone.h"
#include "rules/rule.h"

int parse_lex(PARSE_STYPE *, struct span *, void *);
static void parse_error(struct span *, struct parser *, void *,
    const char *);
static void begin_body(struct parser *, const struct span *);

#define AR	p->zone
#define YYLLOC_DEFAULT(cur, rhs, n) do {				\
	if ((n) != 0) {							\
		(cur) = YYRHSLOC(rhs, 1);				\
		(cur).line2 = YYRHSLOC(rhs, n).line2;			\
		(cur).col2 = YYRHSLOC(rhs, n).col2;			\
		if ((cur).file != YYRHSLOC(rhs, n).file) {		\
			(cur).line2 = (cur).line;			\
			(cur).col2 = (cur).col;				\
		}							\
	} else {							\
		(cur) = YYRHSLOC(rhs, 0);				\
		(cur).line = (cur).line2;				\
		(cur).col = (cur).col2;					\
	}								\
} while (0)
}

%require "3.6"
%define api.pure full
%define api.prefix {parse_}
%define api.location.type {struct span}
%define api.token.prefix {TOK_}
%define parse.error custom
%define parse.lac full
%locations
%expect 0
%parse-param {struct parser *p} {void *scanner}
%lex-param {void *scanner}

%union {
	struct ast *n;
	struct ast_stmt *st;
	struct ast_tpart *tp;
	struct ast_block *bl;
	int i;
}

%token <n> STRING NUMBER
%token <n> AFTO ALL ALLOWOPTS ALLOWRELATED ANCHOR ANTISPOOF ANY BANDWIDTH
%token <n> BINATTO BITMASK BLOCK BLOCKPOLICY BURST CODE DEBUG DEFAULT DELAY
%token <n> DIVERTPACKET DIVERTREPLY DIVERTTO DNPIPE DNQUEUE DROP DUPTO
%token <n> ENDPOINTINDEP FAILPOLICY FASTROUTE FILENAME FINGERPRINTS FLAGS
%token <n> FLOATING FLOWS FLUSH FOR FRAGMENT FROM GLOBAL GROUP HOSTID ICMPTYPE
%token <n> ICMP6TYPE IFBOUND IN INCLUDE INET INET6 KEEP LABEL LEASTSTATES
%token <n> LIMIT LOAD LOG LOGINTERFACE MAPEPORTSET MATCH MATCHES MAX MAXMSS
%token <n> MAXPKTRATE MAXPKTSIZE MAXSRCCONN MAXSRCCONNRATE MAXSRCNODES
%token <n> MAXSRCSTATES MIN MINTTL MODULATE NATTO NO NODF NOROUTE NOSYNC ON
%token <n> ONCE OPTIMIZATION OS OUT OVERLOAD PARENT PASS PFLOW PORT
%token <n> PREFERIPV6NEXTHOP PRIO PROBABILITY PROTO QLIMIT QUANTUM QUEUE QUICK
%token <n> RANDOM RANDOMID RDOMAIN RDRTO REASSEMBLE RECEIVEDON REPLYTO
%token <n> REQUIREORDER RETURN RETURNICMP RETURNICMP6 RETURNRST RIDENTIFIER
%token <n> ROUNDROBIN ROUTE ROUTETO RTABLE RULE RULESETOPT SCRUB SET SETTOS
%token <n> SKIP SLOPPY SOURCEHASH SOURCETRACK STATE STATEDEFAULTS STATEPOLICY
%token <n> STATICPORT STICKYADDRESS SYNCOOKIES SYNPROXY TABLE TAG TAGGED
%token <n> TIMEOUT TO TOS TTL URPFFAILED USER WEIGHT
/* only at the beginning of a statement */
%token <n> NAT RDR BINAT NATANCHOR RDRANCHOR BINATANCHOR ALTQ ETHER INTERFACE
/* words of one place, names everywhere else */
%token <n> PRESERVEPORT ENDPOINTDEP PORTBLOCK HAIRPIN NPTV6 MARK FILTER L3
%token <n> BRIDGETO
%token NE LE GE LTGT GTLT ARROW
%token BAD BAD_CHAR

%type <st> stmts line stmt setstmt anchorhead body
%type <tp> tparts tpart
%type <bl> blockspec
%type <i> class xlate actionword flush dirword af onoff policy
%type <n> word numword values value strings
%type <n> parts part optparts not_if ifspec if_items if_item
%type <n> logopts logopt pool poolhosts poolopts poolopt filterword
%type <n> hosts host_items host_not host ports port_items port portword
%type <n> words word_items owners owner_items owner icmps icmp_items icmp
%type <n> icmpword fromto_port fromto_os setopts setopt setopt_items numpair
%type <n> qpair scrubopts scrubopt scrubargs stateargs stateopts stateopt
%type <n> weight entry qparts qpart bandwidth pairs pair args arg namelist
%type <n> portarg hostspec scparen statelist setvals setval

/* `af-to inet from A to B': the `to' is af-to's */
%nonassoc LOW
%nonassoc TO NO REASSEMBLE

%%

file	: stmts
		{ p->out = $1; }
	;

stmts	: %empty
		{ $$ = NULL; }
	| stmts line
		{ $$ = ast_stmt_append($1, $2); }
	;

line	: '\n'
		{ $$ = NULL; }
	| stmt '\n'
	| INCLUDE STRING
		{ $$ = NULL; parser_include(p, scanner, $2); }
	| error '\n'
		{ $$ = NULL; yyerrok; }
	| error body '\n'
		{ $$ = NULL; yyerrok; }
	;

stmt	: STRING '=' values
		{ $$ = macro_define(p, &@$, $1, $3); }
	| SET setstmt
		{ $$ = $2; if ($$ != NULL) $$->loc = @$; }
	| TABLE '<' word '>' tparts
		{
			$$ = ast_stmt(AR, ST_TABLE, &@$, 0);
			$$->word = $3;
			$$->tparts = $5;
		}
	| QUEUE word qparts
		{
			$$ = ast_stmt(AR, ST_QUEUE, &@$, 0);
			$$->word = $2;
			$$->args = $3;
		}
	| actionword optparts
		{
			$$ = ast_stmt(AR, ST_RULE, &@$, $1);
			$$->parts = $2;
		}
	| BLOCK blockspec optparts
		{
			$$ = ast_stmt(AR, ST_RULE, &@$, RULE_BLOCK);
			$$->block = $2;
			$$->parts = $3;
		}
	| anchorhead
	| anchorhead body
		{ $$ = $1; $$->body = $2; $$->has_body = true; }
	| LOAD ANCHOR word FROM word
		{
			$$ = ast_stmt(AR, ST_LOAD, &@$, 0);
			$$->word = $3;
			$$->args = $5;
		}
	| LOAD ANCHOR word body
		{
			$$ = ast_stmt(AR, ST_LOAD, &@$, 0);
			$$->word = $3;
			$$->body = $4;
			$$->has_body = true;
		}
	| ANTISPOOF optparts
		{
			$$ = ast_stmt(AR, ST_ANTISPOOF, &@$, 0);
			$$->parts = $2;
		}
	| xlate optparts
		{
			$$ = ast_stmt(AR, ST_XLATE, &@$, $1);
			$$->parts = $2;
		}
	| NO xlate optparts
		{
			$$ = ast_stmt(AR, ST_XLATE, &@$, $2);
			$$->neg = true;
			$$->parts = $3;
		}
	| SCRUB optparts
		{
			$$ = ast_stmt(AR, ST_SCRUB, &@$, 0);
			$$->parts = $2;
		}
	| NO SCRUB optparts
		{
			$$ = ast_stmt(AR, ST_SCRUB, &@$, 0);
			$$->neg = true;
			$$->parts = $3;
		}
	| ETHER PASS optparts
		{
			$$ = ast_stmt(AR, ST_ETHER, &@$, RULE_PASS);
			$$->parts = $3;
		}
	| ETHER BLOCK optparts
		{
			$$ = ast_stmt(AR, ST_ETHER, &@$, RULE_BLOCK);
			$$->parts = $3;
		}
	| INTERFACE args
		{
			$$ = ast_stmt(AR, ST_INTERFACE, &@$, 0);
			$$->args = $2;
		}
	| ROUTE args
		{
			$$ = ast_stmt(AR, ST_ROUTE, &@$, 0);
			$$->args = $2;
		}
	| ALTQ
		{
			diag_error(p->diag, &@1,
			    "ALTQ is not supported, use 'queue'");
			YYERROR;
		}
	;

actionword : PASS	{ $$ = RULE_PASS; }
	| MATCH		{ $$ = RULE_MATCH; }
	;

xlate	: NAT		{ $$ = RULE_CLASS_NAT; }
	| RDR		{ $$ = RULE_CLASS_RDR; }
	| BINAT		{ $$ = RULE_CLASS_BINAT; }
	;

class	: ANCHOR	{ $$ = RULE_CLASS_FILTER; }
	| NATANCHOR	{ $$ = RULE_CLASS_NAT; }
	| RDRANCHOR	{ $$ = RULE_CLASS_RDR; }
	| BINATANCHOR	{ $$ = RULE_CLASS_BINAT; }
	| ETHER ANCHOR	{ $$ = RULE_CLASS_ETHER; }
	;

anchorhead : class optparts
		{
			$$ = ast_stmt(AR, ST_ANCHOR, &@$, $1);
			$$->parts = $2;
		}
	| class STRING optparts
		{
			$$ = ast_stmt(AR, ST_ANCHOR, &@$, $1);
			$$->word = $2;
			$$->parts = $3;
		}
	;

body	: '{' '\n'
		{ begin_body(p, &@1); }
	  stmts '}'
		{ p->depth--; $$ = $4; }
	;

blockspec : %empty
		{ $$ = ast_block(AR, RULE_DROP, true); }
	| DROP
		{ $$ = ast_block(AR, RULE_DROP, false); }
	| RETURN
		{ $$ = ast_block(AR, RULE_RETURN, false); }
	| RETURNRST
		{ $$ = ast_block(AR, RULE_RETURN_RST, false); }
	| RETURNRST '(' TTL NUMBER ')'
		{ $$ = ast_block(AR, RULE_RETURN_RST, false); $$->ttl = $4; }
	| RETURNICMP
		{ $$ = ast_block(AR, RULE_RETURN_ICMP, false); }
	| RETURNICMP '(' numword ')'
		{ $$ = ast_block(AR, RULE_RETURN_ICMP, false); $$->code = $3; }
	| RETURNICMP '(' numword comma numword ')'
		{
			$$ = ast_block(AR, RULE_RETURN_ICMP, false);
			$$->code = $3;
			$$->code6 = $5;
		}
	| RETURNICMP6
		{
			$$ = ast_block(AR, RULE_RETURN_ICMP, false);
			$$->icmp6 = true;
		}
	| RETURNICMP6 '(' numword ')'
		{
			$$ = ast_block(AR, RULE_RETURN_ICMP, false);
			$$->icmp6 = true;
			$$->code6 = $3;
		}
	;

/* words, numbers, lists */

word	: STRING | PRESERVEPORT | ENDPOINTDEP | PORTBLOCK | HAIRPIN | NPTV6
	| MARK | FILTER | L3 | BRIDGETO
	| NAT | RDR | BINAT | NATANCHOR | RDRANCHOR | BINATANCHOR | ALTQ | ETHER
	| INTERFACE
	;

numword	: word
	| NUMBER
	;

/* several words are one name, with blanks between */
strings	: word
	| strings STRING
		{ $$ = ast_join(AR, p->strings, $1, $2); }
	;

value	: STRING
	| NUMBER
	;

values	: value
	| values value
		{ $$ = ast_join(AR, p->strings, $1, $2); }
	;

optnl	: %empty
	| optnl '\n'
	;

comma	: %empty
	| ',' optnl
	;

words	: numword
	| '{' optnl word_items '}'
		{ $$ = $3; }
	;

word_items : numword optnl
	| word_items comma numword optnl
		{ $$ = ast_append($1, $3); }
	;

namelist : word
	| namelist comma word
		{ $$ = ast_append($1, $3); }
	;

numpair	: NUMBER
		{ $$ = ast_op(AR, A_PAIR, &@$, 0, $1, NULL); }
	| '(' NUMBER comma NUMBER ')'
		{ $$ = ast_op(AR, A_PAIR, &@$, 0, $2, $4); }
	;

qpair	: word
		{ $$ = ast_op(AR, A_PAIR, &@$, 0, $1, NULL); }
	| '(' word ')'
		{ $$ = ast_op(AR, A_PAIR, &@$, 0, $2, NULL); }
	| '(' word comma word ')'
		{ $$ = ast_op(AR, A_PAIR, &@$, 0, $2, $4); }
	;

/* parts of rules */

optparts : %empty
		{ $$ = NULL; }
	| parts
	;

parts	: part
	| parts part
		{ $$ = ast_append($1, $2); }
	;

part	: dirword
		{ $$ = ast_op(AR, P_DIR, &@$, $1, NULL, NULL); }
	| PASS
		{ $$ = ast_new(AR, P_PASS, &@$); }
	| LOG
		{ $$ = ast_op(AR, P_LOG, &@$, RULE_LOG, NULL, NULL); }
	| LOG '(' logopts ')'
		{ $$ = $3; $$->loc = @$; }
	| QUICK
		{ $$ = ast_new(AR, P_QUICK, &@$); }
	| ON ifspec
		{ $$ = ast_op(AR, P_ON, &@$, 0, $2, NULL); }
	| ROUTETO pool
		{ $$ = ast_op(AR, P_ROUTE, &@$, RULE_ROUTE_TO, $2, NULL); }
	| REPLYTO pool
		{ $$ = ast_op(AR, P_ROUTE, &@$, RULE_REPLY_TO, $2, NULL); }
	| DUPTO pool
		{ $$ = ast_op(AR, P_ROUTE, &@$, RULE_DUP_TO, $2, NULL); }
	| FASTROUTE
		{ $$ = ast_op(AR, P_ROUTE, &@$, 0, NULL, NULL); }
	| af
		{ $$ = ast_num(AR, P_AF, &@$, $1, NULL); }
	| PROTO words
		{ $$ = ast_op(AR, P_PROTO, &@$, 0, $2, NULL); }
	| ALL
		{ $$ = ast_new(AR, P_ALL, &@$); }
	| FROM hostspec fromto_port fromto_os
		{
			$$ = ast_op(AR, P_FROM, &@$, 0, $2, $3);
			$$->c = $4;
		}
	| FROM PORT ports fromto_os
		{
			$$ = ast_op(AR, P_FROM, &@$, 0, NULL, $3);
			$$->c = $4;
		}
	| FROM OS words
		{ $$ = ast_op(AR, P_FROM, &@$, 0, NULL, NULL); $$->c = $3; }
	| TO hostspec fromto_port
		{ $$ = ast_op(AR, P_TO, &@$, 0, $2, $3); }
	| TO PORT ports
		{ $$ = ast_op(AR, P_TO, &@$, 0, NULL, $3); }
	| L3
		{ $$ = ast_new(AR, P_L3, &@$); }
	| BRIDGETO word
		{ $$ = ast_op(AR, P_BRIDGE, &@$, 0, $2, NULL); }
	| ARROW pool
		{ $$ = ast_op(AR, P_ARROW, &@$, 0, $2, NULL); }
	| FOR ifspec
		{ $$ = ast_op(AR, P_FOR, &@$, 0, $2, NULL); }
	| USER owners
		{ $$ = ast_op(AR, P_USER, &@$, 0, $2, NULL); }
	| GROUP owners
		{ $$ = ast_op(AR, P_GROUP, &@$, 0, $2, NULL); }
	| FLAGS word '/' word
		{ $$ = ast_op(AR, P_FLAGS, &@$, 0, $2, $4); }
	| FLAGS '/' word
		{ $$ = ast_op(AR, P_FLAGS, &@$, 0, NULL, $3); }
	| FLAGS ANY
		{ $$ = ast_op(AR, P_FLAGS, &@$, 0, NULL, NULL); }
	| ICMPTYPE icmps
		{ $$ = ast_op(AR, P_ICMP, &@$, 4, $2, NULL); }
	| ICMP6TYPE icmps
		{ $$ = ast_op(AR, P_ICMP, &@$, 6, $2, NULL); }
	| TOS numword
		{ $$ = ast_op(AR, P_TOS, &@$, 0, $2, NULL); }
	| PRIO NUMBER
		{ $$ = ast_op(AR, P_PRIO, &@$, 0, $2, NULL); }
	| RECEIVEDON not_if
		{ $$ = ast_str(AR, P_RECEIVED, &@$, $2->s, $2->neg);
		  $$->a = $2; }
	| '!' RECEIVEDON if_item
		{ $$ = ast_str(AR, P_RECEIVED, &@$, $3->s, true);
		  $$->a = $3; }
	| TAGGED strings
		{ $$ = ast_str(AR, P_TAGGED, &@$, $2->s, false); }
	| '!' TAGGED strings
		{ $$ = ast_str(AR, P_TAGGED, &@$, $3->s, true); }
	| TAG strings
		{ $$ = ast_str(AR, P_TAG, &@$, $2->s, false); }
	| FRAGMENT %prec LOW
		{ $$ = ast_new(AR, P_FRAGMENT, &@$); }
	| FRAGMENT NO STATE
		{
			$$ = ast_append(ast_new(AR, P_FRAGMENT, &@1),
			    ast_op(AR, P_STATE, &@$, RULE_STATE_NONE, NULL,
			    NULL));
		}
	| FRAGMENT REASSEMBLE
		{
			$$ = ast_op(AR, P_SCRUBOPT, &@$, 0, ast_op(AR,
			    A_SCRUBOPT, &@$, SC_FRAG_REASSEMBLE, NULL, NULL),
			    NULL);
		}
	| FRAGMENT NO REASSEMBLE
		{
			$$ = ast_op(AR, P_SCRUBOPT, &@$, 0, ast_op(AR,
			    A_SCRUBOPT, &@$, SC_FRAG_NOREASSEMBLE, NULL,
			    NULL), NULL);
		}
	| ALLOWOPTS
		{ $$ = ast_new(AR, P_ALLOWOPTS, &@$); }
	| PROBABILITY numword
		{ $$ = ast_op(AR, P_PROBABILITY, &@$, 0, $2, NULL); }
	| MAXPKTRATE NUMBER '/' NUMBER
		{ $$ = ast_op(AR, P_PKTRATE, &@$, 0, $2, $4); }
	| MAXPKTSIZE NUMBER
		{ $$ = ast_op(AR, P_PKTSIZE, &@$, 0, $2, NULL); }
	| ONCE
		{ $$ = ast_new(AR, P_ONCE, &@$); }
	| RTABLE NUMBER
		{ $$ = ast_op(AR, P_RTABLE, &@$, 0, $2, NULL); }
	| LABEL strings
		{ $$ = ast_str(AR, P_LABEL, &@$, $2->s, false); }
	| RIDENTIFIER NUMBER
		{ $$ = ast_op(AR, P_RIDENTIFIER, &@$, 0, $2, NULL); }
	| DNPIPE numpair
		{ $$ = ast_op(AR, P_DN, &@$, 0, $2->a, $2->b); }
	| DNQUEUE numpair
		{ $$ = ast_op(AR, P_DN, &@$, 1, $2->a, $2->b); }
	| SET setopt
		{ $$ = ast_op(AR, P_SET, &@$, 0, $2, NULL); }
	| SET '(' optnl setopts ')'
		{ $$ = ast_op(AR, P_SET, &@$, 0, $4, NULL); }
	| QUEUE qpair
		{
			$$ = ast_op(AR, P_SET, &@$, 0, ast_op(AR, A_SETOPT,
			    &@$, SET_QUEUE, $2->a, $2->b), NULL);
		}
	| SCRUB scparen
		{ $$ = ast_op(AR, P_SCRUB, &@$, 0, $2, NULL); }
	| scrubopt
		{ $$ = ast_op(AR, P_SCRUBOPT, &@$, 0, $1, NULL); }
	| NO STATE
		{ $$ = ast_op(AR, P_STATE, &@$, RULE_STATE_NONE, NULL, NULL); }
	| KEEP STATE stateargs
		{ $$ = ast_op(AR, P_STATE, &@$, RULE_STATE_KEEP, $3, NULL); }
	| MODULATE STATE stateargs
		{
			$$ = ast_op(AR, P_STATE, &@$, RULE_STATE_MODULATE, $3,
			    NULL);
		}
	| SYNPROXY STATE stateargs
		{
			$$ = ast_op(AR, P_STATE, &@$, RULE_STATE_SYNPROXY, $3,
			    NULL);
		}
	| DIVERTTO word PORT portarg
		{
			$$ = ast_op(AR, P_DIVERT, &@$, RULE_DIVERT_TO,
			    ast_host(AR, &@2, HOST_NAME, $2, NULL, NULL), $4);
		}
	| DIVERTTO NUMBER
		{ $$ = ast_op(AR, P_DIVERT, &@$, RULE_DIVERT_PACKET, NULL, $2); }
	| DIVERTREPLY
		{ $$ = ast_op(AR, P_DIVERT, &@$, RULE_DIVERT_REPLY, NULL,
		    NULL); }
	| DIVERTPACKET PORT portarg
		{ $$ = ast_op(AR, P_DIVERT, &@$, RULE_DIVERT_PACKET, NULL,
		    $3); }
	| NATTO pool
		{ $$ = ast_op(AR, P_NAT, &@$, 0, $2, NULL); }
	| RDRTO pool
		{ $$ = ast_op(AR, P_RDR, &@$, 0, $2, NULL); }
	| BINATTO pool
		{ $$ = ast_op(AR, P_BINAT, &@$, 0, $2, NULL); }
	| AFTO af FROM pool %prec LOW
		{
			$$ = ast_op(AR, P_AFTO, &@$, 0, $4, NULL);
			$$->n = $2;
		}
	| AFTO af FROM pool TO pool
		{
			$$ = ast_op(AR, P_AFTO, &@$, 0, $4, $6);
			$$->n = $2;
		}
	| NPTV6 word '/' NUMBER TO word '/' NUMBER
		{
			$$ = ast_op(AR, P_NPTV6, &@$, 0,
			    ast_host(AR, &@2, HOST_NAME, $2, NULL, $4),
			    ast_host(AR, &@6, HOST_NAME, $6, NULL, $8));
		}
	;

dirword	: IN		{ $$ = RULE_IN; }
	| OUT		{ $$ = RULE_OUT; }
	;

af	: INET		{ $$ = AF_INET; }
	| INET6		{ $$ = AF_INET6; }
	;

logopts	: logopt
	| logopts comma logopt
		{
			$$ = $1;
			$$->op |= $3->op;
			if ($3->a != NULL)
				$$->a = $3->a;
		}
	;

logopt	: ALL
		{ $$ = ast_op(AR, P_LOG, &@$, RULE_LOG | RULE_LOG_ALL, NULL,
		    NULL); }
	| MATCHES
		{ $$ = ast_op(AR, P_LOG, &@$, RULE_LOG | RULE_LOG_MATCHES,
		    NULL, NULL); }
	| USER
		{ $$ = ast_op(AR, P_LOG, &@$, RULE_LOG | RULE_LOG_USER, NULL,
		    NULL); }
	| GROUP
		{ $$ = ast_op(AR, P_LOG, &@$, RULE_LOG | RULE_LOG_USER, NULL,
		    NULL); }
	| TO word
		{ $$ = ast_op(AR, P_LOG, &@$, RULE_LOG, $2, NULL); }
	;

/* interfaces */

ifspec	: not_if
	| '{' optnl if_items '}'
		{ $$ = $3; }
	;

if_items : not_if optnl
	| if_items comma not_if optnl
		{ $$ = ast_append($1, $3); }
	;

not_if	: if_item
	| '!' if_item
		{ $$ = $2; $$->neg = true; $$->loc = @$; }
	;

if_item	: word
		{ $$ = ast_str(AR, A_IF, &@$, $1->s, false); }
	| ANY
		{ $$ = ast_op(AR, A_IF, &@$, IF_ANY, NULL, NULL); }
	| RDOMAIN NUMBER
		{ $$ = ast_op(AR, A_IF, &@$, IF_RDOMAIN, NULL, NULL);
		  $$->n = $2->n; }
	| '(' word ')'
		{ $$ = ast_str(AR, A_IF, &@$, $2->s, false);
		  $$->op = IF_DYN; }
	;

/* addresses */

hostspec : hosts
	;

hosts	: host_not
	| '{' optnl host_items '}'
		{ $$ = $3; }
	;

host_items : entry optnl
	| host_items comma entry optnl
		{ $$ = ast_append($1, $3); }
	;

entry	: host_not weight
		{
			$$ = $1;
			if ($2 != NULL) {
				$$->n2 = $2->a != NULL ? $2->a->n : 0;
				$$->a = $2->b;
				$$->b = $2;
			}
		}
	| '{' optnl host_items '}'
		{ $$ = $3; }
	;

weight	: %empty
		{ $$ = NULL; }
	| WEIGHT NUMBER
		{ $$ = ast_op(AR, A_PAIR, &@$, 0, $2, NULL); }
	| TTL NUMBER
		{ $$ = ast_op(AR, A_PAIR, &@$, 0, NULL, $2); }
	| WEIGHT NUMBER TTL NUMBER
		{ $$ = ast_op(AR, A_PAIR, &@$, 0, $2, $4); }
	;

host_not : host
	| '!' host_not
		{ $$ = $2; $$->neg = !$$->neg; $$->loc = @$; }
	;

host	: word
		{ $$ = ast_host(AR, &@$, HOST_NAME, $1, NULL, NULL); }
	| word '/' NUMBER
		{ $$ = ast_host(AR, &@$, HOST_NAME, $1, NULL, $3); }
	| NUMBER '/' NUMBER
		{ $$ = ast_host(AR, &@$, HOST_NAME, $1, NULL, $3); }
	| word '-' word
		{ $$ = ast_host(AR, &@$, HOST_RANGE, $1, $3, NULL); }
	| '(' word ')'
		{ $$ = ast_host(AR, &@$, HOST_DYN, $2, NULL, NULL); }
	| '(' word ')' '/' NUMBER
		{ $$ = ast_host(AR, &@$, HOST_DYN, $2, NULL, $5); }
	| '(' word word ')'
		{ $$ = ast_host(AR, &@$, HOST_ROUTE, $2, $3, NULL); }
	| '(' word word '/' NUMBER ')'
		{ $$ = ast_host(AR, &@$, HOST_ROUTE, $2, $3, $5); }
	| '<' word '>'
		{ $$ = ast_host(AR, &@$, HOST_TABLE, $2, NULL, NULL); }
	| NOROUTE
		{ $$ = ast_host(AR, &@$, HOST_NOROUTE, NULL, NULL, NULL); }
	| URPFFAILED
		{ $$ = ast_host(AR, &@$, HOST_URPF, NULL, NULL, NULL); }
	| ROUTE STRING
		{ $$ = ast_host(AR, &@$, HOST_RTLABEL, $2, NULL, NULL); }
	| ANY
		{ $$ = ast_host(AR, &@$, HOST_ANY, NULL, NULL, NULL); }
	;

/* ports, owners, icmp */

fromto_port : %empty
		{ $$ = NULL; }
	| PORT ports
		{ $$ = $2; }
	;

fromto_os : %empty
		{ $$ = NULL; }
	| OS words
		{ $$ = $2; }
	;

ports	: port
	| '{' optnl port_items '}'
		{ $$ = $3; }
	;

port_items : port optnl
	| port_items comma port optnl
		{ $$ = ast_append($1, $3); }
	;

portword : numword
	;

portarg	: numword
	;

port	: portword
		{ $$ = ast_op(AR, A_PORT, &@$, RULE_OP_NONE, $1, NULL); }
	| '=' portword
		{ $$ = ast_op(AR, A_PORT, &@$, RULE_OP_EQ, $2, NULL); }
	| NE portword
		{ $$ = ast_op(AR, A_PORT, &@$, RULE_OP_NE, $2, NULL); }
	| '<' portword
		{ $$ = ast_op(AR, A_PORT, &@$, RULE_OP_LT, $2, NULL); }
	| LE portword
		{ $$ = ast_op(AR, A_PORT, &@$, RULE_OP_LE, $2, NULL); }
	| '>' portword
		{ $$ = ast_op(AR, A_PORT, &@$, RULE_OP_GT, $2, NULL); }
	| GE portword
		{ $$ = ast_op(AR, A_PORT, &@$, RULE_OP_GE, $2, NULL); }
	| portword GTLT portword
		{ $$ = ast_op(AR, A_PORT, &@$, RULE_OP_IRG, $1, $3); }
	| portword LTGT portword
		{ $$ = ast_op(AR, A_PORT, &@$, RULE_OP_XRG, $1, $3); }
	;

owners	: owner
	| '{' optnl owner_items '}'
		{ $$ = $3; }
	;

owner_items : owner optnl
	| owner_items comma owner optnl
		{ $$ = ast_append($1, $3); }
	;

owner	: port
		{ $$ = $1; $$->kind = A_OWNER; }
	;

icmps	: icmp
	| '{' optnl icmp_items '}'
		{ $$ = $3; }
	;

icmp_items : icmp optnl
	| icmp_items comma icmp optnl
		{ $$ = ast_append($1, $3); }
	;

icmp	: icmpword
		{ $$ = ast_op(AR, A_ICMP, &@$, 0, $1, NULL); }
	| icmpword CODE numword
		{ $$ = ast_op(AR, A_ICMP, &@$, 0, $1, $3); }
	;

icmpword : numword
	| SKIP
	;

/* set, scrub, state */

setopts	: setopt_items
	;

setopt_items : setopt optnl
	| setopt_items comma setopt optnl
		{ $$ = ast_append($1, $3); }
	;

setopt	: PRIO numpair
		{ $$ = ast_op(AR, A_SETOPT, &@$, SET_PRIO, $2->a, $2->b); }
	| QUEUE qpair
		{ $$ = ast_op(AR, A_SETOPT, &@$, SET_QUEUE, $2->a, $2->b); }
	| TOS numword
		{ $$ = ast_op(AR, A_SETOPT, &@$, SET_TOS, $2, NULL); }
	| DELAY NUMBER
		{ $$ = ast_op(AR, A_SETOPT, &@$, SET_DELAY, $2, NULL); }
	| MARK numword
		{ $$ = ast_op(AR, A_SETOPT, &@$, SET_MARK, $2, NULL); }
	;

scparen	: '(' optnl scrubopts ')'
		{ $$ = $3; }
	;

scrubopts : scrubopt optnl
	| scrubopts comma scrubopt optnl
		{ $$ = ast_append($1, $3); }
	;

scrubopt : NODF
		{ $$ = ast_op(AR, A_SCRUBOPT, &@$, SC_NODF, NULL, NULL); }
	| RANDOMID
		{ $$ = ast_op(AR, A_SCRUBOPT, &@$, SC_RANDOMID, NULL, NULL); }
	| MINTTL NUMBER
		{ $$ = ast_op(AR, A_SCRUBOPT, &@$, SC_MINTTL, $2, NULL); }
	| MAXMSS scrubargs
		{ $$ = ast_op(AR, A_SCRUBOPT, &@$, SC_MAXMSS, $2, NULL); }
	| SETTOS numword
		{ $$ = ast_op(AR, A_SCRUBOPT, &@$, SC_SETTOS, $2, NULL); }
	| REASSEMBLE word
		{ $$ = ast_op(AR, A_SCRUBOPT, &@$, SC_REASSEMBLE_TCP, $2,
		    NULL); }
	;

scrubargs : numword
	;

stateargs : %empty
		{ $$ = NULL; }
	| '(' optnl stateopts ')'
		{ $$ = $3; }
	;

stateopts : stateopt optnl
	| stateopts comma stateopt optnl
		{ $$ = ast_append($1, $3); }
	;

statelist : stateopt
	| statelist ',' stateopt
		{ $$ = ast_append($1, $3); }
	| statelist stateopt
		{ $$ = ast_append($1, $2); }
	;

stateopt : MAX NUMBER
		{ $$ = ast_op(AR, A_STATEOPT, &@$, SO_MAX, $2, NULL); }
	| NOSYNC
		{ $$ = ast_op(AR, A_STATEOPT, &@$, SO_NOSYNC, NULL, NULL); }
	| PFLOW
		{ $$ = ast_op(AR, A_STATEOPT, &@$, SO_PFLOW, NULL, NULL); }
	| SLOPPY
		{ $$ = ast_op(AR, A_STATEOPT, &@$, SO_SLOPPY, NULL, NULL); }
	| IFBOUND
		{ $$ = ast_op(AR, A_STATEOPT, &@$, SO_IFBOUND, NULL, NULL); }
	| FLOATING
		{ $$ = ast_op(AR, A_STATEOPT, &@$, SO_FLOATING, NULL, NULL); }
	| ALLOWRELATED
		{ $$ = ast_op(AR, A_STATEOPT, &@$, SO_RELATED, NULL, NULL); }
	| SOURCETRACK
		{ $$ = ast_op(AR, A_STATEOPT, &@$, SO_TRACK, NULL, NULL); }
	| SOURCETRACK GLOBAL
		{ $$ = ast_op(AR, A_STATEOPT, &@$, SO_TRACK, NULL, NULL);
		  $$->n = RULE_TRACK_GLOBAL; }
	| SOURCETRACK RULE
		{ $$ = ast_op(AR, A_STATEOPT, &@$, SO_TRACK, NULL, NULL);
		  $$->n = RULE_TRACK_RULE; }
	| MAXSRCSTATES NUMBER
		{ $$ = ast_op(AR, A_STATEOPT, &@$, SO_MAXSRCSTATES, $2,
		    NULL); }
	| MAXSRCNODES NUMBER
		{ $$ = ast_op(AR, A_STATEOPT, &@$, SO_MAXSRCNODES, $2,
		    NULL); }
	| MAXSRCCONN NUMBER
		{ $$ = ast_op(AR, A_STATEOPT, &@$, SO_MAXSRCCONN, $2,
		    NULL); }
	| MAXSRCCONNRATE NUMBER '/' NUMBER
		{ $$ = ast_op(AR, A_STATEOPT, &@$, SO_MAXSRCCONNRATE, $2,
		    $4); }
	| OVERLOAD '<' word '>' flush
		{
			$$ = ast_op(AR, A_STATEOPT, &@$, SO_OVERLOAD, $3,
			    NULL);
			$$->s = $3->s;
			$$->n = $5;
		}
	| word NUMBER
		{ $$ = ast_op(AR, A_STATEOPT, &@$, SO_TIMEOUT, $1, $2); }
	;

flush	: %empty	{ $$ = 0; }
	| FLUSH		{ $$ = 1; }
	| FLUSH GLOBAL	{ $$ = 2; }
	;

/* pools */

pool	: poolhosts poolopts
		{
			$$ = ast_op(AR, A_POOL, &@$, 0, $1, NULL);
			$$->c = $2;
		}
	| poolhosts PORT portarg poolopts
		{
			$$ = ast_op(AR, A_POOL, &@$, 0, $1, $3);
			$$->c = $4;
		}
	;

poolhosts : host_not weight
		{
			$$ = $1;
			if ($2 != NULL) {
				$$->n2 = $2->a != NULL ? $2->a->n : 0;
				$$->a = $2->b;
				$$->b = $2;
			}
		}
	| '{' optnl host_items '}'
		{ $$ = $3; }
	;

poolopts : %empty %prec LOW
		{ $$ = NULL; }
	| poolopts poolopt
		{ $$ = ast_append($1, $2); }
	;

poolopt	: BITMASK
		{ $$ = ast_num(AR, A_POOLOPT, &@$, POOL_BITMASK, NULL); }
	| RANDOM
		{ $$ = ast_num(AR, A_POOLOPT, &@$, POOL_RANDOM, NULL); }
	| ROUNDROBIN
		{ $$ = ast_num(AR, A_POOLOPT, &@$, POOL_ROUNDROBIN, NULL); }
	| LEASTSTATES
		{ $$ = ast_num(AR, A_POOLOPT, &@$, POOL_LEASTSTATES, NULL); }
	| SOURCEHASH
		{ $$ = ast_num(AR, A_POOLOPT, &@$, POOL_SRCHASH, NULL); }
	| SOURCEHASH STRING
		{ $$ = ast_num(AR, A_POOLOPT, &@$, POOL_SRCHASH, $2); }
	| STICKYADDRESS
		{ $$ = ast_op(AR, A_POOLOPT, &@$, PO_STICKY, NULL, NULL); }
	| STATICPORT
		{ $$ = ast_op(AR, A_POOLOPT, &@$, PO_STATICPORT, NULL,
		    NULL); }
	| PRESERVEPORT
		{ $$ = ast_op(AR, A_POOLOPT, &@$, PO_PRESERVEPORT, NULL,
		    NULL); }
	| ENDPOINTINDEP
		{ $$ = ast_op(AR, A_POOLOPT, &@$, PO_ENDPOINT, NULL, NULL); }
	| ENDPOINTINDEP FILTER filterword
		{ $$ = ast_op(AR, A_POOLOPT, &@$, PO_ENDPOINT, $3, NULL); }
	| ENDPOINTDEP
		{ $$ = ast_op(AR, A_POOLOPT, &@$, PO_ENDPOINT_DEP, NULL,
		    NULL); }
	| PORTBLOCK NUMBER MAX NUMBER
		{ $$ = ast_op(AR, A_POOLOPT, &@$, PO_PORTBLOCK, $2, $4); }
	| HAIRPIN
		{ $$ = ast_op(AR, A_POOLOPT, &@$, PO_HAIRPIN, NULL, NULL); }
	| MAPEPORTSET numword '/' numword '/' numword
		{
			$$ = ast_op(AR, A_POOLOPT, &@$, PO_MAPE, $2, $4);
			$$->c = $6;
		}
	| PREFERIPV6NEXTHOP
		{ $$ = ast_op(AR, A_POOLOPT, &@$, PO_NEXTHOP6, NULL, NULL); }
	;

filterword : word
	;

/* tables, queues, interfaces */

tparts	: %empty
		{ $$ = NULL; }
	| tparts tpart
		{ $$ = ast_tpart_append($1, $2); }
	;

tpart	: word
		{ $$ = ast_tpart(AR, $1, NULL, NULL, false); }
	| FILENAME STRING
		{ $$ = ast_tpart(AR, NULL, $2, NULL, false); }
	| '{' optnl '}'
		{ $$ = ast_tpart(AR, NULL, NULL, NULL, true); }
	| '{' optnl host_items '}'
		{ $$ = ast_tpart(AR, NULL, NULL, $3, true); }
	;

qparts	: %empty
		{ $$ = NULL; }
	| qparts qpart
		{ $$ = ast_append($1, $2); }
	;

qpart	: ON word
		{ $$ = ast_op(AR, A_PAIR, &@$, Q_ON, $2, NULL); }
	| PARENT word
		{ $$ = ast_op(AR, A_PAIR, &@$, Q_PARENT, $2, NULL); }
	| BANDWIDTH bandwidth
		{ $$ = ast_op(AR, A_PAIR, &@$, Q_BANDWIDTH, $2, NULL); }
	| MIN bandwidth
		{ $$ = ast_op(AR, A_PAIR, &@$, Q_MIN, $2, NULL); }
	| MAX bandwidth
		{ $$ = ast_op(AR, A_PAIR, &@$, Q_MAX, $2, NULL); }
	| ',' MIN bandwidth
		{ $$ = ast_op(AR, A_PAIR, &@$, Q_MIN, $3, NULL); }
	| ',' MAX bandwidth
		{ $$ = ast_op(AR, A_PAIR, &@$, Q_MAX, $3, NULL); }
	| FLOWS NUMBER
		{ $$ = ast_op(AR, A_PAIR, &@$, Q_FLOWS, $2, NULL); }
	| QUANTUM NUMBER
		{ $$ = ast_op(AR, A_PAIR, &@$, Q_QUANTUM, $2, NULL); }
	| QLIMIT NUMBER
		{ $$ = ast_op(AR, A_PAIR, &@$, Q_QLIMIT, $2, NULL); }
	| DEFAULT
		{ $$ = ast_op(AR, A_PAIR, &@$, Q_DEFAULT, NULL, NULL); }
	| '{' optnl namelist optnl '}'
		{ $$ = ast_op(AR, A_PAIR, &@$, Q_ALTQ, NULL, NULL); }
	;

bandwidth : numword
		{ $$ = ast_op(AR, A_BANDWIDTH, &@$, 0, $1, NULL); }
	| numword BURST numword FOR numword
		{
			$$ = ast_op(AR, A_BANDWIDTH, &@$, 0, $1, $3);
			$$->c = $5;
		}
	;

args	: arg
	| args arg
		{ $$ = ast_append($1, $2); }
	;

arg	: numword
	| DEFAULT
	| numword '/' NUMBER
		{ $$ = ast_op(AR, A_PAIR, &@$, 0, $1, $3); }
	;

/* set */

onoff	: word
		{ $$ = strcmp($1->s, "yes") == 0 ? 1 : -1; }
	| NO
		{ $$ = 0; }
	;

policy	: DROP		{ $$ = 0; }
	| RETURN	{ $$ = 1; }
	;

pairs	: pair optnl
	| pairs comma pair optnl
		{ $$ = ast_append($1, $3); }
	;

pair	: word NUMBER
		{ $$ = ast_op(AR, A_PAIR, &@$, 0, $1, $2); }
	;

setstmt	: TIMEOUT pair
		{ $$ = ast_stmt(AR, ST_SET, &@$, SETS_TIMEOUT);
		  $$->args = $2; }
	| TIMEOUT '{' optnl pairs '}'
		{ $$ = ast_stmt(AR, ST_SET, &@$, SETS_TIMEOUT);
		  $$->args = $4; }
	| LIMIT pair
		{ $$ = ast_stmt(AR, ST_SET, &@$, SETS_LIMIT);
		  $$->args = $2; }
	| LIMIT '{' optnl pairs '}'
		{ $$ = ast_stmt(AR, ST_SET, &@$, SETS_LIMIT);
		  $$->args = $4; }
	| OPTIMIZATION word
		{ $$ = ast_stmt(AR, ST_SET, &@$, SETS_OPTIMIZATION);
		  $$->args = $2; }
	| RULESETOPT word
		{ $$ = ast_stmt(AR, ST_SET, &@$, SETS_RULESETOPT);
		  $$->args = $2; }
	| LOGINTERFACE word
		{ $$ = ast_stmt(AR, ST_SET, &@$, SETS_LOGINTERFACE);
		  $$->args = $2; }
	| HOSTID numword
		{ $$ = ast_stmt(AR, ST_SET, &@$, SETS_HOSTID);
		  $$->args = $2; }
	| BLOCKPOLICY policy
		{ $$ = ast_stmt(AR, ST_SET, &@$, SETS_BLOCKPOLICY);
		  $$->n = $2; }
	| FAILPOLICY policy
		{ $$ = ast_stmt(AR, ST_SET, &@$, SETS_FAILPOLICY);
		  $$->n = $2; }
	| STATEPOLICY FLOATING
		{ $$ = ast_stmt(AR, ST_SET, &@$, SETS_STATEPOLICY); }
	| STATEPOLICY IFBOUND
		{ $$ = ast_stmt(AR, ST_SET, &@$, SETS_STATEPOLICY);
		  $$->n = 1; }
	| STATEDEFAULTS statelist
		{ $$ = ast_stmt(AR, ST_SET, &@$, SETS_STATEDEFAULTS);
		  $$->args = $2; }
	| DEBUG word
		{ $$ = ast_stmt(AR, ST_SET, &@$, SETS_DEBUG);
		  $$->args = $2; }
	| DEBUG DEBUG
		{ $$ = ast_stmt(AR, ST_SET, &@$, SETS_DEBUG);
		  $$->args = $2; }
	| FINGERPRINTS word
		{ $$ = ast_stmt(AR, ST_SET, &@$, SETS_FINGERPRINTS);
		  $$->args = $2; }
	| SKIP ON ifspec
		{ $$ = ast_stmt(AR, ST_SET, &@$, SETS_SKIP);
		  $$->args = $3; }
	| REASSEMBLE onoff
		{ $$ = ast_stmt(AR, ST_SET, &@$, SETS_REASSEMBLE);
		  $$->n = $2; $$->args = ast_new(AR, A_WORD, &@2); }
	| REASSEMBLE onoff NODF
		{ $$ = ast_stmt(AR, ST_SET, &@$, SETS_REASSEMBLE);
		  $$->n = $2; $$->args = ast_new(AR, A_WORD, &@2);
		  $$->neg = true; }
	| SYNCOOKIES word
		{ $$ = ast_stmt(AR, ST_SET, &@$, SETS_SYNCOOKIES);
		  $$->word = $2; }
	| SYNCOOKIES word '(' word_items ')'
		{ $$ = ast_stmt(AR, ST_SET, &@$, SETS_SYNCOOKIES);
		  $$->word = $2; $$->args = $4; }
	| REQUIREORDER onoff
		{ $$ = ast_stmt(AR, ST_SET, &@$, SETS_REQUIREORDER);
		  $$->n = $2; $$->args = ast_new(AR, A_WORD, &@2); }
	| word setvals
		{ $$ = ast_stmt(AR, ST_SET, &@$, SETS_WORD);
		  $$->word = $1; $$->args = $2; }
	;

setvals	: %empty
		{ $$ = NULL; }
	| setvals setval
		{ $$ = ast_append($1, $2); }
	;

setval	: numword | BLOCK | PASS | DROP | KEEP | NO
	;

%%

static void
begin_body(struct parser *p, const struct span *loc)
{
	stream_body(&p->stream, loc);
	if (++p->depth == PARSER_DEPTH_MAX + 1)
		diag_error(p->diag, loc,
		    "anchors are nested more than %d deep",
		    PARSER_DEPTH_MAX);
}

/* The scanner has spoken already about a BAD word. */
static int
yyreport_syntax_error(const yypcontext_t *ctx, struct parser *p,
    void *scanner)
{
	enum { MAX = 400 };
	yysymbol_kind_t symbols[MAX];
	const char *words[MAX] = { NULL }, *word;
	int tokens[MAX] = { 0 }, n, i, token;
	struct expected e = { words, tokens, 0 };
	size_t k;

	(void)scanner;
	p->stream.failed = true;
	if (yypcontext_token(ctx) == YYSYMBOL_BAD)
		return 0;
	if ((n = yypcontext_expected_tokens(ctx, symbols, MAX)) < 0)
		n = 0;
	for (i = 0; i < n; i++) {
		for (k = 0; (word = token_at(k, &token)) != NULL; k++)
			if (YYTRANSLATE(token) == symbols[i]) {
				words[i] = word;
				tokens[i] = token;
			}
		for (token = 0; token < 128 && tokens[i] == 0; token++)
			if (YYTRANSLATE(token) == symbols[i])
				tokens[i] = token;
		if (symbols[i] == YYSYMBOL_STRING)
			tokens[i] = TOK_STRING;
		else if (symbols[i] == YYSYMBOL_NUMBER)
			tokens[i] = TOK_NUMBER;
		else if (symbols[i] == YYSYMBOL_ARROW)
			tokens[i] = TOK_ARROW;
	}
	e.n = (size_t)n;
	syntax_report(p, &e);
	return 0;
}

static void
parse_error(struct span *loc, struct parser *p, void *scanner,
    const char *msg)
{
	(void)scanner;
	diag_error(p->diag, loc, "%s", strcmp(msg, "memory exhausted") == 0 ?
	    "lists are nested too deep" : msg);
}
