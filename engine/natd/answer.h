/* SPDX-License-Identifier: ISC */
/*
 * The last line of an answer: more, done, error (ctl/proto.h).
 */
#ifndef ENGINE_NATD_ANSWER_H
#define ENGINE_NATD_ANSWER_H

#include <stdint.h>

#include "ctl/jsonbuf.h"

/* {"done":{ ... members ... }}: open, jsonbuf_member_*(), close. */
void answer_done_open(struct jsonbuf *);
void answer_done_close(struct jsonbuf *);
/* {"done":{}} */
void answer_done(struct jsonbuf *);
/* {"done":{"NAME":N}} */
void answer_count(struct jsonbuf *, const char *name, uint64_t n);

void answer_more_u64(struct jsonbuf *, uint64_t cursor);

/* answer_error() - @code: PROTO_ERROR_*. */
void answer_error(struct jsonbuf *, const char *code, const char *fmt, ...)
    __attribute__((__format__(__printf__, 3, 4)));

#endif
