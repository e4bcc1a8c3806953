/* SPDX-License-Identifier: ISC */
/*
 * The memory of the states.
 */
#include "engine/natd/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/memfd.h>

#include "ctl/show.h"
#include "engine/arena.h"

#define RESERVE_MIN (1u << 22)	/* records; some 1.3 GB of address space */
#define HUGE_SIZE (2u << 20)
#define BLOCK 512		/* unit of st_blocks, stat(2) */

struct memory {
	struct arena *arena;
	uint32_t record_max;
	int fd;
	void *mem;
	size_t size;
	const char *pages;
};

static void
boot_id(uint8_t id[16])
{
	char text[40] = "";
	unsigned i, n = 0;
	ssize_t len;
	int fd;

	memset(id, 0, 16);
	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	for (i = 0; (ssize_t)i + 1 < len && n < 16; i++)
		if (text[i] != '-') {
			sscanf(text + i, "%2hhx", &id[n++]);
			i++;
		}
}

/* Map a memfd of this size.  Return: 0 or negative errno. */
static int
memory_map(struct memory *m, size_t size, bool huge)
{
	int error;

	m->size = (size + HUGE_SIZE - 1) / HUGE_SIZE * HUGE_SIZE;
	m->fd = memfd_create("natd-states", MFD_CLOEXEC |
	    (huge ? MFD_HUGETLB | MFD_HUGE_2MB : 0));
	if (m->fd == -1)
		return -errno;
	/* huge pages are reserved here and now, or not taken at all */
	m->mem = MAP_FAILED;
	if (ftruncate(m->fd, (off_t)m->size) == 0)
		m->mem = mmap(NULL, m->size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | (huge ? 0 : MAP_NORESERVE), m->fd, 0);
	if (m->mem == MAP_FAILED) {
		error = -errno;
		close(m->fd);
		m->fd = -1;
		return error;
	}
	m->pages = huge ? "2M" : madvise(m->mem, m->size, MADV_HUGEPAGE) ==
	    0 ? "2M transparent" : "4k";
	return 0;
}

/* memory_reserve() - For the limit, and for at least so many records. */
static int
memory_reserve(struct memory *m, struct arena_config *cfg, uint32_t least)
{
	int error;

	cfg->record_max = cfg->limit > least ? cfg->limit : least;
	if (cfg->record_max > ARENA_RECORDS_MAX)
		cfg->record_max = ARENA_RECORDS_MAX;
	m->record_max = cfg->record_max;
	if ((error = memory_map(m, arena_size(cfg), true)) != 0)
		error = memory_map(m, arena_size(cfg), false);
	return error;
}

int
memory_new(uint32_t limit, unsigned nworkers, struct memory **out)
{
	struct arena_config cfg = { .worker_max = nworkers, .limit = limit };
	struct memory *m;
	int error;

	if ((m = calloc(1, sizeof(*m))) == NULL)
		return -ENOMEM;
	m->fd = -1;
	m->mem = MAP_FAILED;
	boot_id(cfg.boot_id);
	arc4random_buf(cfg.hash_key, sizeof(cfg.hash_key));
	error = memory_reserve(m, &cfg, RESERVE_MIN);
	if (error != 0)	/* a process may have less, see setrlimit(2) */
		error = memory_reserve(m, &cfg, 1);
	if (error == 0)
		error = arena_init(m->mem, m->size, &cfg, &m->arena);
	explicit_bzero(&cfg, sizeof(cfg));
	if (error != 0) {
		memory_free(m);
		return error;
	}
	*out = m;
	return 0;
}

void
memory_free(struct memory *m)
{
	if (m == NULL)
		return;
	if (m->arena != NULL)
		arena_close(m->arena);
	if (m->mem != MAP_FAILED)
		munmap(m->mem, m->size);
	if (m->fd != -1)
		close(m->fd);
	free(m);
}

struct arena *
memory_arena(const struct memory *m)
{
	return m->arena;
}

uint32_t
memory_limit_max(const struct memory *m)
{
	return m->record_max;
}

void
memory_show(const struct memory *m, struct show_memory *out)
{
	struct stat st;

	memset(out, 0, sizeof(*out));
	snprintf(out->name, sizeof(out->name), "states");
	snprintf(out->pages, sizeof(out->pages), "%s", m->pages);
	out->limit = m->size;
	if (fstat(m->fd, &st) == 0)
		out->bytes = (uint64_t)st.st_blocks * BLOCK;
}
