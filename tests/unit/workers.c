/* SPDX-License-Identifier: ISC */
/*
 * Packet threads and a device that is lost: it is reported until control takes
 * it out, and nobody is kept busy by its descriptor, which stays readable.
 *
 * This program's epoll_wait() counts those of the reader that ended by their time.
 */
#include "engine/natd/workers.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "engine/natd/planes.h"
#include "tests/unit/daemon_help.h"

Suite *suite_workers(void);

#define LONG_MS 10000

static struct client_help h;
static unsigned in_vain, reads;
static int ready;
static __thread bool reader; /* of the lost device */

int
epoll_wait(int fd, struct epoll_event *ev, int max, int timeout)
{
	int n = (int)syscall(SYS_epoll_pwait, fd, ev, max, timeout, NULL,
	    _NSIG / 8);

	if (n == 0 && reader)
		__atomic_fetch_add(&in_vain, 1, __ATOMIC_RELAXED);
	return n;
}

static int
lost_fd(const struct io_port *port, unsigned queue)
{
	(void)port;
	(void)queue;
	return ready;
}

static int
lost_rx(struct io_port *port, unsigned queue, struct packet **out,
    unsigned max, uint64_t *now)
{
	(void)port;
	(void)queue;
	(void)out;
	(void)max;
	(void)now;
	reader = true;
	__atomic_fetch_add(&reads, 1, __ATOMIC_RELAXED);
	return -ENODEV;
}

static const struct io_ops lost_ops = {
	.name = "lost",
	.fd = lost_fd,
	.rx = lost_rx,
};

/* Wait until it has grown by @n, LONG_MS at the most. */
static bool
grows(const unsigned *count, unsigned n)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	unsigned from = __atomic_load_n(count, __ATOMIC_RELAXED), i;

	for (i = 0; i < LONG_MS; i++) {
		if (__atomic_load_n(count, __ATOMIC_RELAXED) - from >= n)
			return true;
		nanosleep(&ms, NULL);
	}
	return false;
}

static bool
reported(void)
{
	const char *name = NULL;
	unsigned i;

	for (i = 0; name == NULL && i < 100; i++) {
		ck_assert(grows(&reads, 1));
		name = workers_gone(h.natd.workers);
	}
	return name != NULL && strcmp(name, "lost0") == 0;
}

START_TEST(test_lost)
{
	static struct plane pl = { .name = "lost0", .ifidx = 5, .nqueues = 1,
		.ops = &lost_ops };
	static struct plane *const v[] = { &pl };
	static struct portset set = { .n = 1, .v = v, .by_ifidx[5] = &pl };
	static struct portset again, none;

	ready = eventfd(1, EFD_NONBLOCK);
	ck_assert_int_ne(ready, -1);
	help_begin(&h, NULL);
	ck_assert_int_eq(workers_start(h.natd.workers), 0);
	workers_publish(h.natd.workers, &set);
	ck_assert(reported());
	ck_assert_msg(grows(&in_vain, 20), "a worker does not wait");
	ck_assert_msg(reported(), "reported only once");
	/* the same after a change of something else */
	again = set;
	workers_publish(h.natd.workers, &again);
	ck_assert(reported());
	ck_assert_msg(grows(&in_vain, 20), "after a change it does not wait");
	workers_publish(h.natd.workers, &none);
	ck_assert_ptr_null(workers_gone(h.natd.workers));
	help_end(&h);
	close(ready);
}
END_TEST

Suite *
suite_workers(void)
{
	Suite *s = suite_create("workers");
	TCase *tc = tcase_create("workers");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, test_lost);
	suite_add_tcase(s, tc);
	return s;
}
