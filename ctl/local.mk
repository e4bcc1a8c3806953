# SPDX-License-Identifier: ISC
noinst_LIBRARIES += ctl/libctl.a
ctl_libctl_a_SOURCES =
