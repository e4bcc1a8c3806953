/* SPDX-License-Identifier: ISC */
/*
 * What the daemon tells its administrator: to standard error with -d, else to
 * syslog.  Any thread may log; workers do not.
 */
#ifndef ENGINE_NATD_LOG_H
#define ENGINE_NATD_LOG_H

/*
 * log_init() - @foreground: to standard error; @verbose: log_debug() too
 * Until it is called all goes to standard error.
 */
void log_init(int foreground, int verbose);

/* log_detail() - log_debug() too, as with "set debug debug". */
void log_detail(int on);

/* log_warn() - Something went wrong; adds ": " and the text of errno. */
void log_warn(const char *fmt, ...)
    __attribute__((__format__(__printf__, 1, 2)));
/* log_warnx() - The same without errno. */
void log_warnx(const char *fmt, ...)
    __attribute__((__format__(__printf__, 1, 2)));
void log_info(const char *fmt, ...)
    __attribute__((__format__(__printf__, 1, 2)));
void log_debug(const char *fmt, ...)
    __attribute__((__format__(__printf__, 1, 2)));

/* fatal() - At start only: log_warn() (fatalx: log_warnx()), then exit 1. */
_Noreturn void fatal(const char *fmt, ...)
    __attribute__((__format__(__printf__, 1, 2)));
_Noreturn void fatalx(const char *fmt, ...)
    __attribute__((__format__(__printf__, 1, 2)));

#endif
