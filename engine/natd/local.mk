# SPDX-License-Identifier: ISC
noinst_LIBRARIES += engine/natd/libnatd.a
engine_natd_libnatd_a_SOURCES =
engine_natd_libnatd_a_SOURCES += engine/natd/addr_count.c engine/natd/addr_count.h
engine_natd_libnatd_a_SOURCES += engine/natd/anchors.c engine/natd/anchors.h
engine_natd_libnatd_a_SOURCES += engine/natd/answer.c engine/natd/answer.h
engine_natd_libnatd_a_SOURCES += engine/natd/change.c
engine_natd_libnatd_a_SOURCES += engine/natd/conn.c engine/natd/conn.h
engine_natd_libnatd_a_SOURCES += engine/natd/control.c engine/natd/control.h
engine_natd_libnatd_a_SOURCES += engine/natd/daemon.c engine/natd/daemon.h
engine_natd_libnatd_a_SOURCES += engine/natd/draft.c engine/natd/draft.h
engine_natd_libnatd_a_SOURCES += engine/natd/entry.c engine/natd/entry.h
engine_natd_libnatd_a_SOURCES += engine/natd/flush.c
engine_natd_libnatd_a_SOURCES += engine/natd/gate.c engine/natd/gate.h
engine_natd_libnatd_a_SOURCES += engine/natd/graft.c engine/natd/graft.h
engine_natd_libnatd_a_SOURCES += engine/natd/hops.c engine/natd/hops.h
engine_natd_libnatd_a_SOURCES += engine/natd/hostif.c engine/natd/hostif.h
engine_natd_libnatd_a_SOURCES += engine/natd/hostsock.c engine/natd/hostsock.h
engine_natd_libnatd_a_SOURCES += engine/natd/hostways.c engine/natd/hostways.h
engine_natd_libnatd_a_SOURCES += engine/natd/hostways_learn.c \
	engine/natd/hostways_impl.h
engine_natd_libnatd_a_SOURCES += engine/natd/hurry.c engine/natd/hurry.h
engine_natd_libnatd_a_SOURCES += engine/natd/ifnames.c engine/natd/ifnames.h
engine_natd_libnatd_a_SOURCES += engine/natd/kill.c engine/natd/kill.h
engine_natd_libnatd_a_SOURCES += engine/natd/live.c engine/natd/live.h
engine_natd_libnatd_a_SOURCES += engine/natd/table_live.c \
	engine/natd/table_live.h
engine_natd_libnatd_a_SOURCES += engine/natd/load_check.c \
	engine/natd/load_check.h
engine_natd_libnatd_a_SOURCES += engine/natd/load_work.c engine/natd/load_work.h
engine_natd_libnatd_a_SOURCES += engine/natd/loader.c engine/natd/loader.h
engine_natd_libnatd_a_SOURCES += engine/natd/log.c engine/natd/log.h
engine_natd_libnatd_a_SOURCES += engine/natd/memory.c engine/natd/memory.h
engine_natd_libnatd_a_SOURCES += engine/natd/memory_file.c \
	engine/natd/memory_impl.h engine/natd/memory_had.c
engine_natd_libnatd_a_SOURCES += engine/natd/origins.c engine/natd/origins.h
engine_natd_libnatd_a_SOURCES += engine/natd/planes.c engine/natd/planes.h
engine_natd_libnatd_a_SOURCES += engine/natd/planes_host.c
engine_natd_libnatd_a_SOURCES += engine/natd/planes_ifset.c
engine_natd_libnatd_a_SOURCES += engine/natd/planes_stmt.c engine/natd/planes_impl.h
engine_natd_libnatd_a_SOURCES += engine/natd/remote.c engine/natd/remote.h
engine_natd_libnatd_a_SOURCES += engine/natd/request.c engine/natd/request.h
engine_natd_libnatd_a_SOURCES += engine/natd/revision.c engine/natd/revision.h
engine_natd_libnatd_a_SOURCES += engine/natd/show.c engine/natd/show.h
engine_natd_libnatd_a_SOURCES += engine/natd/show_info.c
engine_natd_libnatd_a_SOURCES += engine/natd/show_queues.c
engine_natd_libnatd_a_SOURCES += engine/natd/show_rules.c
engine_natd_libnatd_a_SOURCES += engine/natd/show_sources.c engine/natd/sources.h
engine_natd_libnatd_a_SOURCES += engine/natd/show_states.c engine/natd/states.h
engine_natd_libnatd_a_SOURCES += engine/natd/statefile.c \
	engine/natd/statefile.h
engine_natd_libnatd_a_SOURCES += engine/natd/table_job.c engine/natd/table_job.h
engine_natd_libnatd_a_SOURCES += engine/natd/table_request.c \
	engine/natd/table_request.h
engine_natd_libnatd_a_SOURCES += engine/natd/tables.c engine/natd/tables.h
engine_natd_libnatd_a_SOURCES += engine/natd/tags.c engine/natd/tags.h
engine_natd_libnatd_a_SOURCES += engine/natd/targets.c engine/natd/targets.h
engine_natd_libnatd_a_SOURCES += engine/natd/udpgro.c engine/natd/udpgro.h
engine_natd_libnatd_a_SOURCES += engine/natd/workers.c engine/natd/workers.h

sbin_PROGRAMS += engine/natd/natd
engine_natd_natd_SOURCES = engine/natd/main.c
engine_natd_natd_SOURCES += engine/natd/cmdline.c engine/natd/cmdline.h
engine_natd_natd_SOURCES += engine/natd/detach.c engine/natd/detach.h
engine_natd_natd_SOURCES += engine/natd/netwatch.c engine/natd/netwatch.h
engine_natd_natd_SOURCES += engine/natd/start.c engine/natd/start.h
engine_natd_natd_LDADD = engine/natd/libnatd.a $(LIB_CTL) $(LIB_PARSER) \
	$(LIB_RULES) $(LIB_IO) $(LIB_ENGINE) $(NATD_LIBS)

# For the machine it is installed on: a service, the groups of the control
# sockets, and a first file that is never written over.
EXTRA_DIST += engine/natd/natd.service.in engine/natd/natd.sysusers \
	engine/natd/natd.conf
if HAVE_SYSTEMD
systemdsystemunit_DATA = engine/natd/natd.service
sysusersdir = $(prefix)/lib/sysusers.d
CLEANFILES += engine/natd/natd.service
endif
engine/natd/natd.service: engine/natd/natd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) engine/natd && \
	    $(SED) -e 's|@sbindir[@]|$(sbindir)|g' \
		-e 's|@sysconfdir[@]|$(sysconfdir)|g' \
		$(srcdir)/engine/natd/natd.service.in >$@

install-data-hook:
	$(MKDIR_P) $(DESTDIR)$(sysconfdir)
	test -e $(DESTDIR)$(sysconfdir)/natd.conf || \
	    $(INSTALL) -m 600 $(srcdir)/engine/natd/natd.conf \
		$(DESTDIR)$(sysconfdir)/natd.conf
if HAVE_SYSTEMD
	$(MKDIR_P) $(DESTDIR)$(sysusersdir)
	$(INSTALL_DATA) $(srcdir)/engine/natd/natd.sysusers \
	    $(DESTDIR)$(sysusersdir)/natd.conf
endif

uninstall-hook:
	! cmp -s $(srcdir)/engine/natd/natd.conf \
	    $(DESTDIR)$(sysconfdir)/natd.conf || \
	    rm -f $(DESTDIR)$(sysconfdir)/natd.conf
if HAVE_SYSTEMD
	rm -f $(DESTDIR)$(sysusersdir)/natd.conf
endif
