# SPDX-License-Identifier: ISC
noinst_LIBRARIES += rules/librules.a
rules_librules_a_SOURCES =
rules_librules_a_SOURCES += rules/arena.h
rules_librules_a_SOURCES += rules/compile.c rules/compile_cond.c \
	rules/compile_rule.c rules/compile_support.c \
	rules/compile.h rules/compile_impl.h
rules_librules_a_SOURCES += rules/diag.h
rules_librules_a_SOURCES += rules/print.h
rules_librules_a_SOURCES += rules/rule.h
rules_librules_a_SOURCES += rules/ruleid.h
rules_librules_a_SOURCES += rules/ruleset.h
