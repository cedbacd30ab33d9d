/* SPDX-License-Identifier: GPL-2.0-or-later */
/* daemon.h - what the parts of the helper's main thread share */
#ifndef NFHA_DAEMON_H
#define NFHA_DAEMON_H

#include "admin.h"
#include "compat.h"
#include "conf.h"
#include "control.h"
#include "ctl.h"
#include "engine.h"
#include "genl.h"
#include "history.h"
#include "key.h"
#include "show.h"

/* Tags of what epoll reports; from TAG_CLIENT on: clients. */
enum { TAG_SIGNAL, TAG_LISTEN, TAG_EVENTS, TAG_NEWS, TAG_LOG, TAG_TIMER, TAG_CLIENT };

/**
 * struct client - one that asks
 * @fd: -1: free
 * @line: what it said so far
 * @len: how much
 * @waits: its command runs
 */
struct client {
	int	fd;
	char	line[CTL_LINE_MAX];
	size_t	len;
	bool	waits;
};

/**
 * struct daemon - everything
 * @conf_path: configuration file
 * @socket_path: control socket
 * @c: configuration
 * @admin: interfaces that were set up or down
 * @version: hw/sw text
 * @compat: what this unit says of itself
 * @kind: enum nfha_hello_kind, by index in @c
 * @module: commands; NULL with failover off
 * @events: events; NULL with failover off
 * @engine: NULL with failover off
 * @key: of the pair; NULL: clear text
 * @next_key: replaces it when the other unit has it, too; NULL: nothing does
 * @rekeys: how often that happened
 * @control: NULL in clear text, or without a state link
 * @show: newest known state
 * @history: transitions
 * @client: of the control socket
 * @epoll: of the main thread
 * @signals: signalfd
 * @listen: control socket
 * @timer: refresh, watchdog
 * @tick_ns: of the hello thread, as seen last
 * @restarting: stops, and leaves everything to the next helper
 * @watchdog: systemd wants to hear of us
 * @stopping: told to stop
 * @done: leave the loop
 */
struct daemon {
	const char	*conf_path;
	const char	*socket_path;
	struct conf	c;
	struct admin	admin;
	char		version[HELLO_VERSION_MAX];
	struct compat	compat;
	uint8_t		kind[NFHA_IFACES_MAX];
	struct genl	*module;
	struct genl	*events;
	struct engine	*engine;
	struct key	*key;
	struct key	*next_key;
	unsigned int	rekeys;
	struct control	*control;
	struct show	show;
	struct history	history;
	struct client	client[CTL_CLIENTS_MAX];
	int		epoll;
	int		signals;
	int		listen;
	int		timer;
	uint64_t	tick_ns;
	bool		watchdog;
	bool		stopping;
	bool		restarting;
	bool		done;
};

/* Has epoll report a descriptor; @tag: one of the above. */
void daemon_watch(struct daemon *d, int fd, uint32_t tag);

/* Interfaces as the module sees them. */
void view_ifaces(struct daemon *d);

/* The module's state, and what the engine has to know of it. */
void view_refresh(struct daemon *d);

/* The peer's addresses are known: into the module with them (13-6). */
void view_macs(struct daemon *d);

/* Somebody connects to the control socket. */
void clients_accept(struct daemon *d);

/* One that is connected says something, or goes. */
void clients_read(struct daemon *d, struct client *client);

/* Answers and lets go. */
void clients_answer(struct client *client, int status, const char *text);

#endif /* NFHA_DAEMON_H */
