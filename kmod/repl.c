// SPDX-License-Identifier: GPL-2.0
/* repl.c - replication of connection state: start, stop, role, flush, state */
#include <linux/module.h>

#include "inject.h"
#include "nfha.h"
#include "params.h"
#include "repl_inst.h"
#include "selftest.h"

struct workqueue_struct *nfha_wq;

/* State that a unit gave up its role for is sent on for so long. */
#define NFHA_RELEASING_NS	(200 * NSEC_PER_MSEC)

/**
 * nfha_repl_init - at module load
 * Context: may sleep. Return: 0 or a negative error.
 */
int nfha_repl_init(void)
{
	int err;

	err = nfha_selftest();
	if (err)
		return err;
	err = nfha_obj_cache_init();
	if (err)
		return err;
	err = -ENOMEM;
	nfha_wq = alloc_workqueue("nfha", WQ_HIGHPRI | WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!nfha_wq)
		goto err_cache;
	err = nfha_capture_init();
	if (err)
		goto err_wq;
	return 0;

err_wq:
	destroy_workqueue(nfha_wq);
err_cache:
	nfha_obj_cache_exit();
	return err;
}

/**
 * nfha_repl_exit - at module unload; no instance is left
 * Context: may sleep.
 */
void nfha_repl_exit(void)
{
	nfha_capture_exit();
	destroy_workqueue(nfha_wq);
	nfha_obj_cache_exit();
}

static struct nfha_repl *nfha_repl_alloc(struct nfha_net *nn, bool clear)
{
	struct nfha_repl *repl;

	repl = kvzalloc(sizeof(*repl), GFP_KERNEL);
	if (!repl)
		return NULL;
	repl->nn = nn;
	repl->net = nn->net;
	repl->role = NFHA_ROLE_NEGOTIATION;
	repl->range = nfha_wire_range;
	nfha_pretend_init(repl);
	spin_lock_init(&repl->role_lock);
	init_waitqueue_head(&repl->settled);
	do {
		get_random_bytes(&repl->nonce, sizeof(repl->nonce));
	} while (!repl->nonce);
	nfha_sweep_init(repl);
	nfha_bulk_init(repl);
	nfha_rx_init(repl);
	nfha_xmit_init(repl);
	nfha_keys_init(&repl->keys, clear);
	return repl;
}

int nfha_repl_start(struct nfha_net *nn, const struct nfha_link_conf *conf)
{
	struct nfha_repl *repl;
	int err;

	lockdep_assert_held(&nn->lock);
	repl = nfha_repl_alloc(nn, conf->clear);
	if (!repl)
		return -ENOMEM;
	err = nfha_table_init(&repl->table);
	if (err)
		goto err_free;
	err = nfha_queue_init(&repl->queue);
	if (err)
		goto err_table;
	err = nfha_digest_init(repl);
	if (err)
		goto err_queue;
	err = nfha_neigh_start(repl);
	if (err)
		goto err_digest;
	err = nfha_link_start(repl, conf);
	if (err)
		goto err_neigh;
	/* The event hook finds the instance here. */
	WRITE_ONCE(nn->repl, repl);
	err = nfha_capture_start(repl);
	if (err)
		goto err_link;
	nfha_repl_kick(repl);
	return 0;

err_link:
	WRITE_ONCE(repl->stopping, true);
	WRITE_ONCE(nn->repl, NULL);
	synchronize_rcu();
	nfha_link_quiesce(repl);
	nfha_link_stop(repl);
err_neigh:
	nfha_neigh_stop(repl);
err_digest:
	nfha_digest_exit(repl);
err_queue:
	nfha_queue_exit(&repl->queue);
err_table:
	nfha_table_exit(&repl->table);
err_free:
	nfha_keys_exit(&repl->keys);
	kvfree(repl);
	return err;
}

void nfha_repl_stop(struct nfha_net *nn)
{
	struct nfha_repl *repl = nn->repl;

	if (!repl)
		return;
	WRITE_ONCE(repl->capture, false);
	WRITE_ONCE(repl->stopping, true);
	wake_up(&repl->settled);
	nfha_capture_stop(repl);
	/*
	 * An event that found our notifier just before it was taken out has to find the
	 * instance, too: only there it learns to whom it goes on (conntrack -E).
	 */
	synchronize_rcu();
	WRITE_ONCE(nn->repl, NULL);
	/* No event, hook or packet uses the instance after this. */
	synchronize_rcu();
	nfha_link_quiesce(repl);
	cancel_delayed_work_sync(&repl->bulk.work);
	cancel_delayed_work_sync(&repl->sweep.work);
	cancel_work_sync(&repl->digest->work);
	/* A walk that was just ending may have started the link worker again. */
	cancel_work_sync(&repl->link.work);
	nfha_link_stop(repl);
	nfha_neigh_stop(repl);
	nfha_digest_exit(repl);
	nfha_queue_exit(&repl->queue);
	nfha_refused_forget(repl);
	nfha_policies_exit(&repl->policies);
	nfha_sweep_restore(repl);
	nfha_table_exit(&repl->table);
	nfha_keys_exit(&repl->keys);
	kvfree(repl);
}

void nfha_repl_set_role(struct nfha_net *nn, enum nfha_role role, u32 term)
{
	struct nfha_repl *repl;

	/* nfha_repl_stop() waits for who found the instance. */
	rcu_read_lock();
	repl = READ_ONCE(nn->repl);
	if (!repl)
		goto out;
	spin_lock_bh(&repl->role_lock);
	if (role != repl->role) {
		if (role != NFHA_ROLE_ACTIVE)
			WRITE_ONCE(repl->capture, false);
		/* What was released is ours again, or about to be. */
		if (role == NFHA_ROLE_ACTIVE || role == NFHA_ROLE_STAGED)
			WRITE_ONCE(repl->release_term, 0);
		repl->changes++;
	}
	WRITE_ONCE(repl->role, role);
	WRITE_ONCE(repl->term, term);
	spin_unlock_bh(&repl->role_lock);
	nfha_repl_kick(repl);
out:
	rcu_read_unlock();
}

static void nfha_repl_begin(struct nfha_repl *repl)
{
	nfha_xmit_start(repl);
	nfha_debug(repl->net, "generation %u is sent", repl->tx.generation);
	spin_lock_bh(&repl->role_lock);
	if (repl->role == NFHA_ROLE_ACTIVE)
		WRITE_ONCE(repl->capture, true);
	spin_unlock_bh(&repl->role_lock);
	nfha_bulk_start(repl, repl->tx.epoch);
}

/* The peer waits for RELEASED, and should have the last state before it. */
static bool nfha_repl_is_releasing(struct nfha_repl *repl, u64 now)
{
	bool releasing;

	spin_lock_bh(&repl->role_lock);
	releasing = repl->release_term && now < repl->release_at + NFHA_RELEASING_NS;
	spin_unlock_bh(&repl->role_lock);
	return releasing;
}

/* The peer is silent for a while: what changes is kept for it, as long as there is room. */
static bool nfha_repl_is_waiting(const struct nfha_repl *repl, enum nfha_role role)
{
	return role == NFHA_ROLE_ACTIVE && repl->tx.paused && !repl->rx.peer &&
	       !READ_ONCE(repl->bulk.rewalk);
}

/*
 * The peer lost what it had of this generation: it was active meanwhile. As long as
 * the bulk walk goes on it may not have heard of it yet.
 */
static bool nfha_repl_is_forgotten(const struct nfha_repl *repl)
{
	return repl->tx.epoch && (repl->tx.paused || repl->bulk.done) &&
	       repl->rx.held != repl->tx.generation;
}

/**
 * nfha_repl_update - act upon a new role, session or overflow
 * @repl: instance
 * @now: ns
 *
 * Context: link worker.
 */
void nfha_repl_update(struct nfha_repl *repl, u64 now)
{
	enum nfha_role role;
	bool want, again;
	u32 changes;

	spin_lock_bh(&repl->role_lock);
	role = repl->role;
	changes = repl->changes;
	spin_unlock_bh(&repl->role_lock);
	/* Not the role: one that was left and taken again meanwhile ended the sweeps. */
	if (changes != repl->seen_changes) {
		repl->seen_changes = changes;
		nfha_rx_role(repl, role);
		if (role == NFHA_ROLE_ACTIVE)
			nfha_sweep_start(repl);
		repl->link.probe_due = true;
	}
	want = role == NFHA_ROLE_ACTIVE && repl->rx.peer &&
	       repl->rx.flags & NFHA_FRAME_F_READY;
	again = READ_ONCE(repl->bulk.rewalk) &&
		nfha_repl_outstanding(repl) < READ_ONCE(nfha_queue_limit) / 2;
	if (want && (!READ_ONCE(repl->capture) || again || nfha_repl_is_forgotten(repl))) {
		nfha_repl_begin(repl);
	} else if (want) {
		repl->tx.paused = false;
	} else if (repl->tx.epoch && !nfha_repl_is_releasing(repl, now) &&
		   !nfha_repl_is_waiting(repl, role)) {
		WRITE_ONCE(repl->capture, false);
		nfha_xmit_reset(repl);
	}
}

static bool nfha_repl_is_settled(const struct nfha_repl *repl, u64 since)
{
	u64 oldest = READ_ONCE(repl->tx.oldest);

	/* Only a pass that began later took all that was queued by then. */
	return READ_ONCE(repl->link.passed) > since && READ_ONCE(repl->bulk.done) &&
	       !nfha_neigh_is_dirty(repl) && (!oldest || oldest > since);
}

int nfha_repl_flush(struct nfha_net *nn, unsigned int ms)
{
	struct nfha_repl *repl = nn->repl;
	u64 since = ktime_get_ns();

	lockdep_assert_held(&nn->lock);
	if (!repl || !READ_ONCE(repl->rx.peer) || !READ_ONCE(repl->tx.epoch))
		return -ENOTCONN;
	nfha_queue_hurry(&repl->queue);
	nfha_repl_kick(repl);
	if (!wait_event_timeout(repl->settled, nfha_repl_is_settled(repl, since),
				msecs_to_jiffies(ms)))
		return -ETIMEDOUT;
	return READ_ONCE(repl->tx.epoch) ? 0 : -ENOTCONN;
}

void nfha_repl_release(struct nfha_net *nn, u32 term)
{
	struct nfha_repl *repl = nn->repl;

	lockdep_assert_held(&nn->lock);
	if (!repl)
		return;
	spin_lock_bh(&repl->role_lock);
	repl->release_at = ktime_get_ns();
	WRITE_ONCE(repl->release_term, term);
	spin_unlock_bh(&repl->role_lock);
	nfha_repl_kick(repl);
}

void nfha_repl_wait_released(struct nfha_net *nn, unsigned int ms)
{
	struct nfha_repl *repl = nn->repl;

	lockdep_assert_held(&nn->lock);
	if (repl)
		wait_event_timeout(repl->settled, !READ_ONCE(repl->release_term),
				   msecs_to_jiffies(ms));
}

static u8 nfha_repl_bulk(const struct nfha_repl *repl)
{
	if (!READ_ONCE(repl->tx.epoch))
		return READ_ONCE(repl->rx.bulk);
	return READ_ONCE(repl->bulk.done) ? NFHA_BULK_DONE : NFHA_BULK_RUNNING;
}

int nfha_repl_resync(struct nfha_net *nn)
{
	struct nfha_repl *repl = nn->repl;
	enum nfha_role role;

	lockdep_assert_held(&nn->lock);
	if (!repl || !READ_ONCE(repl->rx.peer))
		return -ENOTCONN;
	role = READ_ONCE(repl->role);
	if (role != NFHA_ROLE_ACTIVE && role != NFHA_ROLE_STANDBY)
		return -EPERM;
	if (role == NFHA_ROLE_ACTIVE && !READ_ONCE(repl->tx.epoch))
		return -ENOTCONN;
	/* Or about to begin. */
	if (nfha_repl_bulk(repl) == NFHA_BULK_RUNNING || READ_ONCE(repl->bulk.rewalk) ||
	    READ_ONCE(repl->bulk.ask))
		return -EALREADY;
	if (role == NFHA_ROLE_ACTIVE)
		WRITE_ONCE(repl->bulk.rewalk, true);
	else
		WRITE_ONCE(repl->bulk.ask, true);
	nfha_repl_kick(repl);
	return 0;
}

/**
 * nfha_repl_get_state - for NFHA_CMD_STATE_GET
 * @nn: instance; nn->lock held
 * @state: filled; a snapshot of numbers that change meanwhile
 *
 * Context: may sleep.
 */
void nfha_repl_get_state(struct nfha_net *nn, struct nfha_repl_state *state)
{
	const struct nfha_repl *repl = nn->repl;
	u64 oldest, now = ktime_get_ns();

	memset(state, 0, sizeof(*state));
	if (!repl)
		return;
	state->peer_seen = READ_ONCE(repl->rx.peer);
	state->bulk = nfha_repl_bulk(repl);
	state->dirty = atomic_read(&repl->queue.dirty);
	state->in_flight = READ_ONCE(repl->tx.in_flight);
	state->objects = atomic_read(&repl->table.count);
	oldest = READ_ONCE(repl->tx.oldest) ?: atomic64_read(&repl->queue.since);
	if (oldest && now > oldest)
		state->lag_us = min_t(u64, div_u64(now - oldest, NSEC_PER_USEC), U32_MAX);
	state->generation = READ_ONCE(repl->tx.epoch) ? READ_ONCE(repl->tx.generation) :
							READ_ONCE(repl->rx.generation);
	state->bulk_percent = nfha_bulk_percent(repl);
	state->bulk_objects = atomic_read(&repl->bulk.queued);
	state->digest = state->peer_seen ? READ_ONCE(repl->digest->state) : NFHA_DIGEST_NONE;
	state->digest_ranges = 1U << READ_ONCE(repl->digest->bits);
	state->digest_differ = READ_ONCE(repl->digest->differ);
	state->digest_ns = READ_ONCE(repl->digest->matched_ns);
	state->rx_cur = skb_queue_len_lockless(&repl->link.rxq);
	state->rx_max = READ_ONCE(repl->link.rx_max);
	state->tx_cur = nfha_repl_outstanding(repl);
	state->tx_max = READ_ONCE(repl->link.tx_max);
}

struct nfha_keys *nfha_repl_keys(struct nfha_net *nn)
{
	lockdep_assert_held(&nn->lock);
	return nn->repl ? &nn->repl->keys : NULL;
}

void nfha_repl_key_used(struct nfha_net *nn)
{
	lockdep_assert_held(&nn->lock);
	WRITE_ONCE(nn->repl->link.key_used, true);
	nfha_repl_kick(nn->repl);
}
