/* SPDX-License-Identifier: ISC */
/*
 * Parts of a ruleset that come from elsewhere: anchors that were loaded from
 * outside, and options that a load leaves as they are.
 */
#ifndef ENGINE_NATD_GRAFT_H
#define ENGINE_NATD_GRAFT_H

#include <stdbool.h>

struct ruleset;
struct ruleset_options;

/*
 * graft_anchor() - Put the contents that @part has at @path into @main
 *
 * @part must live as long as @main.  Return: false if @main names no anchor
 * at that path, or gives its contents itself.
 */
bool graft_anchor(struct ruleset *main, struct ruleset *part,
    const char *path);

/*
 * graft_options() - natctl -m: what this load did not set is as before
 * Return: 0 or -ENOMEM.
 */
int graft_options(struct ruleset *, const struct ruleset_options *before);

#endif
