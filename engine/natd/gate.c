/* SPDX-License-Identifier: ISC */
/*
 * Before natd is up, and after it.
 */
#include "engine/natd/gate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/io/divert.h"
#include "engine/io/hooks.h"
#include "engine/io/hostnet.h"
#include "engine/io/hostroute.h"
#include "engine/natd/hostif.h"
#include "engine/natd/udpgro.h"
#include "parser/load.h"
#include "rules/diag.h"
#include "rules/host.h"
#include "rules/ruleset.h"

/* As loader_block() of a natd that cannot read its file. */
static struct ruleset *
everything(void)
{
	static const char text[] = "set skip on lo\nblock drop all\n";
	struct load_options opt = {
		.text = text, .len = sizeof(text) - 1, .name = "block all",
	};
	struct diag *d = diag_new();
	struct ruleset *rs = NULL;

	opt.host = host_new(true);
	if (d != NULL && opt.host != NULL && load_ruleset(&opt, d, &rs) != 0)
		rs = NULL;
	host_free(opt.host);
	diag_free(d);
	return rs;
}

static int
shut(const struct ruleset *rs, char *why, size_t len)
{
	enum hooks_kind kind = HOOKS_NONE;
	struct hostnet *net;
	int error;

	if ((error = hostnet_read(&net)) != 0) {
		strlcpy(why, strerror(-error), len);
		return error;
	}
	/* one queue: whoever comes to read them sets the hooks anew */
	error = hostif_hooks(NULL, net, NULL, rs, 1, &kind, why, len);
	hostnet_free(net);
	return error;
}

/*
 * None are asked for: those that another file's natd has left would stay, and
 * so would the routes of its next hops.
 */
static int
leave_none(const char *gro, char *why, size_t len)
{
	int error = gate_open(gro);

	if (error == 0 || error == -EPROTONOSUPPORT || error == -EOPNOTSUPP)
		return 0;
	snprintf(why, len, "cannot remove what an earlier natd has left: %s",
	    strerror(-error));
	return error;
}

int
gate_shut(const struct ruleset *rs, const char *gro, char *why, size_t len)
{
	struct ruleset *all = NULL;
	int error;

	why[0] = '\0';
	if (divert_read()) {
		strlcpy(why, "natd is running; its hooks are in force", len);
		return 0;
	}
	if (rs == NULL && (rs = all = everything()) == NULL) {
		strlcpy(why, "no memory", len);
		return -ENOMEM;
	}
	error = hostif_wanted(rs) ? shut(rs, why, len) :
	    leave_none(gro, why, len);
	ruleset_free(all);
	return error;
}

int
gate_open(const char *gro)
{
	int error = hooks_clear();
	struct udpgro *g;

	/* one that runs would not set its routes again with its hooks */
	if (error != 0 || divert_read())
		return error;
	if ((g = udpgro_new(gro)) != NULL)
		udpgro_want(g, NULL, 0, "none");
	udpgro_free(g);
	return hostroute_clear();
}

void
gate_notify(const char *what)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	size_t n;
	int fd;

	if (path == NULL || (path[0] != '/' && path[0] != '@') ||
	    (n = strlen(path)) >= sizeof(sun.sun_path))
		return;
	memcpy(sun.sun_path, path, n);
	if (path[0] == '@')	/* a name that is in no directory */
		sun.sun_path[0] = '\0';
	if ((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return;
	(void)!sendto(fd, what, strlen(what), MSG_NOSIGNAL,
	    (const struct sockaddr *)&sun,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}
