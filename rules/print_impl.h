/* SPDX-License-Identifier: ISC */
/*
 * What the files of the printer share.
 */
#ifndef RULES_PRINT_IMPL_H
#define RULES_PRINT_IMPL_H

#include "rules/print.h"
#include "rules/rule.h"

void print_port(FILE *, const struct rule_port *, unsigned proto,
    const struct print_options *);
void print_owner(FILE *, const char *what, const struct rule_owner *);
void print_pool_options(FILE *, const struct pool *, bool is_nat,
    const struct print_options *);
void print_state(FILE *, const struct rule *);

#endif
