/* SPDX-License-Identifier: ISC */
/*
 * Questions before somebody shuts himself out.
 */
#include "ctl/safety.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/natctl.h"
#include "ctl/proto.h"
#include "ctl/remote.h"

json_t *
safety_remote(const struct ssh_connection *c)
{
	return json_pack("{s:s,s:i,s:s,s:i}", "src", c->src, "sport",
	    c->sport, "dst", c->dst, "dport", c->dport);
}

bool
safety_ask(struct natctl *n, const char *question, const char *how)
{
	char answer[32] = "";
	FILE *tty;

	if ((tty = fopen("/dev/tty", "r+e")) == NULL) {
		natctl_warn(n, "%s", how);
		return false;
	}
	fprintf(tty, "%s [y/N] ", question);
	fflush(tty);
	if (fgets(answer, sizeof(answer), tty) == NULL)
		answer[0] = '\0';
	fclose(tty);
	return answer[0] == 'y' || answer[0] == 'Y';
}

bool
safety_allows(struct natctl *n, const char *verb, json_t *args)
{
	struct ssh_connection c;
	json_t *done = NULL;
	int error;

	if (n->o->force || !ssh_connection_find(&c)) {
		json_decref(args);
		return true;
	}
	json_object_set_new(args, "dry", json_true());
	json_object_set_new(args, "remote", safety_remote(&c));
	error = natctl_try(n, verb, args, NULL, NULL, &done);
	json_decref(done);
	if (error != -EREMOTEIO ||
	    strcmp(client_code(n->client), PROTO_ERROR_REMOTE) != 0)
		return true;	/* other errors come again, and are told */
	natctl_warn(n, "%s", natctl_error(n));
	if (safety_ask(n, "Do it all the same?", "--force does it without "
	    "asking"))
		return true;
	natctl_warn(n, "nothing was changed");
	return false;
}
