# SPDX-License-Identifier: ISC
noinst_LIBRARIES += engine/libengine.a
engine_libengine_a_SOURCES =
engine_libengine_a_SOURCES += engine/addr.c engine/addr.h
engine_libengine_a_SOURCES += engine/words.h
engine_libengine_a_SOURCES += engine/ifbind.c engine/ifbind.h
engine_libengine_a_SOURCES += engine/reason.c engine/reason.h
engine_libengine_a_SOURCES += engine/srcnode.c engine/srcnode.h \
	engine/sticky.c engine/sticky.h
engine_libengine_a_SOURCES += engine/wire.c engine/wire.h
engine_libengine_a_SOURCES += engine/table.c engine/table.h
engine_libengine_a_SOURCES += engine/bits.h
engine_libengine_a_SOURCES += engine/cells.c engine/cells.h
engine_libengine_a_SOURCES += engine/trie.c engine/trie.h \
	engine/trie_node.h engine/trie_read.c
engine_libengine_a_SOURCES += engine/fast/layout.h engine/fast/atomic.h \
	engine/fast/hash.h engine/fast/key.h engine/fast/cksum.h \
	engine/fast/access.h engine/fast/lookup.h engine/fast/tcp.h \
	engine/fast/track.h engine/fast/translate.h
EXTRA_DIST += engine/fast/flow.bpf.c
engine_libengine_a_SOURCES += engine/engine.h engine/host.h engine/ifset.h \
	engine/packet.h
engine_libengine_a_SOURCES += engine/pdesc.h engine/program.h engine/view.h
engine_libengine_a_SOURCES += engine/arena.c engine/arena.h engine/arena_copy.c
engine_libengine_a_SOURCES += engine/arena_layout.c engine/arena_parts.h
engine_libengine_a_SOURCES += engine/arena_plan.c
engine_libengine_a_SOURCES += engine/statetab.c engine/statetab.h engine/recover.c
engine_libengine_a_SOURCES += engine/registry.h engine/wheel.h
engine_libengine_a_SOURCES += engine/pdesc.c engine/pdesc_icmp.c \
	engine/pdesc_ip6.c engine/rewrite.c engine/pdesc.h engine/pdesc_parts.h
engine_libengine_a_SOURCES += engine/emit.c engine/emit_frag.c engine/emit_train.c engine/emit.h \
	engine/lock.h engine/ratelimit.c engine/ratelimit.h engine/reass.c engine/reass.h
engine_libengine_a_SOURCES += engine/cbuild.c engine/cbuild.h \
	engine/cbuild_vector.c
engine_libengine_a_SOURCES += engine/classify.c engine/classify_build.c \
	engine/classify.h engine/cnode.h
engine_libengine_a_SOURCES += engine/match.c
engine_libengine_a_SOURCES += engine/progbuild.c engine/progbuild.h
engine_libengine_a_SOURCES += engine/program.c engine/program.h
engine_libengine_a_SOURCES += engine/progmem.h
engine_libengine_a_SOURCES += engine/ifset.c engine/ifset.h \
	engine/route.c engine/route.h
engine_libengine_a_SOURCES += engine/registry.c engine/registry_count.c \
	engine/registry_rebuild.c engine/registry_parts.h
engine_libengine_a_SOURCES += engine/wheel.c engine/deadline.c
engine_libengine_a_SOURCES += engine/carry.c engine/carry.h
engine_libengine_a_SOURCES += engine/answer.c engine/answer.h \
	engine/burst.c engine/core.h engine/counters.c \
	engine/crc32c.c engine/crc32c.h engine/engine.c \
	engine/apply.c engine/apply.h \
	engine/burst.c engine/core.h engine/counters.c engine/engine.c \
	engine/first.c engine/first.h engine/icmperr.c engine/icmperr.h \
	engine/ifchange.c engine/ifchange.h \
	engine/made.c engine/made.h engine/nat.c engine/nat.h \
	engine/owner.c engine/owner.h \
	engine/pool.c engine/pool.h engine/ports.c engine/ports.h \
	engine/random.c engine/random.h engine/record.c engine/record.h \
	engine/router.c engine/router.h engine/scrub.c engine/scrub.h \
	engine/tabhits.c engine/tabhits.h \
	engine/through.c engine/through.h engine/tick.c \
	engine/track.c engine/track.h engine/tuple.h engine/view.c \
	engine/walk.c engine/walk.h engine/way.c engine/way.h \
	engine/worker.c engine/worker.h
