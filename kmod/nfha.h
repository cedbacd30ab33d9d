/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nfha.h - one instance of nfha: a network namespace
 *
 * Lock order, outermost first:
 *
 *	nfha_net.lock		mutex; configuration and role changes
 *	rtnl			taken by the kernel below a rtnetlink message, and by
 *				the address swap around a MAC change
 *	nfha_gate.lock		spinlock, BH off; steps of the role
 *	nf_conntrack_locks[], nf_conntrack_expect_lock
 *				conntrack's own, held in a walk and in an event
 *	nfha_table.locks[]	spinlock, BH off; objects of the replication table
 *	ct->lock		spinlock; protocol state of a connection
 *	nfha_neighs.lock	spinlock, BH off; ARP and ND entries; inside the lock of
 *				the kernel's neighbour tables, nothing is inside of it
 *	nfha_relay.held.lock	spinlock, BH off; frames held in a handover; nothing is
 *				inside of it
 *
 * nfha_keys.lock, a mutex, is inside nfha_net.lock and has nothing inside.
 *
 * Nothing takes nfha_net.lock with rtnl held: a netdevice notifier runs below
 * rtnl and may only use what is protected by rtnl, atomics or RCU.
 */
#ifndef _NFHA_H
#define _NFHA_H

#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include <linux/nfha.h>
#include <linux/nfha_wire.h>

#include "compat.h"
#include "stats.h"
#include "gate.h"
#include "iface.h"

struct nfha_http;
struct nfha_repl;

/**
 * struct nfha_net - nfha in one network namespace
 * @net: the namespace; outlives this structure
 * @lock: serialises configuration and role changes
 * @configured: between NFHA_CMD_CONF_SET and _CLEAR; written under @lock
 * @unit: NFHA_UNIT_*; set by NFHA_CMD_CONF_SET, constant while @configured
 * @gate: who may emit what; written under @lock, read by hooks under RCU
 * @ifaces: the configured interfaces; see iface.h
 * @repl: replication of connection state, NULL without a state link; written
 *	under @lock
 * @http: what is not replicated, NULL: everything is; written under @lock, read
 *	under RCU
 * @stats: counters, per CPU
 */
struct nfha_net {
	struct net		*net;
	struct mutex		lock;
	bool			configured;
	u8			unit;
	struct nfha_gate	gate;
	struct nfha_ifaces	ifaces;
	struct nfha_repl	*repl;
	struct nfha_http __rcu	*http;
	struct nfha_stats __percpu *stats;
};

extern unsigned int nfha_net_id;
extern struct workqueue_struct *nfha_ctl_wq;	/* high priority, unbound */

/* Dynamic debug, for what happens rarely; for the rest there are tracepoints (trace.h). */
#define nfha_debug(net, format, ...) \
	pr_debug("nfha: net %u: " format "\n", (net)->ns.inum, ##__VA_ARGS__)

static inline struct nfha_net *nfha_pernet(const struct net *net)
{
	return net_generic(net, nfha_net_id);
}

#endif /* _NFHA_H */
