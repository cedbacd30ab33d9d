/* SPDX-License-Identifier: GPL-2.0 */
/* gate.h - who may emit and forward, and until when */
#ifndef _NFHA_GATE_H
#define _NFHA_GATE_H

#include <linux/atomic.h>
#include <linux/hrtimer.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/nfha.h>

/**
 * struct nfha_gate - state read by every hook
 * @lock: spinlock, BH off: a step of @role and what replication is told of it
 *	are one; taken inside nfha_net.lock
 * @role: enum nfha_role; written under @lock
 * @term: of the current role; written under @lock, read with READ_ONCE
 * @deadline: CLOCK_BOOTTIME ns: end of the lease; 0: none. Set under @lock,
 *	moved ahead by nfha_lease_renew() with cmpxchg
 * @hold_ns: no lease is longer; constant while configured
 * @staged: role staged, and the active side is in place; @lock
 * @wait_release: opens only on RELEASED; @lock
 * @released_term: RELEASED came with this term; 0: none; @lock
 * @released_ns: CLOCK_BOOTTIME: last RELEASED sent or received; @lock
 * @opened_ns: CLOCK_BOOTTIME: the gate opened last; @lock
 * @relayed: woken when a relay hears the new active unit
 * @lease: cleans up after the deadline; runs while staged or active
 * @announce: repeats announcements
 * @announce_step: next one; only used by @announce and before it is queued
 */
struct nfha_gate {
	spinlock_t		lock;	/* see above */
	atomic_t		role;
	u32			term;
	atomic64_t		deadline;
	u64			hold_ns;
	bool			staged;
	bool			wait_release;
	u32			released_term;
	u64			released_ns;
	u64			opened_ns;
	wait_queue_head_t	relayed;
	struct hrtimer		lease;
	struct delayed_work	announce;
	unsigned int		announce_step;
};

/* The gate is open: active, and the lease runs. Compares the clock itself. */
static inline bool nfha_gate_is_open(const struct nfha_gate *gate)
{
	return atomic_read(&gate->role) == NFHA_ROLE_ACTIVE &&
	       ktime_get_boot_fast_ns() < (u64)atomic64_read(&gate->deadline);
}

struct net_device;
struct nfha_iface;
struct nfha_net;

void nfha_gate_init(struct nfha_net *nn);
int nfha_gate_hook_net(struct nfha_net *nn);
void nfha_gate_unhook_net(struct nfha_net *nn);
int nfha_gate_hook_dev(struct nfha_iface *iface, struct net_device *dev);
void nfha_gate_unhook_dev(struct nfha_iface *iface, struct net *net);

/**
 * nfha_gate_released - the peer's module says its gate is shut
 * @nn: instance
 * @term: must be the staged term
 *
 * staged -> active: opens the gate, starts to announce, tells replication and
 * the helper. While the unit is not staged yet the term is remembered: RELEASED
 * may overtake the order to stage. Ignored in any other role or term.
 * Context: process, no locks held.
 */
void nfha_gate_released(struct nfha_net *nn, u32 term);

#endif /* _NFHA_GATE_H */
