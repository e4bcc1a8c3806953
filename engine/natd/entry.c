/* SPDX-License-Identifier: ISC */
/*
 * Table entries of the protocol.
 */
#include "engine/natd/entry.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/word.h"

#define TTL_MAX 2000000	/* s, as timeouts */

/* "weight N ttl N": a word and its number, any of them once. */
static int
entry_options(char *s, struct table_ent *e)
{
	char *word, *number, *save = NULL;
	const char *why;
	long long v;

	for (word = strtok_r(s, " ", &save); word != NULL;
	    word = strtok_r(NULL, " ", &save)) {
		if ((number = strtok_r(NULL, " ", &save)) == NULL)
			return -EINVAL;
		v = strtonum(number, 1, TTL_MAX, &why);
		if (why != NULL)
			return -EINVAL;
		if (strcmp(word, "weight") == 0 && v <= UINT16_MAX)
			e->weight = (uint16_t)v;
		else if (strcmp(word, "ttl") == 0)
			e->expire = (uint32_t)(time(NULL) + v);
		else
			return -EINVAL;
	}
	return 0;
}

int
entry_read(const json_t *v, struct table_ent *e)
{
	const char *s = json_string_value(v);
	char text[128], *rest;

	memset(e, 0, sizeof(*e));
	if (s == NULL || strlen(s) >= sizeof(text))
		return -EINVAL;
	strlcpy(text, s, sizeof(text));
	/* the blank behind "!" belongs to the address */
	rest = text + (text[0] == '!' ? 1 + strspn(text + 1, " ") : 0);
	if ((rest = strchr(rest, ' ')) != NULL)
		*rest++ = '\0';
	if (word_net_parse(text, &e->af, &e->plen, &e->addr, &e->neg) != 0)
		return -EINVAL;
	addr_apply_plen(&e->addr, e->plen);
	return rest != NULL ? entry_options(rest, e) : 0;
}
