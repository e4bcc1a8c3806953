# SPDX-License-Identifier: ISC
noinst_LIBRARIES += ctl/libctl.a
ctl_libctl_a_SOURCES =
ctl_libctl_a_SOURCES += ctl/fields.c ctl/fields.h
ctl_libctl_a_SOURCES += ctl/jsonbuf.c ctl/jsonbuf.h
ctl_libctl_a_SOURCES += ctl/proto.h ctl/show.h
ctl_libctl_a_SOURCES += ctl/show_json.c ctl/show_json.h
ctl_libctl_a_SOURCES += ctl/word.c ctl/word.h
