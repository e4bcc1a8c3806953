# SPDX-License-Identifier: ISC
noinst_LIBRARIES += ctl/libctl.a
ctl_libctl_a_SOURCES =
ctl_libctl_a_SOURCES += ctl/fields.c ctl/fields.h
ctl_libctl_a_SOURCES += ctl/fields_scan.c
ctl_libctl_a_SOURCES += ctl/jsonbuf.c ctl/jsonbuf.h
ctl_libctl_a_SOURCES += ctl/proto.h ctl/show.h
ctl_libctl_a_SOURCES += ctl/show_json.c ctl/show_json.h
ctl_libctl_a_SOURCES += ctl/word.c ctl/word.h
ctl_libctl_a_SOURCES += ctl/client.c ctl/client.h
ctl_libctl_a_SOURCES += ctl/cmdwords.c ctl/options.c ctl/options.h
ctl_libctl_a_SOURCES += ctl/filter.c ctl/filter.h ctl/filter_node.h
ctl_libctl_a_SOURCES += ctl/filter_parse.c ctl/filter_read.c
ctl_libctl_a_SOURCES += ctl/format.h ctl/format_info.c ctl/format_rule.c
ctl_libctl_a_SOURCES += ctl/format_state.c ctl/format_table.c
ctl_libctl_a_SOURCES += ctl/usage.c
ctl_libctl_a_SOURCES += ctl/complete.c ctl/complete.h
ctl_libctl_a_SOURCES += ctl/remote.c ctl/remote.h
ctl_libctl_a_SOURCES += ctl/safety.c ctl/safety.h
ctl_libctl_a_SOURCES += ctl/natctl.h ctl/run.c ctl/run_kill.c ctl/run_load.c
ctl_libctl_a_SOURCES += ctl/run_show.c ctl/run_table.c
ctl_libctl_a_SOURCES += ctl/shell.c ctl/shell.h
ctl_libctl_a_SOURCES += ctl/upload.c ctl/upload.h

sbin_PROGRAMS += ctl/natctl
ctl_natctl_SOURCES = ctl/natctl.c
ctl_natctl_LDADD = $(LIB_CTL) $(LIB_PARSER) $(LIB_RULES) $(LIB_ENGINE) \
	$(NATCTL_LIBS)
