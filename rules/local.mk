# SPDX-License-Identifier: ISC
noinst_LIBRARIES += rules/librules.a
rules_librules_a_SOURCES =
