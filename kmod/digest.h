/* SPDX-License-Identifier: GPL-2.0 */
/* digest.h - are the tables of both units equal? */
#ifndef _NFHA_DIGEST_H
#define _NFHA_DIGEST_H

#include <linux/bitmap.h>
#include <linux/siphash.h>
#include <linux/workqueue.h>
#include <linux/nfha_wire.h>

#include "table.h"
#include "walk.h"

struct nf_conn;
struct nfha_ct;
struct nfha_cursor;
struct nfha_frame;
struct nfha_repl;

#define NFHA_DIGEST_RANGES	(1U << NFHA_DIGEST_BITS_MAX)
#define NFHA_REPAIR_RANGES	256	/* in one round */
#define NFHA_REPAIR_ITEMS	8192
#define NFHA_REPAIR_EXTRAS	1024
#define NFHA_REPAIR_WAIT_NS	(5 * NSEC_PER_MSEC)	/* for the other frames of a list */

/* What a walk over conntrack is for. */
enum nfha_digest_task {
	NFHA_TASK_NONE,
	NFHA_TASK_SUM,		/* both: sums of all ranges */
	NFHA_TASK_LIST,		/* receiver of sums: what is in the ranges that differ */
	NFHA_TASK_CHECK,	/* sender: compare with the peer's lists */
	NFHA_TASK_RESOLVE,	/* receiver: which connections are at these positions */
};

/* A connection: top halves of its position and its digest. */
struct nfha_item {
	u32	pos;
	u32	sum;
};

/* All items at positions from @first to @last are items[begin] to items[end - 1]. */
struct nfha_interval {
	u32	first;
	u32	last;
	u32	begin;
	u32	end;
};

/**
 * struct nfha_repair - ranges that differ
 * @wanted: receiver: ranges to be listed
 * @intervals: sender: what the peer's lists cover, in the order they came
 * @num_intervals: how many
 * @items: own (receiver) or the peer's (sender)
 * @num_items: how many
 * @known: sender: items that this unit has, too
 * @extras: receiver: positions that the sender does not have, sorted
 * @num_extras: how many
 * @asks: receiver: the connections there
 * @num_asks: how many
 * @overflow: @items or @asks had no room
 * @cursor: receiver: range that the next choice begins with
 * @listed_at: sender: ns: when the first of @intervals arrived
 */
struct nfha_repair {
	DECLARE_BITMAP(wanted, NFHA_DIGEST_RANGES);
	struct nfha_interval	intervals[NFHA_REPAIR_RANGES];
	unsigned int		num_intervals;
	struct nfha_item	items[NFHA_REPAIR_ITEMS];
	unsigned int		num_items;
	DECLARE_BITMAP(known, NFHA_REPAIR_ITEMS);
	u32			extras[NFHA_REPAIR_EXTRAS];
	unsigned int		num_extras;
	struct nfha_key		asks[NFHA_REPAIR_EXTRAS];
	unsigned int		num_asks;
	bool			overflow;
	u32			cursor;
	u64			listed_at;
};

/* Sums of all ranges at one time, and what is known of them. */
struct nfha_sums {
	u64	sum[NFHA_DIGEST_RANGES];
	DECLARE_BITMAP(have, NFHA_DIGEST_RANGES);
	u64	seq;
};

/**
 * struct nfha_digest - comparison with the peer
 * @repl: instance
 * @work: walks conntrack for @task
 * @running: @work was queued and is not through. Then @work owns @task, @mine, @count
 *	and @repair; otherwise the link worker, which owns all the rest
 * @task: what @work walks for, or did
 * @epoch: generation that all of this belongs to
 * @begun: ns: when @work was queued
 * @took: ns: how long a walk for sums lasts
 * @next: ns: sender: when the next walk is due, by enum nfha_digest_again
 * @version: sender: nfha_tx.version at the last one
 * @answered: sender: round that was under way when the receiver was heard last
 * @again: enum nfha_digest_again: what the receiver wants
 * @asked: ns: receiver: when the sender was told so last
 * @soon_until: ns: receiver: NFHA_AGAIN_SOON until then
 * @stirred: receiver: somebody else changed a connection here. Set anywhere
 * @seed: of positions and digests
 * @bits: there are 2^@bits ranges
 * @round: of the sums sent or received last
 * @fresh: receiver: a round arrived and was not compared yet
 * @fresh_at: ns: when its first record did
 * @mine: sums of the last walk
 * @before: of the walk before
 * @count: connections in each range
 * @theirs: receiver: the sender's sums
 * @earlier: receiver: those of the round before
 * @equal: receiver: ranges that were equal since all were
 * @bad: receiver: ranges that differ
 * @state: enum nfha_digest_state. Read anywhere
 * @differ: ranges that differ. Read anywhere
 * @matched: all ranges were equal in this generation
 * @matched_ns: CLOCK_BOOTTIME: when they were last; 0: never. Read anywhere
 * @repair: of ranges that differ
 */
struct nfha_digest {
	struct nfha_repl	*repl;
	struct work_struct	work;
	bool			running;
	enum nfha_digest_task	task;
	u32			epoch;
	u64			begun;
	u64			took;
	u64			next[NFHA_AGAIN_SOON + 1];
	u64			version;
	u32			answered;
	u8			again;
	u64			asked;
	u64			soon_until;
	bool			stirred;
	siphash_key_t		seed;
	u8			bits;
	u32			round;
	bool			fresh;
	u64			fresh_at;
	struct nfha_sums	mine;
	struct nfha_sums	before;
	u32			count[NFHA_DIGEST_RANGES];
	struct nfha_sums	theirs;
	struct nfha_sums	earlier;
	DECLARE_BITMAP(equal, NFHA_DIGEST_RANGES);
	DECLARE_BITMAP(bad, NFHA_DIGEST_RANGES);
	u8			state;
	u32			differ;
	bool			matched;
	u64			matched_ns;
	struct nfha_repair	repair;
};

int nfha_digest_init(struct nfha_repl *repl);
void nfha_digest_exit(struct nfha_repl *repl);
void nfha_digest_run(struct nfha_repl *repl, u64 now);
void nfha_digest_stir(struct nfha_repl *repl);
u64 nfha_digest_deadline(const struct nfha_repl *repl);
int nfha_digest_receive(struct nfha_repl *repl, const struct nfha_frame *frame,
			const struct nfha_rec_hdr *h, struct nfha_cursor *body, u64 now);

/* A walk is running: what it writes and reads is not the link worker's. */
static inline bool nfha_digest_is_running(const struct nfha_digest *d)
{
	/* Pairs with the release at the end of the walk: its results are seen, too. */
	return smp_load_acquire(&d->running);
}

u64 nfha_digest_pos(const siphash_key_t *seed, const struct nfha_key *key);
u64 nfha_digest_ct(const siphash_key_t *seed, u64 pos, const struct nfha_ct *ct, u64 expects);
void nfha_digest_start(struct nfha_repl *repl, enum nfha_digest_task task, u64 now);
bool nfha_digest_is_sender(const struct nfha_repl *repl);
bool nfha_digest_is_receiver(const struct nfha_repl *repl);

/* repair.c */
void nfha_repair_one(struct nfha_repl *repl, const struct nfha_key *key, u64 pos, u64 sum);
void nfha_repair_done(struct nfha_repl *repl);
void nfha_repair_begin(struct nfha_repl *repl, u64 now);
int nfha_repair_list(struct nfha_repl *repl, const struct nfha_rec_hdr *h,
		     struct nfha_cursor *body, u64 now);
int nfha_repair_extra(struct nfha_repl *repl, struct nfha_cursor *body);
int nfha_repair_ask(struct nfha_repl *repl, const struct nfha_rec_hdr *h,
		    struct nfha_cursor *body);
u64 nfha_repair_due(const struct nfha_repl *repl);
void nfha_repair_go_on(struct nfha_repl *repl, u64 now);

static inline u32 nfha_digest_range(const struct nfha_digest *d, u64 pos)
{
	return pos >> (64 - d->bits);
}

#endif /* _NFHA_DIGEST_H */
