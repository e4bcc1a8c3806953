/* SPDX-License-Identifier: ISC */
/*
 * Lines of a number, decimal or hex, and a word; # begins a comment.
 */
#include "engine/io/ifgroup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *
open_names(void)
{
	FILE *f = fopen("/etc/iproute2/group", "re");

	return f != NULL ? f : fopen("/usr/share/iproute2/group", "re");
}

void
ifgroup_name(uint32_t group, char *name, size_t len)
{
	char line[256], number[32], word[64], *end;
	FILE *f;

	name[0] = '\0';
	if (group == 0 || (f = open_names()) == NULL)
		return;
	while (name[0] == '\0' && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, " %31[^# \t\n] %63[^# \t\n]", number,
		    word) != 2 || strlen(word) >= len)
			continue;
		if (strtoul(number, &end, 0) == group && *end == '\0')
			strcpy(name, word);
	}
	fclose(f);
}
