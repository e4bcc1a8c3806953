/* SPDX-License-Identifier: ISC */
/*
 * The request "table".
 */
#ifndef ENGINE_NATD_TABLE_REQUEST_H
#define ENGINE_NATD_TABLE_REQUEST_H

struct partial;

/* partial_free() - The addresses of a command that never came to its end. */
void partial_free(struct partial *);

#endif
