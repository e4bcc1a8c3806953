# SPDX-License-Identifier: ISC
noinst_LIBRARIES += engine/io/libio.a
engine_io_libio_a_SOURCES =
