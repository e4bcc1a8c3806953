/* SPDX-License-Identifier: ISC */
/*
 * Parts of a ruleset that come from elsewhere: anchors that were loaded from
 * outside, and options that a load leaves as they are.
 */
#ifndef ENGINE_NATD_GRAFT_H
#define ENGINE_NATD_GRAFT_H

struct anchor;
struct ruleset;
struct ruleset_options;

/*
 * graft_anchor() - Put the contents that @part has at @path, and in anchors
 * that it gives below it, into @main in place of what is there
 *
 * @part must live as long as @main, and is of no other use afterwards.
 * Return: 0 or -ENOMEM.
 */
int graft_anchor(struct ruleset *main, const struct ruleset *part,
    const char *path);

/*
 * graft_keep_tables() - The text was loaded before: what its tables held at
 * first is of no interest any more, they keep what they have
 */
void graft_keep_tables(struct anchor *);

/* graft_keep_files() - The same for tables whose files were not read. */
void graft_keep_files(struct anchor *);

/*
 * graft_options() - natctl -m: what this load did not set is as before
 * Return: 0 or -ENOMEM.
 */
int graft_options(struct ruleset *, const struct ruleset_options *before);

#endif
