/* SPDX-License-Identifier: ISC */
/*
 * Texts into one buffer; see print_buf.h.
 */
#include "rules/print_buf.h"

#include <errno.h>
#include <stdlib.h>

int
print_buf_open(struct print_buf *b)
{
	b->text = NULL;
	b->f = open_memstream(&b->text, &b->size);
	return b->f != NULL ? 0 : -ENOMEM;
}

void
print_buf_close(struct print_buf *b)
{
	if (b->f != NULL)
		fclose(b->f);
	free(b->text);
}

FILE *
print_buf_begin(struct print_buf *b)
{
	rewind(b->f);
	return b->f;
}

char *
print_buf_end(struct print_buf *b)
{
	putc('\0', b->f); /* what follows is of a longer one before */
	return fflush(b->f) == 0 ? b->text : NULL;
}
