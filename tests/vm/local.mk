# SPDX-License-Identifier: ISC
# On a machine of its own, which takes minutes: by hand, like the benchmarks.
# The network tests that run there are those of NET.
check-vm: all $(NET_HELPERS)
	@top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	sh $(srcdir)/tests/vm/boot.sh && \
	    sh $(srcdir)/tests/vm/net.sh $(if $(NET),$(NET),70- 71- 72-)

.PHONY: check-vm

VM_SH = tests/vm/boot.sh tests/vm/image.sh tests/vm/lib.sh tests/vm/net.sh
VM_SH += tests/vm/shell.sh
EXTRA_DIST += $(VM_SH)
