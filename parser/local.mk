# SPDX-License-Identifier: ISC
noinst_LIBRARIES += parser/libparser.a
parser_libparser_a_SOURCES =
parser_libparser_a_SOURCES += parser/file.c
parser_libparser_a_SOURCES += parser/load.c parser/load.h
parser_libparser_a_SOURCES += parser/macro.c
parser_libparser_a_SOURCES += parser/parse.y
parser_libparser_a_SOURCES += parser/parser.h
parser_libparser_a_SOURCES += parser/scan.l
parser_libparser_a_SOURCES += parser/stream.c parser/stream.h
parser_libparser_a_SOURCES += parser/syntax.c
parser_libparser_a_SOURCES += parser/token.c parser/token.h

BUILT_SOURCES += parser/parse.h
parser/parse.$(OBJEXT): AM_CFLAGS = $(GENERATED_CFLAGS)
parser/scan.$(OBJEXT): AM_CFLAGS = $(GENERATED_CFLAGS)
parser/stream.$(OBJEXT) parser/syntax.$(OBJEXT): parser/parse.h
parser/token.$(OBJEXT) parser/scan.$(OBJEXT): parser/parse.h
