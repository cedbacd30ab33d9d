// SPDX-License-Identifier: GPL-2.0
/*
 * sweep.c - finds what events do not tell
 *
 * Window movement and refreshed timeouts emit no event; entries can exist without
 * the extension that emits events, and rulesets can narrow them. After a takeover
 * sweeps also give replicas their real timeouts and narrow their windows.
 */
#include "http.h"
#include "inject.h"
#include "nfha.h"
#include "params.h"
#include "record.h"
#include "repl_inst.h"
#include "walk.h"

#define NFHA_SWEEP_SLICE	256	/* buckets between two chances to reschedule */
#define NFHA_SWEEP_MAX_MS	60000

/* A replica may be this much behind the connection's own timeout. */
#define NFHA_REFRESH_MAX	(60 * HZ)
#define NFHA_REFRESH_MIN	(5 * HZ)

/* @timeout moved so far since it was sent that the replica has to hear of it. */
static bool nfha_sweep_refreshed(const struct nfha_obj *obj, const struct nf_conn *ct)
{
	s32 ahead = READ_ONCE(ct->timeout) - obj->timeout;
	s32 bound = clamp_t(s32, nf_ct_expires(ct) / 2, NFHA_REFRESH_MIN, NFHA_REFRESH_MAX);

	return ahead > bound;
}

/*
 * The windows moved by more than an eighth of the slack that the replica has.
 * Racy reads: a torn pair only brings the refresh a sweep earlier or later.
 */
static bool nfha_sweep_moved(struct nfha_obj *obj, const struct nf_conn *ct)
{
	u32 moved = 0;
	int i;

	if (nf_ct_protonum(ct) != IPPROTO_TCP)
		return false;
	for (i = 0; i < 2; i++)
		moved = max(moved, nfha_tcp_end(&ct->proto.tcp, i) - obj->end[i]);
	if (moved > NFHA_TCP_SLACK / 2)
		obj->flags |= NFHA_OBJ_FAST;
	else
		obj->flags &= ~NFHA_OBJ_FAST;
	return moved > NFHA_TCP_SLACK / 8;
}

static u32 nfha_sweep_sum(const struct nf_conn *ct)
{
	struct nfha_ct now = {
		.status = READ_ONCE(ct->status) & NFHA_STATUS_MASK,
		.offloaded = nfha_ct_is_offloaded(ct),
		.ext_sum = nfha_ext_sum(ct),
	};

#ifdef CONFIG_NF_CONNTRACK_MARK
	now.mark = READ_ONCE(ct->mark);
#endif
	/* Racy reads: a state that just changes is seen by the next sweep. */
	if (nf_ct_protonum(ct) == IPPROTO_TCP) {
		now.has = NFHA_HAS_TCP;
		now.proto.tcp.state = READ_ONCE(ct->proto.tcp.state);
	} else if (nf_ct_protonum(ct) == IPPROTO_SCTP) {
		now.has = NFHA_HAS_SCTP;
		now.proto.sctp.state = ct->proto.sctp.state;
	}
	return nfha_ct_sum(&now);
}

/* One connection; returns true when it has to be queued. Bucket locked. */
static bool nfha_sweep_obj(struct nfha_repl *repl, struct nfha_obj *obj, struct nf_conn *ct)
{
	obj->sweep = repl->sweep.number;
	if (obj->flags & NFHA_OBJ_REPLICA)
		nfha_inject_restore(obj, ct);
	if (nf_ct_protonum(ct) == IPPROTO_TCP && nfha_inject_narrow(obj, ct))
		nfha_count(repl->nn, SWEEP_NARROWED);
	if (!repl->sweep.epoch || obj->flags & NFHA_OBJ_DIRTY)
		return false;
	/* Sent before it was left out: the worker takes it back. */
	if (nfha_http_is_left_out(repl->nn, &obj->key))
		return !(obj->flags & NFHA_OBJ_GONE);
	if (obj->epoch != repl->sweep.epoch || obj->sum != nfha_sweep_sum(ct)) {
		nfha_count(repl->nn, SWEEP_FOUND);
		return true;
	}
	if (nfha_sweep_moved(obj, ct) || nfha_sweep_refreshed(obj, ct)) {
		nfha_count(repl->nn, SWEEP_REFRESHED);
		return true;
	}
	return false;
}

static bool nfha_sweep_wanted(const struct nfha_repl *repl)
{
	return !READ_ONCE(repl->stopping) && READ_ONCE(repl->role) == NFHA_ROLE_ACTIVE;
}

static void nfha_sweep_one(struct nf_conn *ct, void *arg)
{
	struct nfha_repl *repl = arg;
	struct nfha_table *table = &repl->table;
	struct nfha_obj *obj;
	struct nfha_key key;
	bool mark = false;
	u32 bucket;

	/* A unit that was just demoted receives replicas: they keep their grace. */
	if (!nfha_sweep_wanted(repl))
		return;
	rcu_read_lock();
	nfha_capture_keep_masq(repl->nn, ct);
	nfha_key_of(ct, &key);
	bucket = nfha_table_bucket(table, &key);
	nfha_table_lock(table, bucket);
	obj = nfha_table_find(table, bucket, &key);
	if (obj)
		mark = nfha_sweep_obj(repl, obj, ct);
	nfha_table_unlock(table, bucket);
	if (!obj && repl->sweep.epoch && nfha_capture_sends(repl->nn, &key)) {
		nfha_count(repl->nn, SWEEP_FOUND);
		mark = true;
	}
	if (mark)
		nfha_mark(repl, &key, NFHA_MARK_CHANGED, NFHA_HASTE_SLOW, 0);
	rcu_read_unlock();
}

/* Objects that no sweep of this number saw: their connection is gone. */
static void nfha_sweep_reap(struct nfha_repl *repl)
{
	struct nfha_table *table = &repl->table;
	struct nfha_obj *obj;
	u32 i;

	for (i = 0; i < table->size; i++) {
		if (i % NFHA_SWEEP_SLICE == 0)
			cond_resched();
		/* Racy look: an object that is just added is not to be reaped. */
		if (!READ_ONCE(table->buckets[i]))
			continue;
		if (READ_ONCE(repl->stopping) || !READ_ONCE(repl->capture))
			return;
		nfha_table_lock(table, i);
		for (obj = table->buckets[i]; obj; obj = obj->next) {
			if (obj->sweep == repl->sweep.number ||
			    obj->flags & (NFHA_OBJ_GONE | NFHA_OBJ_DIRTY))
				continue;
			/* The worker looks again before it tells the peer. */
			nfha_count(repl->nn, SWEEP_GONE);
			obj->flags |= NFHA_OBJ_GONE;
			nfha_queue_add(repl, obj, NFHA_HASTE_SLOW);
		}
		nfha_table_unlock(table, i);
	}
}

/* Jiffies to the next sweep: they take a tenth of a processor at most. */
static unsigned long nfha_sweep_pause(u64 took)
{
	u64 ms = div_u64(took * 9, NSEC_PER_MSEC);

	return msecs_to_jiffies(clamp_t(u64, ms, READ_ONCE(nfha_sweep_ms), NFHA_SWEEP_MAX_MS));
}

static void nfha_sweep_work(struct work_struct *work)
{
	struct nfha_repl *repl = container_of(work, struct nfha_repl, sweep.work.work);
	struct nfha_sweep *sweep = &repl->sweep;
	struct nfha_walk walk = {};
	u64 begin = ktime_get_ns();

	if (!nfha_sweep_wanted(repl))
		return;
	WRITE_ONCE(sweep->number, sweep->number + 1);
	/* Before the bulk walk is through, what was not sent is not a finding. */
	sweep->epoch = READ_ONCE(repl->capture) && nfha_bulk_is_walked(repl) ?
		       READ_ONCE(repl->tx.epoch) : 0;
	while (nfha_walk_slice(&walk, repl->net, NFHA_SWEEP_SLICE, nfha_sweep_one, repl)) {
		if (!nfha_sweep_wanted(repl))
			return;
		cond_resched();
	}
	if (sweep->epoch && sweep->epoch == READ_ONCE(repl->tx.epoch))
		nfha_sweep_reap(repl);
	if (nfha_sweep_wanted(repl))
		queue_delayed_work(nfha_wq, &sweep->work,
				   nfha_sweep_pause(ktime_get_ns() - begin));
}

/**
 * nfha_sweep_init - prepare
 * @repl: instance
 *
 * Context: may sleep.
 */
void nfha_sweep_init(struct nfha_repl *repl)
{
	INIT_DELAYED_WORK(&repl->sweep.work, nfha_sweep_work);
}

/**
 * nfha_sweep_start - the unit is active now; sweep until it is not
 * @repl: instance
 *
 * Context: link worker.
 */
void nfha_sweep_start(struct nfha_repl *repl)
{
	mod_delayed_work(nfha_wq, &repl->sweep.work, 0);
}

static void nfha_sweep_restore_one(struct nf_conn *ct, void *arg)
{
	struct nfha_repl *repl = arg;
	struct nfha_table *table = &repl->table;
	struct nfha_obj *obj;
	struct nfha_key key;
	u32 bucket;

	nfha_key_of(ct, &key);
	bucket = nfha_table_bucket(table, &key);
	nfha_table_lock(table, bucket);
	obj = nfha_table_find(table, bucket, &key);
	if (obj && obj->flags & NFHA_OBJ_REPLICA)
		nfha_inject_restore(obj, ct);
	nfha_table_unlock(table, bucket);
}

/**
 * nfha_sweep_restore - give all replicas their real timeouts
 * @repl: instance; its works are stopped
 *
 * Context: may sleep.
 */
void nfha_sweep_restore(struct nfha_repl *repl)
{
	struct nfha_walk walk = {};

	while (nfha_walk_slice(&walk, repl->net, NFHA_SWEEP_SLICE, nfha_sweep_restore_one, repl))
		cond_resched();
}
