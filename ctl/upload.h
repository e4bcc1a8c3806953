/* SPDX-License-Identifier: ISC */
/*
 * A ruleset on its way to natd: the load requests of ctl/proto.h in order.
 */
#ifndef CTL_UPLOAD_H
#define CTL_UPLOAD_H

#include <jansson.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct natctl;
struct ruleset;

struct upload {
	const struct ruleset *rs;
	const char *name;	/* of the file, for messages */
	const char *original;	/* what the person wrote */
	size_t len;
	const struct ssh_connection *remote; /* not to be cut; or NULL */
};

/*
 * upload_ruleset() - Send it and put it into force
 * @report: on success natd's report, a new reference
 *
 * The options of @n say how: anchor, merge, recheck, confirm.
 *
 * Return: 0, or a negative errno with natctl_error() set; then nothing has
 * changed in natd.
 */
int upload_ruleset(struct natctl *n, const struct upload *, json_t **report);

/*
 * upload_cut() - Length of the first piece of a text: at most @max bytes, and
 * not within a character of UTF-8
 */
size_t upload_cut(const char *text, size_t len, size_t max);

#endif
