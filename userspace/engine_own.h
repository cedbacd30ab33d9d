/* SPDX-License-Identifier: GPL-2.0-or-later */
/* engine_own.h - what the parts of the hello thread share */
#ifndef NFHA_ENGINE_OWN_H
#define NFHA_ENGINE_OWN_H

#include <pthread.h>

#include "claim.h"
#include "engine.h"
#include "path.h"
#include "probe.h"

#define BUFFER_SIZE		2048

/**
 * struct engine - both threads
 * @lock: @status; priorities are inherited
 * @status: written by the hello thread
 * @c: configuration
 * @path: the failover link, data interfaces, the backup of the failover link
 * @paths: how many
 * @claim: active address of each data interface, by path
 * @own: what hellos say of each data interface
 * @owns: how many
 * @next_tlv: the interfaces go in turns, when they do not fit into one hello
 * @tlvs: of the hello that is built
 * @keys: of hellos
 * @other_key_told_ns: hellos of another key were logged then; 0: never
 * @lease: module, of the hello thread
 * @roles: module, of the role thread
 * @epoll: of the hello thread
 * @timer: ticks
 * @wake: the election asked for a step at @wake_ns
 * @wake_ns: armed for; 0: not
 * @orders: from main (0: main's end)
 * @news: to main
 * @logs: to main
 * @jobs: hello thread (0) to role thread (1) and back
 * @hello_thread: runs
 * @role_thread: runs
 * @stop: the hello thread ends
 * @revived_ns: lost paths were tried then
 * @learnt: boot nonce of the peer that @status tells of
 * @looked_ns: links were looked at then
 * @links: what was seen
 * @counters: of received packets
 * @buf: of received bytes
 */
struct engine {
	pthread_mutex_t	lock;
	struct engine_status status;
	const struct conf *c;
	struct path	path[FSM_PATHS_MAX];
	unsigned int	paths;
	struct claim	claim[FSM_PATHS_MAX];
	struct hello_iface own[NFHA_IFACES_MAX];
	unsigned int	owns;
	unsigned int	next_tlv;
	struct hello_tlvs tlvs;
	struct rekey	keys;
	uint64_t	other_key_told_ns;
	struct genl	*lease;
	struct genl	*roles;
	int		epoll;
	int		timer;
	int		wake;
	uint64_t	wake_ns;
	int		orders[2];
	int		news[2];
	int		logs[2];
	int		jobs[2];
	pthread_t	hello_thread;
	pthread_t	role_thread;
	bool		stop;
	uint64_t	revived_ns;
	uint64_t	learnt;
	uint64_t	looked_ns;
	struct module_iface links[NFHA_IFACES_MAX + NFHA_LINKS_MAX];
	struct counters	counters;
	uint8_t		buf[BUFFER_SIZE];
};

/* Into the main thread; it is not waited for. */
void engine_tell(struct engine *e, const struct engine_news *news);

/* One step of the election, and what it asks for. */
void engine_step(struct engine *e, const struct fsm_event *ev);

/* Takes in the hellos that wait on a path. */
void hear_path(struct engine *e, unsigned int path);

#endif /* NFHA_ENGINE_OWN_H */
