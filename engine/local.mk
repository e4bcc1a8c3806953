# SPDX-License-Identifier: ISC
noinst_LIBRARIES += engine/libengine.a
engine_libengine_a_SOURCES =
