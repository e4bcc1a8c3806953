/* SPDX-License-Identifier: ISC */
/*
 * The file is read twice at a start: once for its size, since workers and
 * limits are known before anything else, and once as any load is.
 */
#include "engine/natd/start.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/natd/control.h"
#include "engine/natd/daemon.h"
#include "engine/natd/gate.h"
#include "engine/natd/hops.h"
#include "engine/natd/load_work.h"
#include "engine/natd/loader.h"
#include "engine/natd/log.h"
#include "engine/natd/planes.h"
#include "engine/natd/udpgro.h"
#include "parser/load.h"
#include "rules/diag.h"
#include "rules/host.h"
#include "rules/ruleset.h"

static void
say(const struct natd *natd, const struct diag *d)
{
	const struct diag_msg *m;
	size_t i;

	if (natd->opt.foreground) {
		diag_print(d, stderr, "natd", 0);
	} else {
		for (i = 0; (m = diag_get(d, i)) != NULL; i++)
			log_warnx("%s:%u:%u: %s",
			    diag_file_name(d, m->span.file),
			    m->span.line, m->span.col, m->text);
	}
}

void
start_say(const struct natd *natd, const struct load *l)
{
	say(natd, l->diag);
	if (l->why[0] != '\0')
		log_warnx("%s", l->why);
	else if (l->error != 0 && diag_errors(l->diag) == 0)
		log_warnx("%s: %s", natd->opt.file, strerror(-l->error));
}

struct load *
start_load(const struct natd *natd)
{
	struct load *l = load_new();

	if (l != NULL && (l->path = strdup(natd->opt.file)) == NULL) {
		load_free(l);
		return NULL;
	}
	return l;
}

static void
start_engine(struct natd *natd, const struct ruleset *rs)
{
	int error;

	if ((error = natd_init(natd, rs)) != 0) {
		errno = -error;
		fatal("memory and workers");
	}
}

/*
 * Read the file once for its size: workers and limits are known at start.
 * @diag: NULL, or gets its text, without messages
 */
static struct ruleset *
file_peek(const struct natd *natd, struct diag **diag)
{
	struct load_options opt = {
		.path = natd->opt.file, .files = true,
		.defines = natd->opt.defines, .ndefines = natd->opt.ndefines,
	};
	struct diag *d = diag_new();
	struct ruleset *rs = NULL;

	opt.host = host_new(true);
	if (d == NULL || opt.host == NULL)
		fatal("start");
	if (load_ruleset(&opt, d, &rs) != 0)
		rs = NULL;
	host_free(opt.host);
	if (diag != NULL) {
		diag_reset(d);
		*diag = d;
	} else {
		diag_free(d);
	}
	return rs;
}

static bool
all_open(const struct natd *natd, const struct ruleset *rs)
{
	unsigned n = planes_wanted(rs);

	return n > 0 && planes_get(natd->planes, n - 1) != NULL;
}

/*
 * Does a file that cannot be read as rules speak of interfaces of natd's own?
 * Then nothing passes, as there are none.  Else it is this host's traffic
 * that is to be blocked.
 */
static bool
speaks_of_planes(const char *path)
{
	char line[512], plane[8];
	bool found = false;
	FILE *f;

	if ((f = fopen(path, "re")) == NULL)
		return false;
	while (!found && fgets(line, sizeof(line), f) != NULL)
		found = sscanf(line, " interface %*s %7s", plane) == 1 &&
		    (strcmp(plane, "tun") == 0 || strcmp(plane, "pcap") == 0);
	fclose(f);
	return found;
}

static void
load_first(struct natd *natd, const struct ruleset *rs)
{
	struct load *l;

	if ((l = start_load(natd)) == NULL)
		fatal("start");
	if (loader_first(natd, l) != 0) {
		start_say(natd, l);
		log_warnx("%s is not in force: everything is blocked until a "
		    "good one is loaded", natd->opt.file);
		if (loader_block(natd,
		    !speaks_of_planes(natd->opt.file)) != 0)
			fatalx("cannot even block");
	} else {
		start_say(natd, l);
		if (!all_open(natd, rs))
			fatalx("not every interface could be opened");
	}
	load_free(l);
}

void
start_rules(struct natd *natd)
{
	struct ruleset *rs;
	struct diag *d;

	/* a name that was mistyped is no reason to block a host */
	if (access(natd->opt.file, F_OK) == -1)
		fatal("%s", natd->opt.file);
	rs = file_peek(natd, &d);
	start_engine(natd, rs);
	if (rs != NULL && planes_check(rs, d) != 0) {
		say(natd, d);
		fatalx("%s: interfaces that this natd cannot run",
		    natd->opt.file);
	}
	diag_free(d);
	load_first(natd, rs);
	ruleset_free(rs);
	hops_adopt(natd);
}

int
start_check(struct natd *natd)
{
	struct ruleset *rs = file_peek(natd, NULL);
	struct load *l;
	int error;

	/* the same way as at a start, up to the commit */
	start_engine(natd, rs);
	ruleset_free(rs);
	if ((l = start_load(natd)) == NULL)
		fatal("start");
	error = l->error = load_prepare(natd, l);
	start_say(natd, l);
	if (error == 0)
		printf("%s: ok\n", natd->opt.file);
	load_free(l);
	return error == 0 ? 0 : 1;
}

int
start_shut(struct natd *natd)
{
	struct ruleset *rs;
	char why[256], gro[PATH_MAX];
	int error = 0;

	if (access(natd->opt.file, F_OK) == -1)
		fatal("%s", natd->opt.file);
	rs = file_peek(natd, NULL);
	if (rs == NULL)
		log_warnx("%s cannot be read as rules; natd -n says why",
		    natd->opt.file);
	if (rs != NULL || !speaks_of_planes(natd->opt.file)) {
		control_beside(natd, UDPGRO_SUFFIX, gro, sizeof(gro));
		error = gate_shut(rs, gro, why, sizeof(why));
		if (why[0] != '\0')
			log_warnx("%s", why);
	}
	ruleset_free(rs);
	return error == 0 ? 0 : 1;
}

int
start_open(struct natd *natd)
{
	char gro[PATH_MAX];
	int error;

	control_beside(natd, UDPGRO_SUFFIX, gro, sizeof(gro));
	if ((error = gate_open(gro)) == 0)
		return 0;
	errno = -error;
	log_warn("cannot remove the hooks");
	return 1;
}

