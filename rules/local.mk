# SPDX-License-Identifier: ISC
noinst_LIBRARIES += rules/librules.a
rules_librules_a_SOURCES =
rules_librules_a_SOURCES += rules/addr_count.c
rules_librules_a_SOURCES += rules/addr_text.c rules/addr_text.h
rules_librules_a_SOURCES += rules/anchor.c
rules_librules_a_SOURCES += rules/antispoof.c
rules_librules_a_SOURCES += rules/ast.c rules/ast.h
rules_librules_a_SOURCES += rules/build.c rules/build.h
rules_librules_a_SOURCES += rules/check.c
rules_librules_a_SOURCES += rules/compile.c rules/compile_cond.c \
	rules/compile_reach.c rules/compile_reach.h \
	rules/compile_rule.c rules/compile_marks.c rules/compile_support.c \
	rules/compile.h rules/compile_impl.h
rules_librules_a_SOURCES += rules/compile_tags.c
rules_librules_a_SOURCES += rules/diag.c rules/diag.h
rules_librules_a_SOURCES += rules/ether.c
rules_librules_a_SOURCES += rules/expand.c
rules_librules_a_SOURCES += rules/feature.c rules/feature.h
rules_librules_a_SOURCES += rules/filter.c
rules_librules_a_SOURCES += rules/host.c rules/host.h rules/host_impl.h
rules_librules_a_SOURCES += rules/host_file.c rules/host_rtable.c rules/host_sys.c
rules_librules_a_SOURCES += rules/hosts.c
rules_librules_a_SOURCES += rules/ifstmt.c
rules_librules_a_SOURCES += rules/keywords.def
rules_librules_a_SOURCES += rules/names.c rules/names.h
rules_librules_a_SOURCES += rules/option.c
rules_librules_a_SOURCES += rules/part.c
rules_librules_a_SOURCES += rules/poolspec.c
rules_librules_a_SOURCES += rules/print.h rules/print_impl.h
rules_librules_a_SOURCES += rules/print_addr.c rules/print_rule.c
rules_librules_a_SOURCES += rules/print_ruleset.c rules/print_state.c
rules_librules_a_SOURCES += rules/queue.c
rules_librules_a_SOURCES += rules/routeopt.c
rules_librules_a_SOURCES += rules/rule.h
rules_librules_a_SOURCES += rules/print_buf.c rules/print_buf.h
rules_librules_a_SOURCES += rules/ruleid.c rules/ruleid.h
rules_librules_a_SOURCES += rules/ruleset.c rules/ruleset.h
rules_librules_a_SOURCES += rules/services.c
rules_librules_a_SOURCES += rules/set.c
rules_librules_a_SOURCES += rules/state.c
rules_librules_a_SOURCES += rules/tabledef.c
rules_librules_a_SOURCES += rules/text.c
rules_librules_a_SOURCES += rules/value.c
rules_librules_a_SOURCES += rules/warn.c rules/warn.h rules/warn_cover.c
rules_librules_a_SOURCES += rules/xlate.c
rules_librules_a_SOURCES += rules/zone.c rules/zone.h
