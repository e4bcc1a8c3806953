# SPDX-License-Identifier: ISC
noinst_LIBRARIES += engine/io/libio.a
engine_io_libio_a_SOURCES = engine/io/io.h
engine_io_libio_a_SOURCES += engine/io/divert.c engine/io/divert.h
engine_io_libio_a_SOURCES += engine/io/hooks.c engine/io/hooks.h
engine_io_libio_a_SOURCES += engine/io/hostnet.c engine/io/hostnet.h
engine_io_libio_a_SOURCES += engine/io/l4.c engine/io/l4.h
engine_io_libio_a_SOURCES += engine/io/linktype.c engine/io/linktype.h
engine_io_libio_a_SOURCES += engine/io/mark.h
engine_io_libio_a_SOURCES += engine/io/netlink.c engine/io/netlink.h
engine_io_libio_a_SOURCES += engine/io/netns.c engine/io/netns.h
engine_io_libio_a_SOURCES += engine/io/nfqueue.c engine/io/nfqueue.h
engine_io_libio_a_SOURCES += engine/io/pcap.c
engine_io_libio_a_SOURCES += engine/io/port.c engine/io/port.h
engine_io_libio_a_SOURCES += engine/io/raw.c engine/io/raw.h
engine_io_libio_a_SOURCES += engine/io/tun.c
engine_io_libio_a_SOURCES += engine/io/tun_dev.c engine/io/tun_dev.h
engine_io_libio_a_SOURCES += engine/io/vnet.c engine/io/vnet.h
