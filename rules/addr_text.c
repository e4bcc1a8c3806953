/* SPDX-License-Identifier: ISC */
/*
 * Addresses as text.
 */
#include "rules/addr_text.h"

#include <arpa/inet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
addr_parse(const char *s, struct addr *a, uint8_t *af)
{
	struct addr v = { 0 };

	if (inet_pton(AF_INET, s, &v) == 1)
		*af = AF_INET;
	else if (inet_pton(AF_INET6, s, &v) == 1)
		*af = AF_INET6;
	else
		return false;
	*a = v;
	return true;
}

bool
prefix_parse(const char *s, struct addr *a, uint8_t *af, uint8_t *plen)
{
	char buf[64], *slash, *end;
	unsigned long n;

	if (strlen(s) >= sizeof(buf))
		return false;
	strcpy(buf, s);
	if ((slash = strchr(buf, '/')) != NULL)
		*slash++ = '\0';
	if (!addr_parse(buf, a, af))
		return false;
	*plen = (uint8_t)addr_bits(*af);
	if (slash == NULL)
		return true;
	n = strtoul(slash, &end, 10);
	if (end == slash || *end != '\0' || *slash == '-' || n > *plen)
		return false;
	*plen = (uint8_t)n;
	return true;
}

bool
net_parse(const char *s, struct addr *a)
{
	unsigned i, v;

	memset(a, 0, sizeof(*a));
	for (i = 0; i < 4; i++) {
		if (*s < '0' || *s > '9')
			return false;
		for (v = 0; *s >= '0' && *s <= '9'; s++)
			if ((v = v * 10 + (unsigned)(*s - '0')) > 255)
				return false;
		a->b[i] = (uint8_t)v;
		if (*s == '\0')
			return true;
		if (*s++ != '.')
			return false;
	}
	return false;
}

const char *
addr_text(char buf[static ADDR_TEXT_MAX], const struct addr *a, uint8_t af)
{
	if (inet_ntop(af == AF_INET ? AF_INET : AF_INET6, a, buf,
	    ADDR_TEXT_MAX) == NULL)
		buf[0] = '\0';
	return buf;
}
