/* SPDX-License-Identifier: GPL-2.0 */
/* gate.h - who may emit and forward, and until when */
#ifndef _NFHA_GATE_H
#define _NFHA_GATE_H

#include <linux/atomic.h>
#include <linux/hrtimer.h>
#include <linux/timekeeping.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/nfha.h>

/**
 * struct nfha_gate - state read by every hook
 * @role: enum nfha_role; written under nfha_net.lock, by nfha_gate_released()
 *	(staged -> active) and by a lapse (active -> fenced) with cmpxchg
 * @term: of the current role; written under nfha_net.lock
 * @deadline: CLOCK_BOOTTIME ns: end of the lease; 0: none
 * @hold_ns: no lease is longer; constant while configured
 */
struct nfha_gate {
	atomic_t	role;
	u32		term;
	atomic64_t	deadline;
	u64		hold_ns;
};

/* The gate is open: active, and the lease runs. Compares the clock itself. */
static inline bool nfha_gate_is_open(const struct nfha_gate *gate)
{
	return atomic_read(&gate->role) == NFHA_ROLE_ACTIVE &&
	       ktime_get_boot_fast_ns() < (u64)atomic64_read(&gate->deadline);
}

struct nfha_net;

/**
 * nfha_gate_released - the peer's module says its gate is shut
 * @nn: instance
 * @term: must be the staged term
 *
 * staged -> active: opens the gate, starts to announce, tells replication and
 * the helper. Ignored in any other role or term.
 * Context: process, no locks held.
 */
void nfha_gate_released(struct nfha_net *nn, u32 term);

#endif /* _NFHA_GATE_H */
