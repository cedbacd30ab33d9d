// SPDX-License-Identifier: GPL-2.0
/*
 * digest.c - are the tables of both units equal?
 *
 * Both walk their conntrack tables and add up the digests of the connections in
 * each range of positions. The active unit sends its sums, the standby compares.
 * Sums that differ are nothing: a connection changed between the two walks. A range
 * differs when neither side's sum changed from one round to the next, when all that
 * was sent by the first of them had arrived, and the two are not the same. Then it is
 * repaired (repair.c).
 */
#include <net/netfilter/nf_conntrack_core.h>

#include "expect.h"
#include "inject.h"
#include "nfha.h"
#include "params.h"
#include "record.h"
#include "repl_inst.h"

#define NFHA_DIGEST_SLICE	64	/* buckets between two chances to reschedule */
#define NFHA_DIGEST_PER_RANGE	16	/* connections aimed at */
/* Of a round's records the first one does not wait longer for the last one. */
#define NFHA_DIGEST_WAIT_NS	(20 * NSEC_PER_MSEC)
#define NFHA_DIGEST_ASK_NS	NSEC_PER_SEC
#define NFHA_DIGEST_NEVER	U32_MAX
#define NFHA_DIGEST_UNHEARD	8	/* rounds without an answer: nobody compares */
#define NFHA_DIGEST_CALM	4	/* times the pause, while connections come and go as usual */
#define NFHA_DIGEST_CALM_SHARE	5	/* then walks take one part in so many of their share */
/* While nothing changes walks take one part in so many of a processor's time. */
#define NFHA_DIGEST_REST_SHARE	500
#define NFHA_DIGEST_REST_MAX_NS	(60 * NSEC_PER_SEC)
#define NFHA_DIGEST_SOON_NS	(5 * NSEC_PER_SEC)	/* a change by hand is found and undone */

/**
 * nfha_digest_pos - position of a connection (nfha_wire.h)
 * @seed: key of the hash
 * @key: connection
 *
 * Context: any.
 */
u64 nfha_digest_pos(const siphash_key_t *seed, const struct nfha_key *key)
{
	struct nfha_key wire = *key;

	wire.zone = (__force u16)cpu_to_be16(key->zone);
	return siphash(&wire, sizeof(wire), seed);
}

static void nfha_digest_addr(u8 *to, u8 family, const union nf_inet_addr *addr)
{
	memcpy(to, addr, family == AF_INET ? sizeof(addr->ip) : sizeof(addr->in6));
}

static void nfha_digest_ext(struct nfha_digest_ct *d, const siphash_key_t *seed,
			    const struct nfha_ext *ext)
{
	int i;

	BUILD_BUG_ON(ARRAY_SIZE(d->labels) != ARRAY_SIZE(ext->labels));
	for (i = 0; i < ARRAY_SIZE(d->labels); i++)
		d->labels[i] = cpu_to_be32(ext->labels[i]);
	memcpy(d->helper, ext->helper, sizeof(d->helper));
	if (ext->has & NFHA_EXT_MASTER)
		d->master = cpu_to_be64(nfha_digest_pos(seed, &ext->master));
	if (ext->has & NFHA_EXT_SEQADJ)
		nfha_ext_put_offsets(d->seqadj, &ext->seqadj);
	if (ext->has & NFHA_EXT_SYNPROXY) {
		d->synproxy[0] = cpu_to_be32(ext->synproxy.isn);
		d->synproxy[1] = cpu_to_be32(ext->synproxy.its);
		d->synproxy[2] = cpu_to_be32(ext->synproxy.tsoff);
	}
	d->policy = nfha_policy_digest(seed, &ext->policy);
}

/**
 * nfha_digest_ct - digest of a connection: of all that lasts (nfha_wire.h)
 * @seed: key of the hash
 * @pos: its position, which stands for its key
 * @ct: connection, as nfha_ct_read() has it
 * @expects: nfha_expect_sum()
 *
 * Timeouts, windows and counters change without being sent at once, and are not in it.
 *
 * Context: any.
 */
u64 nfha_digest_ct(const siphash_key_t *seed, u64 pos, const struct nfha_ct *ct, u64 expects)
{
	struct nfha_digest_ct d = {
		.pos		= cpu_to_be64(pos),
		.reply_sport	= ct->reply.src.u.all,
		.reply_dport	= ct->reply.dst.u.all,
		.status		= cpu_to_be32(ct->status),
		.mark		= cpu_to_be32(ct->mark),
		.expects	= cpu_to_be64(expects),
	};

	nfha_digest_addr(d.reply_src, ct->key.family, &ct->reply.src.u3);
	nfha_digest_addr(d.reply_dst, ct->key.family, &ct->reply.dst.u3);
	if (ct->has & NFHA_HAS_TCP) {
		d.tcp_state = ct->proto.tcp.state;
		d.tcp_scale[0] = ct->proto.tcp.seen[0].td_scale;
		d.tcp_scale[1] = ct->proto.tcp.seen[1].td_scale;
	} else if (ct->has & NFHA_HAS_SCTP) {
		d.sctp_state = ct->proto.sctp.state;
		d.vtag[0] = ct->proto.sctp.vtag[0];
		d.vtag[1] = ct->proto.sctp.vtag[1];
	}
	nfha_digest_ext(&d, seed, &ct->ext);
	return siphash(&d, sizeof(d), seed);
}

/**
 * nfha_digest_is_sender - this unit sends sums
 * @repl: instance
 *
 * Context: link worker.
 */
bool nfha_digest_is_sender(const struct nfha_repl *repl)
{
	return repl->tx.epoch && repl->bulk.done && repl->rx.peer && READ_ONCE(repl->capture);
}

/**
 * nfha_digest_is_receiver - this unit compares with the peer's sums
 * @repl: instance
 *
 * Context: link worker.
 */
bool nfha_digest_is_receiver(const struct nfha_repl *repl)
{
	enum nfha_role role = READ_ONCE(repl->role);

	return !repl->tx.epoch && repl->rx.epoch && repl->rx.peer &&
	       repl->rx.bulk == NFHA_BULK_DONE &&
	       (role == NFHA_ROLE_STANDBY || role == NFHA_ROLE_STAGED);
}

/* Of the generation that is sent or received; 0: none. */
static u32 nfha_digest_epoch(const struct nfha_repl *repl)
{
	if (nfha_digest_is_sender(repl))
		return repl->tx.epoch;
	return nfha_digest_is_receiver(repl) ? repl->rx.epoch : 0;
}

/* -- the walk */

static void nfha_digest_one(struct nf_conn *conn, void *arg)
{
	struct nfha_repl *repl = arg;
	struct nfha_digest *d = repl->digest;
	struct nfha_ct ct;
	u64 pos, sum;
	u32 range;

	rcu_read_lock();
	nfha_ct_read(conn, &ct);
	if (!nfha_inject_supports(ct.key.proto) || !nfha_purge_is_shared(repl, &ct.key))
		goto out;
	pos = nfha_digest_pos(&d->seed, &ct.key);
	sum = nfha_digest_ct(&d->seed, pos, &ct, nfha_expect_sum(conn, &d->seed));
	if (d->task == NFHA_TASK_SUM) {
		range = nfha_digest_range(d, pos);
		d->mine.sum[range] += sum;
		d->count[range]++;
	} else {
		nfha_repair_one(repl, &ct.key, pos, sum);
	}
out:
	rcu_read_unlock();
}

static void nfha_digest_work(struct work_struct *work)
{
	struct nfha_digest *d = container_of(work, struct nfha_digest, work);
	struct nfha_repl *repl = d->repl;
	struct nfha_walk walk = {};

	while (nfha_walk_slice(&walk, repl->net, NFHA_DIGEST_SLICE, nfha_digest_one, repl)) {
		if (READ_ONCE(repl->stopping))
			return;
		cond_resched();
	}
	/* All that was written before this belongs to the link worker again. */
	smp_store_release(&d->running, false);
	nfha_repl_kick(repl);
}

/**
 * nfha_digest_start - begin to walk
 * @repl: instance; no walk is running
 * @task: what for
 * @now: ns
 *
 * Context: link worker.
 */
void nfha_digest_start(struct nfha_repl *repl, enum nfha_digest_task task, u64 now)
{
	struct nfha_digest *d = repl->digest;

	if (task == NFHA_TASK_SUM) {
		d->before = d->mine;
		memset(d->mine.sum, 0, sizeof(d->mine.sum));
		memset(d->count, 0, sizeof(d->count));
		bitmap_fill(d->mine.have, NFHA_DIGEST_RANGES);
		d->mine.seq = repl->rx.win.cumulative;
	}
	d->task = task;
	d->begun = now;
	d->running = true;
	queue_work(nfha_wq, &d->work);
}

/* -- the sender */

/* Few connections do not need many sums. A change costs the comparison one round. */
static void nfha_digest_scale(struct nfha_repl *repl)
{
	u32 objects = atomic_read(&repl->table.count);
	struct nfha_digest *d = repl->digest;
	u32 aim = objects / NFHA_DIGEST_PER_RANGE;

	while (d->bits < NFHA_DIGEST_BITS_MAX && aim > 2 << d->bits)
		d->bits++;
	while (d->bits > NFHA_DIGEST_BITS_MIN && aim < (1 << d->bits) / 4)
		d->bits--;
}

static void nfha_digest_send(struct nfha_repl *repl)
{
	struct nfha_digest *d = repl->digest;
	struct nfha_rec_digest *rec;
	u32 first = 0, i, n;
	u8 *p, *end;

	d->round++;
	d->again = NFHA_AGAIN_CALM;
	while (first < 1U << d->bits) {
		p = nfha_xmit_open(repl, &end);
		rec = (struct nfha_rec_digest *)p;
		n = min_t(u32, (end - p - sizeof(*rec)) / sizeof(rec->sum[0]),
			  (1U << d->bits) - first);
		*rec = (struct nfha_rec_digest) {
			.h.type	= NFHA_REC_DIGEST,
			.h.len	= cpu_to_be16(struct_size(rec, sum, n)),
			.round	= cpu_to_be32(d->round),
			.first	= cpu_to_be32(first),
			.bits	= d->bits,
			.seed	= { cpu_to_be64(d->seed.key[0]), cpu_to_be64(d->seed.key[1]) },
			.seq	= cpu_to_be64(repl->tx.next - 1),
		};
		for (i = 0; i < n; i++)
			rec->sum[i] = cpu_to_be64(d->mine.sum[first + i]);
		if (nfha_xmit_close(repl, p + struct_size(rec, sum, n)))
			return;
		first += n;
	}
	nfha_count(repl->nn, DIGEST_ROUNDS);
}

/* When the next walk is due: soon while the tables differ, late while nothing changes. */
static u64 nfha_digest_next(const struct nfha_repl *repl)
{
	const struct nfha_digest *d = repl->digest;

	if (d->round - d->answered > NFHA_DIGEST_UNHEARD)
		return d->next[NFHA_AGAIN_CALM];
	if (d->state != NFHA_DIGEST_EQUAL)
		return d->next[NFHA_AGAIN_SOON];
	if (d->again == NFHA_AGAIN_REST && repl->tx.version != d->version)
		return d->next[NFHA_AGAIN_CALM];
	return d->next[d->again];
}

/* The sums were sent. Walks take a small share of a processor at most. */
static void nfha_digest_plan(struct nfha_digest *d, u64 now)
{
	u64 least = (u64)READ_ONCE(nfha_digest_ms) * NSEC_PER_MSEC;
	u32 percent = READ_ONCE(nfha_digest_percent);

	d->next[NFHA_AGAIN_SOON] = now + max(least, div_u64(d->took * (100 - percent), percent));
	d->next[NFHA_AGAIN_CALM] = now + max(NFHA_DIGEST_CALM * least,
					     div_u64(d->took * (NFHA_DIGEST_CALM_SHARE * 100 - percent),
						     percent));
	d->next[NFHA_AGAIN_REST] = now + max(NFHA_DIGEST_CALM * least,
					     min_t(u64, d->took * NFHA_DIGEST_REST_SHARE,
						   NFHA_DIGEST_REST_MAX_NS));
}

static int nfha_digest_get_state(struct nfha_repl *repl, const struct nfha_rec_hdr *h,
				 struct nfha_cursor *body)
{
	const struct nfha_rec_digest_state *rec = (const struct nfha_rec_digest_state *)h;
	struct nfha_digest *d = repl->digest;
	u64 now = ktime_get_boottime_ns();
	u32 age;

	if (!nfha_take(body, sizeof(*rec) - sizeof(*h)) || rec->state > NFHA_DIGEST_DIFFERENT)
		return -EINVAL;
	WRITE_ONCE(d->state, rec->state);
	d->answered = d->round;
	if (be32_to_cpu(rec->round) == d->round)
		d->again = min_t(u8, rec->again, NFHA_AGAIN_SOON);
	WRITE_ONCE(d->differ, be32_to_cpu(rec->differ));
	age = be32_to_cpu(rec->age_ms);
	if (age != NFHA_DIGEST_NEVER)
		WRITE_ONCE(d->matched_ns, now - min_t(u64, now - 1, (u64)age * NSEC_PER_MSEC));
	return 0;
}

/* -- the receiver */

static void nfha_digest_put_state(struct nfha_repl *repl)
{
	struct nfha_digest *d = repl->digest;
	struct nfha_rec_digest_state *rec;
	u64 age = U64_MAX;
	u8 *p, *end;

	if (d->matched_ns)
		age = div_u64(ktime_get_boottime_ns() - d->matched_ns, NSEC_PER_MSEC);
	p = nfha_xmit_open(repl, &end);
	rec = (struct nfha_rec_digest_state *)p;
	*rec = (struct nfha_rec_digest_state) {
		.h.type	= NFHA_REC_DIGEST_STATE,
		.h.len	= cpu_to_be16(sizeof(*rec)),
		.round	= cpu_to_be32(d->round),
		.state	= d->state,
		.bits	= d->bits,
		.again	= d->again,
		.differ	= cpu_to_be32(d->differ),
		.age_ms	= cpu_to_be32(min_t(u64, age, NFHA_DIGEST_NEVER)),
	};
	nfha_xmit_close(repl, p + sizeof(*rec));
	d->asked = ktime_get_ns();
}

/* The sender rests for long when all is equal: tell it that it may not be any more. */
static void nfha_digest_ask(struct nfha_repl *repl, u64 now)
{
	struct nfha_digest *d = repl->digest;
	u8 before = d->again;

	if (READ_ONCE(d->stirred)) {
		WRITE_ONCE(d->stirred, false);
		d->soon_until = now + NFHA_DIGEST_SOON_NS;
		d->again = NFHA_AGAIN_SOON;
	}
	/* However often it is stirred, it asks at once for the first time only. */
	if (d->again == NFHA_AGAIN_REST ||
	    (d->again == before && now < d->asked + NFHA_DIGEST_ASK_NS))
		return;
	nfha_digest_put_state(repl);
}

/* Both sides' sums stayed what they were for a round: nothing is on its way any more. */
static bool nfha_digest_is_settled(const struct nfha_digest *d, u32 range)
{
	return test_bit(range, d->earlier.have) && test_bit(range, d->before.have) &&
	       d->theirs.sum[range] == d->earlier.sum[range] &&
	       d->mine.sum[range] == d->before.sum[range] && d->mine.seq >= d->earlier.seq;
}

static void nfha_digest_judge(struct nfha_repl *repl, u64 now)
{
	struct nfha_digest *d = repl->digest;
	u32 range, differ, ranges = 1U << d->bits;

	d->again = bitmap_full(d->theirs.have, ranges) ? NFHA_AGAIN_REST : NFHA_AGAIN_CALM;
	for_each_set_bit(range, d->theirs.have, ranges) {
		if (d->mine.sum[range] == d->theirs.sum[range]) {
			__set_bit(range, d->equal);
			__clear_bit(range, d->bad);
			continue;
		}
		d->again = now < d->soon_until ? NFHA_AGAIN_SOON : NFHA_AGAIN_CALM;
		if (nfha_digest_is_settled(d, range) && !__test_and_set_bit(range, d->bad))
			nfha_count(repl->nn, DIGEST_MISMATCHES);
	}
	differ = bitmap_weight(d->bad, ranges);
	if (!differ && bitmap_full(d->equal, ranges)) {
		bitmap_zero(d->equal, ranges);
		d->matched = true;
		WRITE_ONCE(d->matched_ns, ktime_get_boottime_ns());
	}
	WRITE_ONCE(d->differ, differ);
	WRITE_ONCE(d->state, differ ? NFHA_DIGEST_DIFFERENT :
			     d->matched ? NFHA_DIGEST_EQUAL : NFHA_DIGEST_COMPARING);
	nfha_count(repl->nn, DIGEST_ROUNDS);
	nfha_digest_put_state(repl);
}

/* Other sums than before: what was compared means nothing any more. */
static void nfha_digest_rescale(struct nfha_digest *d, const struct nfha_rec_digest *rec)
{
	d->seed.key[0] = be64_to_cpu(rec->seed[0]);
	d->seed.key[1] = be64_to_cpu(rec->seed[1]);
	d->bits = rec->bits;
	bitmap_zero(d->mine.have, NFHA_DIGEST_RANGES);
	bitmap_zero(d->theirs.have, NFHA_DIGEST_RANGES);
	bitmap_zero(d->equal, NFHA_DIGEST_RANGES);
	bitmap_zero(d->bad, NFHA_DIGEST_RANGES);
	bitmap_zero(d->repair.wanted, NFHA_DIGEST_RANGES);
}

static bool nfha_digest_is_other(const struct nfha_digest *d, const struct nfha_rec_digest *rec)
{
	return rec->bits != d->bits || be64_to_cpu(rec->seed[0]) != d->seed.key[0] ||
	       be64_to_cpu(rec->seed[1]) != d->seed.key[1];
}

static int nfha_digest_get_sums(struct nfha_repl *repl, const struct nfha_rec_hdr *h,
				struct nfha_cursor *body, u64 now)
{
	const struct nfha_rec_digest *rec = (const struct nfha_rec_digest *)h;
	struct nfha_digest *d = repl->digest;
	u32 round, first, n, i;

	if (!nfha_take(body, sizeof(*rec) - sizeof(*h)) ||
	    rec->bits < NFHA_DIGEST_BITS_MIN || rec->bits > NFHA_DIGEST_BITS_MAX)
		return -EINVAL;
	round = be32_to_cpu(rec->round);
	first = be32_to_cpu(rec->first);
	n = (body->end - body->p) / sizeof(rec->sum[0]);
	if (first >= 1U << rec->bits || n > (1U << rec->bits) - first)
		return -EINVAL;
	if ((s32)(round - d->round) < 0)
		return 0;
	if (nfha_digest_is_other(d, rec)) {
		/* The walk that runs adds up otherwise. */
		if (nfha_digest_is_running(d)) {
			nfha_count(repl->nn, DIGEST_SKIPPED);
			return 0;
		}
		nfha_digest_rescale(d, rec);
	}
	if (round != d->round) {
		d->round = round;
		d->earlier = d->theirs;
		bitmap_zero(d->theirs.have, NFHA_DIGEST_RANGES);
		d->theirs.seq = be64_to_cpu(rec->seq);
		d->fresh = true;
		d->fresh_at = now;
	}
	for (i = 0; i < n; i++)
		d->theirs.sum[first + i] = be64_to_cpu(rec->sum[i]);
	bitmap_set(d->theirs.have, first, n);
	return 0;
}

/* -- both */

static void nfha_digest_reset(struct nfha_repl *repl, u32 epoch)
{
	struct nfha_digest *d = repl->digest;

	d->epoch = epoch;
	d->task = NFHA_TASK_NONE;
	memset(d->next, 0, sizeof(d->next));
	/* The sender's only grows: a receiver that was not reset takes no older one. */
	if (nfha_digest_is_receiver(repl))
		d->round = 0;
	d->answered = d->round;
	d->fresh = false;
	d->again = NFHA_AGAIN_REST;
	d->soon_until = 0;
	d->bits = NFHA_DIGEST_BITS_MIN;
	get_random_bytes(&d->seed, sizeof(d->seed));
	bitmap_zero(d->mine.have, NFHA_DIGEST_RANGES);
	bitmap_zero(d->theirs.have, NFHA_DIGEST_RANGES);
	bitmap_zero(d->equal, NFHA_DIGEST_RANGES);
	bitmap_zero(d->bad, NFHA_DIGEST_RANGES);
	d->matched = false;
	WRITE_ONCE(d->differ, 0);
	WRITE_ONCE(d->state, epoch ? NFHA_DIGEST_COMPARING : NFHA_DIGEST_NONE);
	d->repair.num_intervals = 0;
	d->repair.num_items = 0;
	d->repair.num_extras = 0;
	d->repair.num_asks = 0;
	bitmap_zero(d->repair.wanted, NFHA_DIGEST_RANGES);
}

/* A walk came to its end. */
static void nfha_digest_done(struct nfha_repl *repl, u64 now)
{
	struct nfha_digest *d = repl->digest;
	enum nfha_digest_task task = d->task;

	if (task != NFHA_TASK_SUM) {
		nfha_repair_done(repl);
	} else {
		d->took = now - d->begun;
		if (nfha_digest_is_sender(repl))
			nfha_digest_send(repl);
		else
			nfha_digest_judge(repl, now);
	}
	d->task = NFHA_TASK_NONE;
	if (task == NFHA_TASK_SUM && nfha_digest_is_sender(repl))
		nfha_digest_plan(d, now);
	else if (task == NFHA_TASK_SUM)
		nfha_repair_begin(repl, now);
}

static bool nfha_digest_is_due(const struct nfha_repl *repl, u64 now)
{
	const struct nfha_digest *d = repl->digest;

	if (nfha_digest_is_sender(repl))
		return now >= nfha_digest_next(repl);
	return d->fresh && (bitmap_full(d->theirs.have, 1U << d->bits) ||
			    now >= d->fresh_at + NFHA_DIGEST_WAIT_NS);
}

/**
 * nfha_digest_run - go on with the comparison
 * @repl: instance
 * @now: ns
 *
 * Context: link worker.
 */
void nfha_digest_run(struct nfha_repl *repl, u64 now)
{
	struct nfha_digest *d = repl->digest;
	u32 epoch = nfha_digest_epoch(repl);

	if (nfha_digest_is_running(d))
		return;
	if (epoch != d->epoch)
		nfha_digest_reset(repl, epoch);
	if (!epoch)
		return;
	if (d->task != NFHA_TASK_NONE)
		nfha_digest_done(repl, now);
	if (d->running)
		return;
	if (!nfha_digest_is_sender(repl))
		nfha_digest_ask(repl, now);
	if (nfha_repair_due(repl) <= now) {
		nfha_repair_go_on(repl, now);
	} else if (nfha_digest_is_due(repl, now)) {
		d->fresh = false;
		if (nfha_digest_is_sender(repl)) {
			nfha_digest_scale(repl);
			d->version = repl->tx.version;
		}
		nfha_digest_start(repl, NFHA_TASK_SUM, now);
	}
}

/**
 * nfha_digest_stir - somebody else changed a connection of a unit that is not active
 * @repl: instance
 *
 * Context: any. Compares soon.
 */
void nfha_digest_stir(struct nfha_repl *repl)
{
	struct nfha_digest *d = repl->digest;

	if (READ_ONCE(d->stirred))
		return;
	WRITE_ONCE(d->stirred, true);
	nfha_repl_kick(repl);
}

/**
 * nfha_digest_deadline - when nfha_digest_run() is due
 * @repl: instance
 *
 * Context: link worker. Return: ns, or U64_MAX.
 */
u64 nfha_digest_deadline(const struct nfha_repl *repl)
{
	const struct nfha_digest *d = repl->digest;
	u64 due = U64_MAX;

	if (READ_ONCE(d->running) || !nfha_digest_epoch(repl))
		return due;
	if (nfha_digest_is_sender(repl))
		due = nfha_digest_next(repl);
	else if (d->fresh)
		due = d->fresh_at + NFHA_DIGEST_WAIT_NS;
	else if (d->again != NFHA_AGAIN_REST)
		due = d->asked + NFHA_DIGEST_ASK_NS;
	return min(due, nfha_repair_due(repl));
}

/**
 * nfha_digest_receive - a record of the comparison arrived
 * @repl: instance
 * @frame: that it was in
 * @h: its header
 * @body: what follows the header
 * @now: ns
 *
 * Context: link worker. Return: 0, or -EINVAL: malformed.
 */
int nfha_digest_receive(struct nfha_repl *repl, const struct nfha_frame *frame,
			const struct nfha_rec_hdr *h, struct nfha_cursor *body, u64 now)
{
	bool sender = nfha_digest_is_sender(repl);
	struct nfha_digest *d = repl->digest;

	/* Of another generation, or too early: it comes again. */
	if (nfha_digest_epoch(repl) != d->epoch || !d->epoch ||
	    frame->generation != (sender ? repl->tx.generation : repl->rx.generation))
		return 0;
	switch (h->type) {
	case NFHA_REC_DIGEST:
		return sender ? 0 : nfha_digest_get_sums(repl, h, body, now);
	case NFHA_REC_EXTRA:
		return sender ? 0 : nfha_repair_extra(repl, body);
	case NFHA_REC_DIGEST_STATE:
		return sender ? nfha_digest_get_state(repl, h, body) : 0;
	case NFHA_REC_LIST:
		return sender ? nfha_repair_list(repl, h, body, now) : 0;
	case NFHA_REC_ASK:
		return sender ? nfha_repair_ask(repl, h, body) : 0;
	default:
		return 0;
	}
}

/**
 * nfha_digest_init - prepare
 * @repl: instance
 *
 * Context: may sleep. Return: 0 or -ENOMEM.
 */
int nfha_digest_init(struct nfha_repl *repl)
{
	struct nfha_digest *d = kvzalloc(sizeof(*d), GFP_KERNEL);

	if (!d)
		return -ENOMEM;
	d->repl = repl;
	d->bits = NFHA_DIGEST_BITS_MIN;
	INIT_WORK(&d->work, nfha_digest_work);
	repl->digest = d;
	return 0;
}

/**
 * nfha_digest_exit - undo nfha_digest_init()
 * @repl: instance; the walk is stopped
 *
 * Context: may sleep.
 */
void nfha_digest_exit(struct nfha_repl *repl)
{
	kvfree(repl->digest);
}
