/* SPDX-License-Identifier: ISC */
/* Helpers of the measurements; see bench.h. */
#include <sys/mman.h>
#include <sys/utsname.h>

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/bench.h"

static uint64_t
clock_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t
bench_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t
bench_cpu_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

void *
bench_mem(size_t bytes)
{
	void *p;

	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		err(1, "%zu bytes", bytes);
	(void)madvise(p, bytes, MADV_HUGEPAGE);
	return p;
}

void
bench_mem_free(void *p, size_t bytes)
{
	if (p != NULL)
		munmap(p, bytes);
}

static int
cmp_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double
bench_median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), cmp_double);
	return v[n / 2];
}

/* The value of the first line of @path that begins with @key, or "". */
static void
file_value(const char *path, const char *key, char *buf, size_t len)
{
	char line[256], *s;
	FILE *f;

	buf[0] = '\0';
	if ((f = fopen(path, "r")) == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		s = line + strlen(key);
		s += strspn(s, " \t:");
		s[strcspn(s, "\n")] = '\0';
		(void)snprintf(buf, len, "%s", s);
		break;
	}
	fclose(f);
}

void
bench_machine(void)
{
	struct utsname un;
	char cpu[128], thp[128];

	file_value("/proc/cpuinfo", "model name", cpu, sizeof(cpu));
	file_value("/sys/kernel/mm/transparent_hugepage/enabled", "", thp,
	    sizeof(thp));
	if (uname(&un) == -1)
		err(1, "uname");
	printf("on: %s, %ld cores, %s %s, huge pages %s\n", cpu,
	    sysconf(_SC_NPROCESSORS_ONLN), un.sysname, un.release,
	    thp[0] != '\0' ? thp : "unknown");
}

void
bench_row(const char *what, double value, const char *unit, const char *note)
{
	printf("%-52s %12.1f %-10s %s\n", what, value, unit,
	    note != NULL ? note : "");
	fflush(stdout);
}

void
bench_aim(const char *what, double value, const char *unit, double aim)
{
	printf("%-52s %12.2f %-10s aim %s %g: %s\n", what, value, unit,
	    aim < 0 ? ">=" : "<=", aim < 0 ? -aim : aim,
	    (aim < 0 ? value >= -aim : value <= aim) ? "met" : "MISSED");
	fflush(stdout);
}
