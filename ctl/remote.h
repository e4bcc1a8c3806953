/* SPDX-License-Identifier: ISC */
/*
 * The SSH connection by which somebody has come here.
 *
 * sshd leaves it in SSH_CONNECTION.  sudo and su may take that away: then the
 * processes above this one are looked at, for the variable, or for an sshd
 * with a socket of its own.  Only /proc is read.
 */
#ifndef CTL_REMOTE_H
#define CTL_REMOTE_H

#include <netinet/in.h>

#include <stdbool.h>
#include <stdint.h>

struct ssh_connection {
	char src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN]; /* theirs, ours */
	uint16_t sport, dport;
};

/* ssh_connection_find() - Return: whether there is one. */
bool ssh_connection_find(struct ssh_connection *);

#endif
