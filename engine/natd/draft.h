/* SPDX-License-Identifier: ISC */
/*
 * A load that a client is still sending.
 */
#ifndef ENGINE_NATD_DRAFT_H
#define ENGINE_NATD_DRAFT_H

struct draft;

void draft_free(struct draft *);

#endif
