// SPDX-License-Identifier: GPL-2.0
/*
 * sweep.c - finds what events do not tell
 *
 * Window movement and refreshed timeouts emit no event; entries can exist without
 * the extension that emits events, and rulesets can narrow them. After a takeover
 * sweeps also give replicas their real timeouts and narrow their windows.
 *
 * A sweep looks at the connections whose windows move, and goes on with a lap around
 * the whole table, which takes little of a processor and so some seconds. After a
 * takeover each sweep is a lap, as long as that finds anything to do.
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
#define NFHA_LAP_SHARE		100	/* of a processor's time laps take one part in so many */
#define NFHA_LAP_MAX_NS		(20 * NSEC_PER_SEC)	/* then the rest takes ten times that share */
#define NFHA_HURRY_NS		(30 * NSEC_PER_SEC)	/* after a takeover */
#define NFHA_YOUNG_EVERY	8	/* sweeps: what may begin to run is looked at */
#define NFHA_LOOK_MAX		8	/* busy connections of a bucket; others wait for a lap */
#define NFHA_TCP_RUNS		(NFHA_TCP_SLACK / 64)	/* moved since it was sent: it is busy */
#define NFHA_SWEEP_SHARE	10	/* of a processor's time all of it takes one part in so many */

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

/* A connection that a sweep looks at; its bucket is locked. */
struct nfha_look {
	struct nf_conn	*ct;
	struct nfha_key	key;
	u32		bucket;
	bool		lap;
};

/* How often the connection is looked at from now on. */
static void nfha_sweep_watch(struct nfha_repl *repl, struct nfha_obj *obj,
			     const struct nfha_look *look, u32 moved, bool running)
{
	bool busy = obj->flags & NFHA_OBJ_BUSY;

	if (running && moved > NFHA_TCP_RUNS) {
		nfha_table_watch(&repl->table, look->bucket, obj, NFHA_OBJ_BUSY);
		return;
	}
	if (!look->lap && running)
		return;
	/* A whole lap passes before what was established is old. */
	if (obj->flags & NFHA_OBJ_FRESH && running)
		obj->flags &= ~(NFHA_OBJ_BUSY | NFHA_OBJ_FRESH);
	else
		obj->flags &= ~(NFHA_OBJ_BUSY | NFHA_OBJ_YOUNG | NFHA_OBJ_FRESH);
	/* It was sent a moment ago, perhaps, and runs on. */
	if (running && busy)
		nfha_table_watch(&repl->table, look->bucket, obj, NFHA_OBJ_YOUNG);
}

/* Either side may go on sending. */
static bool nfha_sweep_is_open(u8 state)
{
	return state >= TCP_CONNTRACK_ESTABLISHED && state <= TCP_CONNTRACK_CLOSE_WAIT;
}

/*
 * The windows moved by more than an eighth of the slack that the replica has; for a
 * lap less is enough, lest a connection that rests again looks as if it ran on.
 * Racy reads: a torn pair only brings the refresh a sweep earlier or later.
 */
static bool nfha_sweep_moved(struct nfha_repl *repl, struct nfha_obj *obj,
			     const struct nfha_look *look)
{
	const struct nf_conn *ct = look->ct;
	u32 moved = 0;
	int i;

	if (nf_ct_protonum(ct) != IPPROTO_TCP)
		return false;
	for (i = 0; i < 2; i++)
		moved = max(moved, nfha_tcp_end(&ct->proto.tcp, i) - obj->end[i]);
	/* Of one that was not looked at lately nobody knows how fast it is. */
	if (moved <= NFHA_TCP_SLACK / 2)
		obj->flags &= ~NFHA_OBJ_FAST;
	else if (obj->flags & NFHA_OBJ_BUSY)
		obj->flags |= NFHA_OBJ_FAST;
	nfha_sweep_watch(repl, obj, look, moved,
			 nfha_sweep_is_open(READ_ONCE(ct->proto.tcp.state)));
	return moved > (look->lap ? NFHA_TCP_RUNS : NFHA_TCP_SLACK / 8);
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

/* One connection; returns true when it has to be queued. */
static bool nfha_sweep_obj(struct nfha_repl *repl, struct nfha_obj *obj,
			   const struct nfha_look *look)
{
	struct nf_conn *ct = look->ct;

	obj->sweep = repl->sweep.number;
	if (obj->flags & NFHA_OBJ_REPLICA) {
		nfha_inject_restore(obj, ct);
		repl->sweep.left = true;
	}
	if (nf_ct_protonum(ct) == IPPROTO_TCP && nfha_inject_is_wide(ct)) {
		if (nfha_inject_narrow(obj, ct))
			nfha_count(repl->nn, SWEEP_NARROWED);
		repl->sweep.left = true;
	}
	if (!repl->sweep.epoch || obj->flags & NFHA_OBJ_DIRTY)
		return false;
	/* Sent before it was left out: the worker takes it back. */
	if (nfha_http_is_left_out(repl->nn, &look->key))
		return !(obj->flags & NFHA_OBJ_GONE);
	if (obj->epoch != repl->sweep.epoch || obj->sum != nfha_sweep_sum(ct)) {
		nfha_count(repl->nn, SWEEP_FOUND);
		return true;
	}
	if (nfha_sweep_moved(repl, obj, look) || nfha_sweep_refreshed(obj, ct)) {
		nfha_count(repl->nn, SWEEP_REFRESHED);
		return true;
	}
	return false;
}

static bool nfha_sweep_wanted(const struct nfha_repl *repl)
{
	return !READ_ONCE(repl->stopping) && READ_ONCE(repl->role) == NFHA_ROLE_ACTIVE;
}

static void nfha_sweep_ct(struct nfha_repl *repl, struct nf_conn *ct, bool lap)
{
	struct nfha_look look = { .ct = ct, .lap = lap };
	struct nfha_table *table = &repl->table;
	struct nfha_obj *obj;
	bool mark = false;

	/* A unit that was just demoted receives replicas: they keep their grace. */
	if (!nfha_sweep_wanted(repl))
		return;
	rcu_read_lock();
	nfha_capture_keep_masq(repl->nn, ct);
	nfha_key_of(ct, &look.key);
	look.bucket = nfha_table_bucket(table, &look.key);
	nfha_table_lock(table, look.bucket);
	obj = nfha_table_find(table, look.bucket, &look.key);
	if (obj)
		mark = nfha_sweep_obj(repl, obj, &look);
	nfha_table_unlock(table, look.bucket);
	if (!obj && repl->sweep.epoch && nfha_capture_sends(repl->nn, &look.key)) {
		nfha_count(repl->nn, SWEEP_FOUND);
		mark = true;
	}
	if (mark)
		nfha_mark(repl, &look.key, NFHA_MARK_CHANGED, NFHA_HASTE_SLOW, 0);
	rcu_read_unlock();
}

/* -- what may move its windows */

/* Is it this sweep's turn? Bucket locked. */
static bool nfha_sweep_is_due(const struct nfha_sweep *sweep, u32 bucket,
			      const struct nfha_obj *obj)
{
	return obj->flags & NFHA_OBJ_BUSY ||
	       (obj->flags & NFHA_OBJ_YOUNG &&
		(bucket + sweep->count) % NFHA_YOUNG_EVERY == 0);
}

static void nfha_sweep_look_bucket(struct nfha_repl *repl, u32 bucket)
{
	struct nfha_table *table = &repl->table;
	struct nfha_key keys[NFHA_LOOK_MAX];
	unsigned int due = 0, i;
	struct nfha_obj *obj;
	bool watched = false;
	struct nf_conn *ct;

	nfha_table_lock(table, bucket);
	for (obj = table->buckets[bucket]; obj; obj = obj->next) {
		watched |= obj->flags & (NFHA_OBJ_BUSY | NFHA_OBJ_YOUNG);
		if (due < NFHA_LOOK_MAX && nfha_sweep_is_due(&repl->sweep, bucket, obj))
			nfha_obj_key(obj, &keys[due++]);
	}
	if (!watched)
		clear_bit(bucket, table->busy);
	nfha_table_unlock(table, bucket);
	/* Without the lock: conntrack may end what expired, and the event comes back to us. */
	for (i = 0; i < due; i++) {
		ct = nfha_key_find(&keys[i], repl->net);
		if (!ct)
			continue;
		nfha_sweep_ct(repl, ct, false);
		nf_ct_put(ct);
	}
}

static void nfha_sweep_look(struct nfha_repl *repl)
{
	struct nfha_table *table = &repl->table;
	unsigned int done = 0;
	u32 bucket;

	repl->sweep.count++;
	if (!repl->sweep.epoch)
		return;
	for_each_set_bit(bucket, table->busy, table->size) {
		if (!nfha_sweep_wanted(repl))
			return;
		nfha_sweep_look_bucket(repl, bucket);
		if (++done % NFHA_SWEEP_SLICE == 0)
			cond_resched();
	}
}

/* -- a lap around the table */

static void nfha_sweep_lap_one(struct nf_conn *ct, void *arg)
{
	nfha_sweep_ct(arg, ct, true);
}

/* Objects that no lap of this number saw: their connection is gone. */
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
			    obj->flags & (NFHA_OBJ_GONE | NFHA_OBJ_DIRTY) ||
			    !nfha_transit_get(obj, i))
				continue;
			/* The worker looks again before it tells the peer. */
			nfha_count(repl->nn, SWEEP_GONE);
			obj->flags |= NFHA_OBJ_GONE;
			nfha_queue_add(repl, obj, NFHA_HASTE_SLOW);
		}
		nfha_table_unlock(table, i);
	}
}

/* Begins a lap when one is due. Returns true when one is under way. */
static bool nfha_sweep_begin_lap(struct nfha_sweep *sweep, u64 now, bool hurry)
{
	u64 pause = (u64)READ_ONCE(nfha_sweep_lap_ms) * NSEC_PER_MSEC;

	if (sweep->lapping)
		return true;
	if (!hurry && now < sweep->lap_began + pause)
		return false;
	WRITE_ONCE(sweep->number, sweep->number + 1);
	sweep->lap_epoch = sweep->epoch;
	sweep->lap_began = now;
	sweep->lap_spent = 0;
	sweep->left = false;
	memset(&sweep->walk, 0, sizeof(sweep->walk));
	sweep->lapping = true;
	return true;
}

/* ns that a sweep may take without another pause than usual. */
static u64 nfha_sweep_slice(void)
{
	return (u64)READ_ONCE(nfha_sweep_ms) * NSEC_PER_MSEC / NFHA_SWEEP_SHARE;
}

/* Goes on with the lap for as long as its share of the time allows. */
static void nfha_sweep_lap(struct nfha_repl *repl)
{
	struct nfha_sweep *sweep = &repl->sweep;
	u64 lasts, overdue, spent = 0, begin = ktime_get_ns();
	bool hurry = begin < max(sweep->hurry_until, sweep->settle_until);

	if (!nfha_sweep_begin_lap(sweep, begin, hurry))
		return;
	lasts = begin - sweep->lap_began;
	overdue = lasts > NFHA_LAP_MAX_NS ? nfha_sweep_slice() : 0;
	while (hurry || spent < overdue ||
	       sweep->lap_spent + spent <= div_u64(lasts, NFHA_LAP_SHARE)) {
		if (!nfha_walk_slice(&sweep->walk, repl->net, NFHA_SWEEP_SLICE,
				     nfha_sweep_lap_one, repl)) {
			sweep->lapping = false;
			if (!sweep->left)
				sweep->hurry_until = 0;
			break;
		}
		if (!nfha_sweep_wanted(repl))
			return;
		cond_resched();
		spent = ktime_get_ns() - begin;
	}
	sweep->lap_spent += spent;
	if (!sweep->lapping && sweep->lap_epoch && sweep->lap_epoch == READ_ONCE(repl->tx.epoch))
		nfha_sweep_reap(repl);
}

/* Jiffies to the next sweep. */
static unsigned long nfha_sweep_pause(u64 took)
{
	u64 ms = div_u64(took * (NFHA_SWEEP_SHARE - 1), NSEC_PER_MSEC);

	return msecs_to_jiffies(clamp_t(u64, ms, READ_ONCE(nfha_sweep_ms), NFHA_SWEEP_MAX_MS));
}

static void nfha_sweep_work(struct work_struct *work)
{
	struct nfha_repl *repl = container_of(work, struct nfha_repl, sweep.work.work);
	struct nfha_sweep *sweep = &repl->sweep;
	u64 begin = ktime_get_ns();
	u32 epoch;

	if (!nfha_sweep_wanted(repl))
		return;
	if (READ_ONCE(sweep->restart)) {
		WRITE_ONCE(sweep->restart, false);
		sweep->lapping = false;
		sweep->hurry_until = begin + NFHA_HURRY_NS;
	}
	/* Before the bulk walk is through, what was not sent is not a finding. */
	epoch = READ_ONCE(repl->capture) && nfha_bulk_is_walked(repl) ?
		READ_ONCE(repl->tx.epoch) : 0;
	/* Of what was just sent a lap at once says what runs. */
	if (epoch && epoch != sweep->epoch) {
		sweep->lapping = false;
		sweep->settle_until = begin + NSEC_PER_SEC;
	}
	sweep->epoch = epoch;
	nfha_sweep_look(repl);
	nfha_sweep_lap(repl);
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
	WRITE_ONCE(repl->sweep.restart, true);
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
