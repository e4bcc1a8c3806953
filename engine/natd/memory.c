/* SPDX-License-Identifier: ISC */
/*
 * The memory of the states.
 */
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
#include "engine/natd/log.h"
#include "engine/natd/memory_impl.h"

#define HUGE_SIZE (2u << 20)

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

int
memory_map(struct memory *m, size_t size, bool huge)
{
	m->size = (size + HUGE_SIZE - 1) / HUGE_SIZE * HUGE_SIZE;
	/* huge pages are reserved here and now, or not taken at all */
	if (ftruncate(m->fd, (off_t)m->size) == -1)
		return -errno;
	m->mem = mmap(NULL, m->size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | (huge ? 0 : MAP_NORESERVE), m->fd, 0);
	if (m->mem == MAP_FAILED)
		return -errno;
	m->huge = huge;
	if (!huge)
		(void)madvise(m->mem, m->size, MADV_HUGEPAGE);
	return 0;
}

void
memory_unmap(struct memory *m)
{
	if (m->arena != NULL)
		arena_close(m->arena);
	if (m->mem != MAP_FAILED)
		munmap(m->mem, m->size);
	if (m->fd != -1)
		close(m->fd);
	m->arena = NULL;
	m->mem = MAP_FAILED;
	m->fd = -1;
}

int
memory_make(struct memory *m, const struct arena_config *cfg, bool huge,
    const uint32_t used[ARENA_KINDS])
{
	int error;

	m->record_max = cfg->record_max;
	m->shape = *cfg;
	memset(m->shape.hash_key, 0, sizeof(m->shape.hash_key));
	if ((error = memory_map(m, arena_size(cfg), huge)) != 0 ||
	    (error = memory_begin(m, used)) != 0 ||
	    (error = arena_init(m->mem, m->size, cfg, &m->arena)) != 0)
		return error;
	memory_known(m);
	return 0;
}

/* A memfd for so many records, and an arena in it. */
static int
memfd_arena(struct memory *m, const struct arena_config *cfg, bool huge)
{
	static const uint32_t none[ARENA_KINDS] = { [ARENA_FIXED] = 1 };
	int error;

	m->fd = memfd_create("natd-states", MFD_CLOEXEC |
	    (huge ? MFD_HUGETLB | MFD_HUGE_2MB : 0));
	if (m->fd == -1)
		return -errno;
	error = memory_make(m, cfg, huge, none);
	if (error != 0)
		memory_unmap(m);
	return error;
}

static int
memory_memfd(struct memory *m, struct arena_config *cfg)
{
	int error = memfd_arena(m, cfg, true);

	if (error != 0)
		error = memfd_arena(m, cfg, false);
	return error;
}

/* In the file, if there is to be one and it can be; else in a memfd. */
static int
memory_place(struct memory *m, const char *path, struct arena_config *cfg)
{
	int error;

	if (path == NULL)
		return memory_memfd(m, cfg);
	if ((m->path = strdup(path)) == NULL)
		return -ENOMEM;
	if ((error = memory_file(m, path, cfg)) == 0 || error == -EBUSY)
		return error;
	free(m->path);
	m->path = NULL;
	log_warnx("%s: %s; states end with this natd", path, m->past.why);
	return memory_memfd(m, cfg);
}

/* For the limit, and for at least so many records. */
static int
memory_reserve(struct memory *m, const struct memory_config *c,
    struct arena_config *cfg, uint32_t least)
{
	cfg->record_max = c->limit > least ? c->limit : least;
	if (cfg->record_max > ARENA_RECORDS_MAX)
		cfg->record_max = ARENA_RECORDS_MAX;
	return memory_place(m, c->path, cfg);
}

int
memory_new(const struct memory_config *c, struct memory **out)
{
	struct arena_config cfg = {
		.worker_max = c->nworkers, .limit = c->limit,
	};
	struct memory *m;
	int error;

	if ((m = calloc(1, sizeof(*m))) == NULL)
		return -ENOMEM;
	m->fd = m->wake = -1;
	m->mem = MAP_FAILED;
	m->now = c->now;
	m->limit = c->limit;
	pthread_mutex_init(&m->lock, NULL);
	boot_id(cfg.boot_id);
	arc4random_buf(cfg.hash_key, sizeof(cfg.hash_key));
	error = memory_reserve(m, c, &cfg, RESERVE_MIN);
	/* a process may have less, see setrlimit(2) */
	if (error != 0 && error != -EBUSY)
		error = memory_reserve(m, c, &cfg, 1);
	explicit_bzero(&cfg, sizeof(cfg));
	if (error != 0) {
		memory_free(m);
		return error;
	}
	arena_set_looked(m->arena, c->now);
	*out = m;
	return 0;
}

void
memory_free(struct memory *m)
{
	if (m == NULL)
		return;
	memory_stop(m);
	memory_unmap(m);
	pthread_mutex_destroy(&m->lock);
	free(m->path);
	free(m);
}

struct arena *
memory_arena(const struct memory *m)
{
	return m->arena;
}

const struct memory_past *
memory_past(const struct memory *m)
{
	return &m->past;
}

uint32_t
memory_limit_max(const struct memory *m)
{
	return m->record_max;
}

/*
 * Has the kernel given huge pages where it was asked to?  It need not, see
 * shmem_enabled and, for a file, the option huge of its file system.
 */
static bool
is_transparent(const struct memory *m)
{
	unsigned long begin, mem = (unsigned long)(uintptr_t)m->mem, kb = 0;
	bool ours = false;
	char line[512];
	int end;
	FILE *f;

	if ((f = fopen("/proc/self/smaps", "re")) == NULL)
		return false;
	while (fgets(line, sizeof(line), f) != NULL) {
		end = 0;
		if (sscanf(line, "%lx-%*x%n", &begin, &end) == 1 && end > 0)
			ours = begin == mem;
		else if (ours && sscanf(line, "ShmemPmdMapped: %lu", &kb) == 1)
			break;
	}
	fclose(f);
	return kb > 0;
}

void
memory_show(const struct memory *m, struct show_memory *out)
{
	struct stat st;

	memset(out, 0, sizeof(*out));
	snprintf(out->name, sizeof(out->name), "states");
	snprintf(out->pages, sizeof(out->pages), "%s", m->huge ? "2M" :
	    is_transparent(m) ? "2M transparent" : "4k");
	out->limit = m->size;
	if (fstat(m->fd, &st) == 0)
		out->bytes = (uint64_t)st.st_blocks * BLOCK;
}
