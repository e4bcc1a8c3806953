/* SPDX-License-Identifier: ISC */
/*
 * What the daemon tells its administrator.
 */
#include "engine/natd/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* set while others log */
static int log_stderr = 1;
static int log_verbose;
static int log_details;

void
log_init(int foreground, int verbose)
{
	if (!foreground)
		openlog("natd", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	__atomic_store_n(&log_verbose, verbose, __ATOMIC_RELAXED);
	__atomic_store_n(&log_stderr, foreground, __ATOMIC_RELEASE);
}

void
log_detail(int on)
{
	__atomic_store_n(&log_details, on, __ATOMIC_RELAXED);
}

static void
vlog(int level, int error, const char *fmt, va_list ap)
{
	char text[1024];
	size_t n;

	vsnprintf(text, sizeof(text), fmt, ap);
	n = strlen(text);
	if (error != 0)
		snprintf(text + n, sizeof(text) - n, ": %s", strerror(error));
	if (__atomic_load_n(&log_stderr, __ATOMIC_ACQUIRE))
		fprintf(stderr, "natd: %s\n", text);
	else
		syslog(level, "%s", text);
}

#define LOG_BODY(level, error)             \
	do {                               \
		va_list ap;                \
		int err = (error);         \
                                           \
		va_start(ap, fmt);         \
		vlog(level, err, fmt, ap); \
		va_end(ap);                \
	} while (0)

void
log_warn(const char *fmt, ...)
{
	LOG_BODY(LOG_WARNING, errno);
}

void
log_warnx(const char *fmt, ...)
{
	LOG_BODY(LOG_WARNING, 0);
}

void
log_info(const char *fmt, ...)
{
	LOG_BODY(LOG_INFO, 0);
}

void
log_debug(const char *fmt, ...)
{
	if (__atomic_load_n(&log_verbose, __ATOMIC_RELAXED) ||
	    __atomic_load_n(&log_details, __ATOMIC_RELAXED))
		LOG_BODY(LOG_DEBUG, 0);
}

void
fatal(const char *fmt, ...)
{
	LOG_BODY(LOG_CRIT, errno);
	exit(1);
}

void
fatalx(const char *fmt, ...)
{
	LOG_BODY(LOG_CRIT, 0);
	exit(1);
}
