/* SPDX-License-Identifier: ISC */
/*
 * Records of the control protocol, written and read by one table each.
 */
#include "ctl/show_json.h"

#include <errno.h>
#include <string.h>

#include "ctl/fields.h"

#define S show_state
#define PEER(nm, t, m)                                                  \
	{ nm, t, 2, offsetof(struct S, v.peer[0].m), sizeof(struct view_peer), \
	    offsetof(struct S, v.proto) }
#define ENDS(nm, m)                                                     \
	{ nm, FIELD_END, 2, offsetof(struct S, m), sizeof(struct view_end), \
	    offsetof(struct S, v.af) }
#define END(nm, m)                                                      \
	{ nm, FIELD_END, 0, offsetof(struct S, m), 0, offsetof(struct S, v.af) }
/* family and protocol stand before what is read with their help */
static const struct field state_fields[] = {
	FIELD_(S, "id", FIELD_HEX64, v.id),
	FIELD_(S, "creatorid", FIELD_HEX32, v.creatorid),
	FIELD_TEXT(S, "if", ifname),
	FIELD_TEXT(S, "if_seen", if_seen),
	FIELD_(S, "af", FIELD_AF, v.af),
	FIELD_(S, "proto", FIELD_PROTO, v.proto),
	FIELD_(S, "dir", FIELD_DIR, v.dir),
	FIELD_(S, "rdomain", FIELD_U16, v.rdomain),
	END("src", v.orig_src),
	END("dst", v.orig_dst),
	END("reply_src", v.reply_src),
	END("reply_dst", v.reply_dst),
	ENDS("wire", v.wire),
	ENDS("stack", v.stack),
	ENDS("gateway", v.gw),
	PEER("state", FIELD_PEER, state),
	PEER("wscale", FIELD_U8_NONE, wscale),
	PEER("seqlo", FIELD_U32, seqlo),
	PEER("window", FIELD_U32, window),
	PEER("seqdiff", FIELD_U32, seqdiff),
	FIELD_(S, "age", FIELD_U32, v.age),
	FIELD_(S, "expires", FIELD_U32, v.expires),
	FIELD_N(S, "packets", FIELD_U64, v.packets, uint64_t, 2),
	FIELD_N(S, "bytes", FIELD_U64, v.bytes, uint64_t, 2),
	FIELD_(S, "rule", FIELD_HEX64, rule),
	FIELD_(S, "rule_digits", FIELD_U8, rule_digits),
	FIELD_(S, "nr", FIELD_I64, nr),
	FIELD_(S, "anchor", FIELD_STR, anchor),
	FIELD_(S, "label", FIELD_STR, label),
	FIELD_(S, "sloppy", FIELD_FLAG, v.sloppy),
	FIELD_(S, "pflow", FIELD_FLAG, v.pflow),
	FIELD_(S, "sticky", FIELD_FLAG, v.sticky),
	FIELD_(S, "srctrack", FIELD_FLAG, v.srctrack),
	FIELD_(S, "ifidx", FIELD_U16, v.ifidx),
	FIELD_(S, "ifidx_seen", FIELD_U16, v.if_seen),
	FIELD_(S, "row", FIELD_U32, v.row),
	{ 0 },
};
#undef S
#undef PEER
#undef ENDS
#undef END

#define S show_source
#define ADDR(nm, m)                                                     \
	{ nm, FIELD_ADDR, 0, offsetof(struct S, m), 0, offsetof(struct S, af) }
static const struct field source_fields[] = {
	FIELD_(S, "af", FIELD_AF, af),
	ADDR("src", src),
	FIELD_TEXT(S, "word", word),
	ADDR("to", to),
	FIELD_TEXT(S, "if", ifname),
	FIELD_(S, "states", FIELD_U32, states),
	FIELD_(S, "age", FIELD_U32, age),
	FIELD_(S, "expires", FIELD_U32, expires),
	FIELD_(S, "packets", FIELD_U64, packets),
	FIELD_(S, "bytes", FIELD_U64, bytes),
	FIELD_(S, "rule", FIELD_HEX64, rule),
	FIELD_(S, "rule_digits", FIELD_U8, rule_digits),
	FIELD_(S, "nr", FIELD_I64, nr),
	FIELD_(S, "anchor", FIELD_STR, anchor),
	{ 0 },
};
#undef S
#undef ADDR

#define S show_rule
static const struct field rule_fields[] = {
	FIELD_(S, "nr", FIELD_I64, nr),
	FIELD_(S, "id", FIELD_HEX64, id),
	FIELD_(S, "id_digits", FIELD_U8, id_digits),
	FIELD_(S, "anchor", FIELD_STR, anchor),
	FIELD_(S, "class", FIELD_STR, rclass),
	FIELD_(S, "text", FIELD_STR, text),
	FIELD_(S, "depth", FIELD_U32, depth),
	FIELD_(S, "open", FIELD_BOOL, open),
	FIELD_(S, "expired", FIELD_BOOL, expired),
	FIELD_(S, "file", FIELD_STR, file),
	FIELD_(S, "line", FIELD_U32, line),
	FIELD_(S, "stmt", FIELD_U32, stmt),
	FIELD_(S, "evaluations", FIELD_U64, evaluations),
	FIELD_N(S, "packets", FIELD_U64, packets, uint64_t, 2),
	FIELD_N(S, "bytes", FIELD_U64, bytes, uint64_t, 2),
	FIELD_(S, "states", FIELD_U64, states),
	FIELD_(S, "created", FIELD_U64, created),
	FIELD_(S, "uid", FIELD_U32, uid),
	FIELD_(S, "pid", FIELD_U32, pid),
	{ 0 },
};
#undef S

#define S show_label
static const struct field label_fields[] = {
	FIELD_(S, "label", FIELD_STR, label),
	FIELD_(S, "evaluations", FIELD_U64, evaluations),
	FIELD_N(S, "packets", FIELD_U64, packets, uint64_t, 2),
	FIELD_N(S, "bytes", FIELD_U64, bytes, uint64_t, 2),
	FIELD_(S, "states", FIELD_U64, states),
	FIELD_(S, "created", FIELD_U64, created),
	{ 0 },
};
#undef S

#define S show_info
static const struct field info_fields[] = {
	FIELD_(S, "enabled", FIELD_BOOL, enabled),
	FIELD_(S, "since", FIELD_U64, since),
	FIELD_(S, "started", FIELD_U64, started),
	FIELD_(S, "now", FIELD_U64, now),
	FIELD_TEXT(S, "debug", debug),
	FIELD_(S, "hostid", FIELD_HEX32, hostid),
	FIELD_TEXT(S, "checksum", checksum),
	FIELD_(S, "revision", FIELD_U32, revision),
	FIELD_(S, "confirm", FIELD_U32, confirm),
	FIELD_TEXT(S, "loginterface", loginterface),
	FIELD_(S, "rules", FIELD_U64, rules),
	FIELD_(S, "tables", FIELD_U64, tables),
	FIELD_(S, "states", FIELD_U64, states),
	FIELD_(S, "states_limit", FIELD_U64, states_limit),
	FIELD_(S, "workers", FIELD_U32, workers),
	FIELD_TEXT(S, "version", version),
	FIELD_TEXT(S, "plane", plane),
	FIELD_TEXT(S, "passes", passes),
	FIELD_TEXT(S, "udp_gro", udp_gro),
	FIELD_TEXT(S, "priority", priority),
	FIELD_(S, "lasting", FIELD_BOOL, lasting),
	FIELD_(S, "taken", FIELD_U32, taken),
	FIELD_(S, "mended", FIELD_U32, mended),
	FIELD_(S, "damaged", FIELD_U32, damaged),
	FIELD_TEXT(S, "past", past),
	{ 0 },
};
#undef S

#define S show_counter
static const struct field counter_fields[] = {
	FIELD_TEXT(S, "part", part),
	FIELD_TEXT(S, "name", name),
	FIELD_(S, "value", FIELD_U64, value),
	FIELD_(S, "rate", FIELD_BOOL, rate),
	{ 0 },
};
#undef S

#define S show_timeout
static const struct field timeout_fields[] = {
	FIELD_TEXT(S, "name", name),
	FIELD_(S, "value", FIELD_U32, value),
	{ 0 },
};
#undef S

#define S show_limit
static const struct field limit_fields[] = {
	FIELD_TEXT(S, "name", name),
	FIELD_(S, "value", FIELD_U64, value),
	FIELD_(S, "used", FIELD_U64, used),
	{ 0 },
};
#undef S

#define S show_memory
static const struct field memory_fields[] = {
	FIELD_TEXT(S, "name", name),
	FIELD_(S, "bytes", FIELD_U64, bytes),
	FIELD_(S, "limit", FIELD_U64, limit),
	FIELD_TEXT(S, "pages", pages),
	{ 0 },
};
#undef S

#define S show_table
static const struct field table_fields[] = {
	FIELD_TEXT(S, "name", name),
	FIELD_(S, "anchor", FIELD_STR, anchor),
	FIELD_(S, "const", FIELD_BOOL, constant),
	FIELD_(S, "persist", FIELD_BOOL, persist),
	FIELD_(S, "active", FIELD_BOOL, active),
	FIELD_(S, "referenced", FIELD_BOOL, referenced),
	FIELD_(S, "hidden", FIELD_BOOL, hidden),
	FIELD_(S, "addresses", FIELD_U64, addresses),
	FIELD_(S, "cleared", FIELD_U64, cleared),
	FIELD_(S, "rules", FIELD_U32, rules),
	FIELD_(S, "anchors", FIELD_U32, anchors),
	FIELD_(S, "nomatch", FIELD_U64, nomatch),
	FIELD_(S, "match", FIELD_U64, match),
	FIELD_IF(S, "counters", counters),
	FIELD_N(S, "packets", FIELD_U64, packets, uint64_t, 8),
	FIELD_N(S, "bytes", FIELD_U64, bytes, uint64_t, 8),
	{ 0 },
};
#undef S

#define S show_entry
#define ADDR(nm, m, fam)                                                \
	{ nm, FIELD_ADDR, 0, offsetof(struct S, m), 0, offsetof(struct S, fam) }
static const struct field entry_fields[] = {
	FIELD_(S, "af", FIELD_AF, af),
	ADDR("addr", addr, af),
	FIELD_(S, "plen", FIELD_U8, plen),
	FIELD_(S, "neg", FIELD_BOOL, neg),
	FIELD_(S, "change", FIELD_CHAR, change),
	FIELD_(S, "weight", FIELD_U32, weight),
	FIELD_(S, "expires", FIELD_U32, expires),
	FIELD_(S, "cleared", FIELD_U64, cleared),
	FIELD_(S, "hit_af", FIELD_AF, hit_af),
	ADDR("hit", hit, hit_af),
	FIELD_(S, "hit_plen", FIELD_U8, hit_plen),
	FIELD_(S, "hit_neg", FIELD_BOOL, hit_neg),
	FIELD_IF(S, "counters", counters),
	FIELD_N(S, "packets", FIELD_U64, packets, uint64_t, 6),
	FIELD_N(S, "bytes", FIELD_U64, bytes, uint64_t, 6),
	{ 0 },
};
#undef S
#undef ADDR

#define S show_iface
static const struct field iface_fields[] = {
	FIELD_TEXT(S, "name", name),
	FIELD_TEXT(S, "plane", plane),
	FIELD_(S, "up", FIELD_BOOL, up),
	FIELD_(S, "skip", FIELD_BOOL, skip),
	FIELD_(S, "mtu", FIELD_U32, mtu),
	FIELD_(S, "queues", FIELD_U32, queues),
	FIELD_(S, "cleared", FIELD_U64, cleared),
	FIELD_(S, "rules", FIELD_U32, rules),
	FIELD_N(S, "packets", FIELD_U64, packets, uint64_t, 8),
	FIELD_N(S, "bytes", FIELD_U64, bytes, uint64_t, 8),
	FIELD_(S, "rx_packets", FIELD_U64, rx_packets),
	FIELD_(S, "rx_bytes", FIELD_U64, rx_bytes),
	FIELD_(S, "tx_packets", FIELD_U64, tx_packets),
	FIELD_(S, "tx_bytes", FIELD_U64, tx_bytes),
	FIELD_(S, "rx_errors", FIELD_U64, rx_errors),
	FIELD_(S, "tx_dropped", FIELD_U64, tx_dropped),
	{ 0 },
};
#undef S

#define S load_report
static const struct field report_fields[] = {
	FIELD_(S, "revision", FIELD_U32, revision),
	FIELD_(S, "filter", FIELD_U64, filter),
	FIELD_(S, "nat", FIELD_U64, nat),
	FIELD_(S, "rdr", FIELD_U64, rdr),
	FIELD_(S, "binat", FIELD_U64, binat),
	FIELD_(S, "tables", FIELD_U64, tables),
	FIELD_(S, "kept", FIELD_U64, kept),
	FIELD_(S, "rechecked", FIELD_BOOL, rechecked),
	FIELD_(S, "same", FIELD_U64, same),
	FIELD_(S, "other", FIELD_U64, other),
	FIELD_(S, "gone", FIELD_U64, gone),
	FIELD_(S, "blocked", FIELD_U64, blocked),
	FIELD_(S, "confirm", FIELD_U32, confirm),
	FIELD_(S, "dry", FIELD_BOOL, dry),
	FIELD_(S, "text", FIELD_STR, text),
	{ 0 },
};
#undef S

static void
record_write(struct jsonbuf *b, const char *type, const struct field *f,
    const void *st)
{
	jsonbuf_open(b, '{');
	jsonbuf_member_str(b, "type", type);
	fields_write(b, f, st);
	jsonbuf_puts(b, "}\n");
}

static int
record_read(const json_t *line, const char *type, const struct field *f,
    void *st, size_t size)
{
	const char *is = show_type(line);

	if (is == NULL || strcmp(is, type) != 0)
		return -EINVAL;
	return fields_read(line, f, st, size);
}

const char *
show_type(const json_t *line)
{
	return json_string_value(json_object_get(line, "type"));
}

#define SHOW_DEFINE(name, type)                                              \
	void                                                                 \
	show_##name##_write(struct jsonbuf *b, const struct show_##name *st) \
	{                                                                    \
		record_write(b, type, name##_fields, st);                    \
	}                                                                    \
	int                                                                  \
	show_##name##_read(const json_t *line, struct show_##name *st)       \
	{                                                                    \
		return record_read(line, type, name##_fields, st,            \
		    sizeof(*st));                                            \
	}
SHOW_RECORDS(SHOW_DEFINE)

int
show_state_scan(char *line, struct show_state *st)
{
	static const char begin[] = "{\"type\":\"state\",";
	const size_t len = sizeof(begin) - 1;

	if (strncmp(line, begin, len) != 0)
		return -EINVAL;
	return fields_scan(line + len, state_fields, st, sizeof(*st));
}

void
load_report_write(struct jsonbuf *b, const struct load_report *r)
{
	fields_write(b, report_fields, r);
}

int
load_report_read(const json_t *obj, struct load_report *r)
{
	return fields_read(obj, report_fields, r, sizeof(*r));
}
