# SPDX-License-Identifier: ISC

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
