// SPDX-License-Identifier: GPL-2.0
/*
 * role.c - changes of the unit's role
 *
 *	negotiation --> standby <--> staged --> active
 *	      \            ^    \       \         |
 *	       \           |     \       v        v
 *	        `----------+------`---> fenced <--'
 *
 * Staged is entered before the addresses are swapped, so that a lease can be
 * renewed meanwhile; the gate opens only after them. The gate is shut before
 * anything else happens on the way to standby.
 */
#include <linux/netlink.h>
#include <linux/rcupdate.h>

#include "nfha.h"
#include "announce.h"
#include "lease.h"
#include "neigh.h"
#include "netlink.h"
#include "repl.h"
#include "role.h"
#include "swap.h"
#include "trace.h"

/* After the gate is shut: what changed while the flush before came to its end. */
#define NFHA_ROLE_FLUSH_REST_MS	10

/* The peer's module should hear of it before its helper does, and opens at once. */
#define NFHA_ROLE_RELEASED_MS	60

/* It announces itself at once, on every interface that works. */
#define NFHA_ROLE_HEARD_MS	30

/**
 * nfha_role_init - prepare a new instance
 * @nn: instance
 */
void nfha_role_init(struct nfha_net *nn)
{
	spin_lock_init(&nn->gate.lock);
	init_waitqueue_head(&nn->gate.relayed);
	atomic_set(&nn->gate.role, NFHA_ROLE_NONE);
	nfha_lease_init(nn);
	nfha_announce_init(nn);
}

static enum nfha_role nfha_role(const struct nfha_net *nn)
{
	return atomic_read(&nn->gate.role);
}

/* What the gate does and what replication knows change together. */
static void nfha_role_store(struct nfha_net *nn, enum nfha_role role, u32 term)
{
	struct nfha_repl *repl = READ_ONCE(nn->repl);

	lockdep_assert_held(&nn->gate.lock);
	atomic_set(&nn->gate.role, role);
	WRITE_ONCE(nn->gate.term, term);
	trace_nfha_role(nn->net, role, term);
	if (repl)
		nfha_repl_set_role(nn, role, term);
}

/* Opens: the lease runs, the active side is in place. */
static void nfha_role_open(struct nfha_net *nn)
{
	struct nfha_gate *gate = &nn->gate;

	lockdep_assert_held(&gate->lock);
	nfha_role_store(nn, NFHA_ROLE_ACTIVE, gate->term);
	gate->opened_ns = ktime_get_boot_fast_ns();
	nfha_announce_start(nn);
}

/* From whatever it is to a role with the gate shut. */
static void nfha_role_close(struct nfha_net *nn, enum nfha_role role, u32 term)
{
	spin_lock_bh(&nn->gate.lock);
	nfha_role_store(nn, role, term);
	atomic64_set(&nn->gate.deadline, 0);
	nn->gate.staged = false;
	spin_unlock_bh(&nn->gate.lock);
	nfha_lease_stop(nn);
	nfha_announce_stop(nn);
}

/**
 * nfha_role_begin - the instance is being configured
 * @nn: instance; nn->lock held
 * @hold_ms: hold time
 *
 * Context: process.
 */
void nfha_role_begin(struct nfha_net *nn, u32 hold_ms)
{
	lockdep_assert_held(&nn->lock);
	nn->gate.hold_ns = hold_ms * (u64)NSEC_PER_MSEC;
	nn->gate.released_term = 0;
	nn->gate.released_ns = 0;
	nn->gate.opened_ns = 0;
	nfha_role_close(nn, NFHA_ROLE_NEGOTIATION, 0);
}

/**
 * nfha_role_shut - shut the gate: the configuration is about to go
 * @nn: instance; nn->lock held
 *
 * Context: process.
 */
void nfha_role_shut(struct nfha_net *nn)
{
	nfha_role_close(nn, NFHA_ROLE_NEGOTIATION, nn->gate.term);
}

/**
 * nfha_role_end - undo nfha_role_begin()
 * @nn: instance; nn->lock held
 *
 * Context: process.
 */
void nfha_role_end(struct nfha_net *nn)
{
	nfha_role_close(nn, NFHA_ROLE_NONE, 0);
}

/**
 * nfha_role_lapse - the lease has lapsed: active or staged -> fenced
 * @nn: instance
 * @deadline: the one that lapsed; if it has changed, nothing happens
 *
 * Changes nothing but the role: addresses stay until a new election.
 * Context: process or softirq.
 */
void nfha_role_lapse(struct nfha_net *nn, u64 deadline)
{
	struct nfha_gate *gate = &nn->gate;
	enum nfha_role role;
	bool lapsed;
	u32 term;

	spin_lock_bh(&gate->lock);
	role = nfha_role(nn);
	term = gate->term;
	lapsed = (role == NFHA_ROLE_ACTIVE || role == NFHA_ROLE_STAGED) &&
		 atomic64_read(&gate->deadline) == deadline;
	if (lapsed)
		nfha_role_store(nn, NFHA_ROLE_FENCED, term);
	spin_unlock_bh(&gate->lock);
	if (!lapsed)
		return;
	nfha_count(nn, LEASE_LAPSED);
	nfha_event(nn, NFHA_EVENT_FENCED, term);
}

void nfha_gate_released(struct nfha_net *nn, u32 term)
{
	struct nfha_gate *gate = &nn->gate;
	bool opened = false;

	spin_lock_bh(&gate->lock);
	if (nfha_role(nn) != NFHA_ROLE_ACTIVE && term >= gate->term &&
	    gate->released_term != term) {
		gate->released_term = term;
		gate->released_ns = ktime_get_boot_fast_ns();
	}
	if (nfha_role(nn) == NFHA_ROLE_STAGED && term == gate->term && gate->staged) {
		nfha_role_open(nn);
		opened = true;
	}
	spin_unlock_bh(&gate->lock);
	if (opened)
		nfha_event(nn, NFHA_EVENT_OPENED, term);
}

/* Active and staying it: announces again, maybe a new term, the gate stays open. */
static bool nfha_role_extend(struct nfha_net *nn, const struct nfha_role_order *order)
{
	struct nfha_gate *gate = &nn->gate;
	bool open;

	spin_lock_bh(&gate->lock);
	open = nfha_gate_is_open(gate);
	if (open) {
		if (order->deadline > (u64)atomic64_read(&gate->deadline))
			atomic64_set(&gate->deadline, order->deadline);
		nfha_role_store(nn, NFHA_ROLE_ACTIVE, order->term);
		nfha_announce_start(nn);
	}
	spin_unlock_bh(&gate->lock);
	return open;
}

/*
 * Already staged in this term: the order may take back the waiting, and then the
 * gate opens at once. Addresses may wait for rtnl, this does not.
 */
static bool nfha_role_restage(struct nfha_net *nn, const struct nfha_role_order *order)
{
	struct nfha_gate *gate = &nn->gate;
	bool staged;

	spin_lock_bh(&gate->lock);
	staged = nfha_role(nn) == NFHA_ROLE_STAGED && gate->term == order->term &&
		 gate->staged &&
		 ktime_get_boot_fast_ns() < (u64)atomic64_read(&gate->deadline);
	if (staged) {
		if (order->deadline > (u64)atomic64_read(&gate->deadline))
			atomic64_set(&gate->deadline, order->deadline);
		gate->wait_release = order->wait_release;
		if (!gate->wait_release)
			nfha_role_open(nn);
	}
	spin_unlock_bh(&gate->lock);
	return staged;
}

static void nfha_role_stage(struct nfha_net *nn, const struct nfha_role_order *order)
{
	struct nfha_gate *gate = &nn->gate;
	enum nfha_role before = nfha_role(nn);

	nfha_role_close(nn, NFHA_ROLE_STANDBY, order->term);
	/*
	 * A hook that was stopped after it saw the role active must not go on with
	 * the deadline of the new lease.
	 */
	if (before == NFHA_ROLE_ACTIVE || before == NFHA_ROLE_FENCED)
		synchronize_rcu_expedited();
	spin_lock_bh(&gate->lock);
	atomic64_set(&gate->deadline, order->deadline);
	gate->wait_release = order->wait_release;
	nfha_role_store(nn, NFHA_ROLE_STAGED, order->term);
	spin_unlock_bh(&gate->lock);
	nfha_lease_start(nn);
}

/* The active side is in place. */
static int nfha_role_staged(struct nfha_net *nn, u32 term, struct netlink_ext_ack *extack)
{
	struct nfha_gate *gate = &nn->gate;
	bool released = false;
	int err = 0;

	spin_lock_bh(&gate->lock);
	if (nfha_role(nn) != NFHA_ROLE_STAGED) {
		/* Only a lapse gets here: everything else needs nn->lock. */
		NL_SET_ERR_MSG(extack, "the lease lapsed before the addresses were in place");
		err = -ETIME;
	} else {
		gate->staged = true;
		released = gate->wait_release && gate->released_term == term;
		if (!gate->wait_release || released)
			nfha_role_open(nn);
	}
	spin_unlock_bh(&gate->lock);
	if (released)
		nfha_event(nn, NFHA_EVENT_OPENED, term);
	return err;
}

static int nfha_role_set_active(struct nfha_net *nn, const struct nfha_role_order *order,
				struct netlink_ext_ack *extack)
{
	int err;

	err = nfha_lease_check(nn, order->deadline, false, extack);
	if (err)
		return err;
	if (nfha_role_extend(nn, order) || nfha_role_restage(nn, order)) {
		nfha_swap_to(nn, NFHA_SIDE_ACTIVE, extack);
		return 0;
	}

	/*
	 * An address that cannot be set is counted and named in the answer, and
	 * the unit becomes active all the same: half a firewall beats none.
	 */
	nfha_role_stage(nn, order);
	nfha_swap_to(nn, NFHA_SIDE_ACTIVE, extack);
	nfha_neigh_install(nn);
	return nfha_role_staged(nn, order->term, extack);
}

static void nfha_role_set_standby(struct nfha_net *nn, const struct nfha_role_order *order,
				  struct netlink_ext_ack *extack)
{
	struct nfha_gate *gate = &nn->gate;
	bool release = order->release && nn->repl;
	bool was_open = nfha_gate_is_open(gate);

	if (release && was_open)
		nfha_repl_flush(nn, order->flush_ms);

	if (release && was_open) {
		nfha_relay_begin(nn);
		/* What is under way, on another processor, passes the open gate yet. */
		synchronize_rcu_expedited();
	}
	/* Shut first; replication goes on capturing until the rest is flushed. */
	spin_lock_bh(&gate->lock);
	if (nfha_role(nn) == NFHA_ROLE_ACTIVE || nfha_role(nn) == NFHA_ROLE_STAGED)
		atomic_set(&gate->role, NFHA_ROLE_STANDBY);
	spin_unlock_bh(&gate->lock);
	/* A frame that passed the open gate is with the device after this. */
	if (was_open)
		synchronize_rcu_expedited();
	if (release && was_open)
		nfha_repl_flush(nn, min(order->flush_ms, NFHA_ROLE_FLUSH_REST_MS));

	/* Before replication hears of the role: it would discard what is outstanding. */
	if (release) {
		spin_lock_bh(&gate->lock);
		gate->released_ns = ktime_get_boot_fast_ns();
		spin_unlock_bh(&gate->lock);
		nfha_repl_release(nn, order->term);
	}
	nfha_role_close(nn, NFHA_ROLE_STANDBY, order->term);
	if (release) {
		nfha_repl_wait_released(nn, NFHA_ROLE_RELEASED_MS);
		nfha_relay_wait(nn, NFHA_ROLE_HEARD_MS);
	}
	nfha_swap_to(nn, NFHA_SIDE_STANDBY, extack);
	nfha_announce_standby(nn);
	nfha_relay_end(nn);
}

/**
 * nfha_role_set - take a role
 * @nn: instance, configured; nn->lock held
 * @order: what to be
 * @extack: where to say what is wrong
 *
 * Addresses that could not be changed are counted and named in @extack; the role
 * holds all the same.
 * Context: may sleep, no rtnl. Return: 0; -EINVAL: not a role to be set or not a
 * possible lease, -ESTALE: lower term, -ETIME: the lease lapsed meanwhile.
 */
int nfha_role_set(struct nfha_net *nn, const struct nfha_role_order *order,
		  struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&nn->lock);
	if (order->term < nn->gate.term) {
		NL_SET_ERR_MSG(extack, "term is lower than the present one");
		return -ESTALE;
	}

	switch (order->role) {
	case NFHA_ROLE_ACTIVE:
		return nfha_role_set_active(nn, order, extack);
	case NFHA_ROLE_STANDBY:
		nfha_role_set_standby(nn, order, extack);
		return 0;
	case NFHA_ROLE_FENCED:
		nfha_role_close(nn, NFHA_ROLE_FENCED, order->term);
		return 0;
	default:
		NL_SET_ERR_MSG(extack, "role can be active, standby or fenced");
		return -EINVAL;
	}
}

/**
 * nfha_role_reapply - give all interfaces the side that the role wants
 * @nn: instance, configured; nn->lock held
 *
 * For interfaces that came later, or that others changed. No-op where nothing
 * changed. A fenced unit, or one without a role yet, keeps what it has.
 * Context: may sleep, no rtnl. Return: 0 or a negative error.
 */
int nfha_role_reapply(struct nfha_net *nn)
{
	lockdep_assert_held(&nn->lock);
	switch (nfha_role(nn)) {
	case NFHA_ROLE_STANDBY:
		return nfha_swap_to(nn, NFHA_SIDE_STANDBY, NULL);
	case NFHA_ROLE_STAGED:
	case NFHA_ROLE_ACTIVE:
		return nfha_swap_to(nn, NFHA_SIDE_ACTIVE, NULL);
	default:
		return nfha_swap_links(nn);
	}
}

/**
 * nfha_role_repair - nfha_role_reapply() after others changed addresses
 * @nn: instance, configured; nn->lock held
 *
 * What had to be put right is counted, announced if this unit is active, and told to
 * the helper.
 * Context: may sleep, no rtnl.
 */
void nfha_role_repair(struct nfha_net *nn)
{
	struct nfha_gate *gate = &nn->gate;
	u32 before = nn->ifaces.changed;

	lockdep_assert_held(&nn->lock);
	nfha_role_reapply(nn);
	if (nn->ifaces.changed == before)
		return;
	nfha_count(nn, ADDR_REPAIRS);
	spin_lock_bh(&gate->lock);
	if (nfha_gate_is_open(gate))
		nfha_announce_start(nn);
	spin_unlock_bh(&gate->lock);
	nfha_event(nn, NFHA_EVENT_ADDRESSES, gate->term);
}
