/* SPDX-License-Identifier: ISC */
/*
 * One command line: its parts in order, and what they share.
 */
#include <sys/socket.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/natctl.h"
#include "ctl/safety.h"
#include "rules/diag.h"
#include "rules/host.h"

void
natctl_init(struct natctl *n, FILE *out, FILE *err)
{
	memset(n, 0, sizeof(*n));
	n->out = out;
	n->err = err;
	n->wait = (struct client_wait)CLIENT_WAIT;
}

static void
disconnect(struct natctl *n)
{
	client_close(n->client);
	n->client = NULL;
}

void
natctl_fini(struct natctl *n)
{
	disconnect(n);
	host_free(n->host);
	n->host = NULL;
}

void
natctl_warn(struct natctl *n, const char *fmt, ...)
{
	va_list ap;

	fflush(n->out);
	fputs("natctl: ", n->err);
	va_start(ap, fmt);
	vfprintf(n->err, fmt, ap);
	va_end(ap);
	putc('\n', n->err);
}

void
natctl_say(struct natctl *n, const char *fmt, ...)
{
	va_list ap;

	if (n->o->quiet)
		return;
	fflush(n->out);
	va_start(ap, fmt);
	vfprintf(n->err, fmt, ap);
	va_end(ap);
	putc('\n', n->err);
}

void
natctl_done(struct natctl *n, json_t *done, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (n->o->json) {
		json_dumpf(done, n->out, JSON_COMPACT);
		putc('\n', n->out);
	} else {
		va_start(ap, fmt);
		vsnprintf(text, sizeof(text), fmt, ap);
		va_end(ap);
		natctl_say(n, "%s", text);
	}
	json_decref(done);
}

static int
connect_try(struct natctl *n)
{
	if (n->client == NULL)
		return client_open(n->o->socket, &n->wait, n->error,
		    &n->client);
	client_set_wait(n->client, &n->wait);
	return 0;
}

int
natctl_connect(struct natctl *n)
{
	if (connect_try(n) == 0)
		return 0;
	natctl_warn(n, "%s", n->error);
	return 1;
}

const char *
natctl_error(const struct natctl *n)
{
	return n->error;
}

/* Keep what went wrong; a connection that broke is closed. */
static int
outcome(struct natctl *n, int error)
{
	if (error != 0)
		strlcpy(n->error, client_error(n->client), sizeof(n->error));
	if (error != 0 && error != -EREMOTEIO)
		disconnect(n);
	return error;
}

int
natctl_try(struct natctl *n, const char *verb, json_t *args,
    client_record *fn, void *arg, json_t **done)
{
	int error;

	if ((error = connect_try(n)) != 0) {
		json_decref(args);
		return error;
	}
	return outcome(n, client_request(n->client, verb, args, fn, arg,
	    done));
}

int
natctl_post(struct natctl *n, const char *verb, json_t *args)
{
	int error;

	if ((error = connect_try(n)) != 0) {
		json_decref(args);
		return error;
	}
	return outcome(n, client_post(n->client, verb, args));
}

int
natctl_settle(struct natctl *n)
{
	return outcome(n, client_settle(n->client));
}

int
natctl_request(struct natctl *n, const char *verb, json_t *args,
    client_record *fn, void *arg, json_t **done)
{
	if (natctl_try(n, verb, args, fn, arg, done) == 0)
		return 0;
	natctl_warn(n, "%s", n->error);
	return 1;
}

unsigned long long
natctl_number(const json_t *done, const char *name)
{
	return (unsigned long long)json_integer_value(json_object_get(done,
	    name));
}

int
natctl_set_text(json_t *args, const char *name, const char *text)
{
	if (text == NULL)
		return 0;
	return json_object_set_new(args, name, json_string(text));
}

struct host *
natctl_host(struct natctl *n)
{
	struct diag *d;
	int error = 0;

	if (n->host != NULL)
		return n->host;
	d = diag_new();
	n->host = host_new(true);
	if (d == NULL || n->host == NULL)
		error = -ENOMEM;
	else if (n->o->hosts != NULL)
		error = host_read(n->host, n->o->hosts, d);
	if (error == -ENOMEM)
		natctl_warn(n, "out of memory");
	else if (error != 0)
		diag_print(d, n->err, "natctl", 0);
	diag_free(d);
	if (error != 0) {
		host_free(n->host);
		n->host = NULL;
	}
	return n->host;
}

static size_t
names_host(void *arg, const char *name, struct filter_net *out, size_t max)
{
	struct natctl *n = arg;
	const struct host_result *v;
	size_t i, count;

	if (n->o->no_names || host_resolve(n->host, name, &v, &count) != 0)
		return 0;
	for (i = 0; i < count && i < max; i++)
		out[i] = (struct filter_net){ .addr = v[i].addr,
		    .af = v[i].af, .plen = (uint8_t)addr_bits(v[i].af) };
	return i;
}

static int
names_service(void *arg, const char *name, uint16_t *port)
{
	struct natctl *n = arg;
	int p = host_service(n->host, name);

	if (p < 0)
		return -ENOENT;
	*port = (uint16_t)p;
	return 0;
}

int
natctl_names(struct natctl *n, struct filter_names *names)
{
	if (natctl_host(n) == NULL)
		return 1;
	names->host = names_host;
	names->service = names_service;
	names->arg = n;
	return 0;
}

int
natctl_filter(struct natctl *n, const char *text, struct filter **out)
{
	struct filter_names names;
	char err[FILTER_ERR_MAX];
	int error;

	if (natctl_names(n, &names) != 0)
		return 1;
	if ((error = filter_parse(text, &names, err, out)) == 0)
		return 0;
	natctl_warn(n, "%s", error == -ENOMEM ? "out of memory" : err);
	return 1;
}

static const char *
format_name(void *arg, uint8_t af, const struct addr *a)
{
	struct natctl *n = arg;
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct sockaddr *sa = (struct sockaddr *)&sin;
	socklen_t len = sizeof(sin);

	if (af == AF_INET6) {
		memcpy(&sin6.sin6_addr, a->b, sizeof(sin6.sin6_addr));
		sa = (struct sockaddr *)&sin6;
		len = sizeof(sin6);
	} else {
		memcpy(&sin.sin_addr, a->b, sizeof(sin.sin_addr));
	}
	if (getnameinfo(sa, len, n->namebuf, sizeof(n->namebuf), NULL, 0,
	    NI_NAMEREQD) != 0)
		return NULL;
	return n->namebuf;
}

static const char *
format_service(void *arg, uint8_t proto, uint16_t port)
{
	struct natctl *n = arg;

	return host_service_name(n->host, port, proto);
}

static int
set_format(struct natctl *n)
{
	const struct options *o = n->o;

	n->format = (struct format){ .out = n->out, .verbose = o->verbose,
	    .detail = o->detail, .arg = n };
	if (o->reverse)
		n->format.name = format_name;
	if (o->services) {
		if (natctl_host(n) == NULL)
			return 1;
		n->format.service = format_service;
	}
	return 0;
}

static int
set_enabled(struct natctl *n, bool enabled)
{
	const char *word = enabled ? "enabled" : "disabled";
	json_t *done;
	bool changed;

	if (!safety_allows(n, "set", json_pack("{s:b}", "enabled", enabled)))
		return 1;
	if (natctl_request(n, "set", json_pack("{s:b}", "enabled", enabled),
	    NULL, NULL, &done) != 0)
		return 1;
	changed = json_is_true(json_object_get(done, "changed"));
	if (!changed && !n->o->json)
		natctl_warn(n, "pf already %s", word);
	if (changed || n->o->json)
		natctl_done(n, done, "pf %s", word);
	else
		json_decref(done);
	return !changed;
}

static int
set_debug(struct natctl *n)
{
	json_t *done;

	if (natctl_request(n, "set", json_pack("{s:s}", "debug", n->o->debug),
	    NULL, NULL, &done) != 0)
		return 1;
	natctl_done(n, done, "debug level set to '%s'", n->o->debug);
	return 0;
}

static int
confirm(struct natctl *n)
{
	json_t *done;

	if (natctl_request(n, "confirm", json_object(), NULL, NULL,
	    &done) != 0)
		return 1;
	natctl_done(n, done, "revision %llu confirmed",
	    natctl_number(done, "revision"));
	return 0;
}

/* Parts that -n leaves out. */
static int
run_changes(struct natctl *n)
{
	const struct options *o = n->o;
	int status = 0;

	if (o->disable)
		status |= set_enabled(n, false);
	if (o->show != SHOW_NONE)
		status |= natctl_show(n);
	if (o->flush != FLUSH_NONE)
		status |= natctl_flush(n);
	if (o->zero)
		status |= natctl_clear(n);
	return status;
}

int
natctl_run(struct natctl *n, const struct options *o)
{
	int status = 0;

	n->o = o;
	if (set_format(n) != 0)
		return 1;
	if (o->confirmed)
		status |= confirm(n);
	if (!o->check)
		status |= run_changes(n);
	if (o->kill != KILL_NONE)
		status |= natctl_kill(n);
	if (o->killsrc[0] != NULL)
		status |= natctl_kill_sources(n);
	if (o->tcmd != TCMD_NONE)
		status |= natctl_table(n);
	else if (o->file != NULL)
		status |= natctl_load(n);
	if (o->check || status == 1)
		return status;
	if (o->enable)
		status |= set_enabled(n, true);
	if (o->debug != NULL)
		status |= set_debug(n);
	return status;
}
