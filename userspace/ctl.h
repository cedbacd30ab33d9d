/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ctl.h - the unix socket between nfha and nfhad
 *
 * A client sends one line of words and reads an exit status on a line of its own
 * and then text, until the end.
 */
#ifndef NFHA_CTL_H
#define NFHA_CTL_H

#include <stdbool.h>
#include <stddef.h>

#define CTL_SOCKET	"/run/nfha/nfhad.sock"
#define CTL_LINE_MAX	256
#define CTL_CLIENTS_MAX	16
#define CTL_PATIENCE_S	10	/* how long a client waits for nfhad */

/* Requests, as they are on the wire. */
#define CTL_SHOW	"show failover"
#define CTL_SHOW_JSON	"show failover -j"
#define CTL_STATE	"show failover state"
#define CTL_STATE_JSON	"show failover state -j"
#define CTL_HISTORY	"show failover history"
#define CTL_HISTORY_JSON "show failover history -j"
#define CTL_MONITOR	"show monitor-interface"
#define CTL_MONITOR_JSON "show monitor-interface -j"
#define CTL_RUNNING	"show running-config failover"
#define CTL_RUNNING_JSON "show running-config failover -j"
#define CTL_RUNNING_ALL	"show running-config all failover"
#define CTL_RUNNING_ALL_JSON "show running-config all failover -j"
#define CTL_ACTIVE	"failover active"
#define CTL_NO_ACTIVE	"no failover active"
#define CTL_RESET	"failover reset"
#define CTL_DEBUG	"debug fover "		/* CLASS */
#define CTL_NO_DEBUG	"no debug fover "	/* CLASS */
#define CTL_RESYNC	"failover resync"

/**
 * ctl_listen() - server's end
 * @path: of the socket; one that a dead server left is taken over
 *
 * Return: socket, or a negative error; -EADDRINUSE: a server lives there.
 */
int ctl_listen(const char *path);

/**
 * ctl_request() - read what a client sent
 * @fd: of the client
 * @line: filled, without the newline
 * @len: bytes in @line so far; kept between calls
 *
 * Return: 1: @line is complete; 0: more to come; -1: the client is gone or mad.
 */
int ctl_request(int fd, char line[CTL_LINE_MAX], size_t *len);

/* Answers; the caller closes. */
void ctl_reply(int fd, int status, const char *text);

/**
 * ctl_ask() - client's end
 * @path: of the socket
 * @line: request
 * @text: answer, to be freed
 *
 * Return: exit status of the command, or a negative error.
 */
int ctl_ask(const char *path, const char *line, char **text);

#endif /* NFHA_CTL_H */
