# SPDX-License-Identifier: ISC
noinst_LIBRARIES += parser/libparser.a
parser_libparser_a_SOURCES =
parser_libparser_a_SOURCES += parser/load.h
