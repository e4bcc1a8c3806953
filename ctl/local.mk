# SPDX-License-Identifier: ISC
noinst_LIBRARIES += ctl/libctl.a
ctl_libctl_a_SOURCES =
ctl_libctl_a_SOURCES += ctl/proto.h ctl/show.h
