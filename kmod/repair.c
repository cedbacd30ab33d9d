// SPDX-License-Identifier: GPL-2.0
/*
 * repair.c - makes ranges equal that differ
 *
 * The standby lists what it has in them, 8 bytes a connection. The active unit sends
 * its connections that are not in the list, and names positions in the list that it
 * does not know. The standby looks what is there and asks for it. All that changes
 * anything is a record of the state at sending time, or of a deletion: whatever
 * happens meanwhile, and whatever of this is lost, nothing becomes wrong.
 */
#include <linux/bsearch.h>
#include <linux/sort.h>

#include "nfha.h"
#include "record.h"
#include "repl_inst.h"

/* -- within the walk */

static int nfha_cmp_u32(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

static int nfha_cmp_interval(const void *key, const void *elt)
{
	const struct nfha_interval *i = elt;
	u32 pos = *(const u32 *)key;

	return pos < i->first ? -1 : pos > i->last;
}

static void nfha_repair_collect(struct nfha_repair *r, u32 pos, u32 sum)
{
	if (r->num_items == NFHA_REPAIR_ITEMS) {
		r->overflow = true;
		return;
	}
	r->items[r->num_items++] = (struct nfha_item){ pos, sum };
}

/* The first item of an interval that is not below @pos. */
static u32 nfha_repair_find(const struct nfha_repair *r, const struct nfha_interval *i, u32 pos)
{
	u32 lo = i->begin, hi = i->end, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (r->items[mid].pos < pos)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Sent when it is in an interval, but not as it is here. */
static void nfha_repair_check(struct nfha_repl *repl, const struct nfha_key *key, u32 pos, u32 sum)
{
	struct nfha_repair *r = &repl->digest->repair;
	const struct nfha_interval *i;
	bool same = false;
	u32 n;

	i = bsearch(&pos, r->intervals, r->num_intervals, sizeof(*i), nfha_cmp_interval);
	if (!i)
		return;
	for (n = nfha_repair_find(r, i, pos); n < i->end && r->items[n].pos == pos; n++) {
		__set_bit(n, r->known);
		same |= r->items[n].sum == sum;
	}
	/* With a full queue the next round comes here again. */
	if (same || nfha_queue_is_full(repl))
		return;
	nfha_count(repl->nn, DIGEST_REPAIRED);
	nfha_mark(repl, key, NFHA_MARK_CHANGED, NFHA_HASTE_FAST, 0);
}

static void nfha_repair_resolve(struct nfha_repair *r, const struct nfha_key *key, u32 pos)
{
	if (!bsearch(&pos, r->extras, r->num_extras, sizeof(pos), nfha_cmp_u32))
		return;
	if (r->num_asks == NFHA_REPAIR_EXTRAS)
		r->overflow = true;
	else
		r->asks[r->num_asks++] = *key;
}

/**
 * nfha_repair_one - the walk meets a connection
 * @repl: instance
 * @key: the connection
 * @pos: its position
 * @sum: its digest
 *
 * Context: nfha_digest.work, RCU, BH off.
 */
void nfha_repair_one(struct nfha_repl *repl, const struct nfha_key *key, u64 pos, u64 sum)
{
	struct nfha_digest *d = repl->digest;
	struct nfha_repair *r = &d->repair;

	switch (d->task) {
	case NFHA_TASK_LIST:
		if (test_bit(nfha_digest_range(d, pos), r->wanted))
			nfha_repair_collect(r, pos >> 32, sum >> 32);
		break;
	case NFHA_TASK_CHECK:
		nfha_repair_check(repl, key, pos >> 32, sum >> 32);
		break;
	case NFHA_TASK_RESOLVE:
		nfha_repair_resolve(r, key, pos >> 32);
		break;
	default:
		break;
	}
}

/* -- after the walk: what it found is sent */

/**
 * struct nfha_parcel - records for the peer, frame after frame
 * @repl: instance
 * @start: of the frame's records; NULL: no frame is open
 * @p: where the next record goes
 * @end: of the room
 */
struct nfha_parcel {
	struct nfha_repl	*repl;
	u8			*start;
	u8			*p;
	u8			*end;
};

static void nfha_parcel_close(struct nfha_parcel *parcel)
{
	if (parcel->start && parcel->p > parcel->start)
		nfha_xmit_close(parcel->repl, parcel->p);
	parcel->start = NULL;
}

/* Room for @len bytes, in a new frame if need be. Any frame has room for each record here. */
static void *nfha_parcel_room(struct nfha_parcel *parcel, unsigned int len)
{
	if (parcel->start && parcel->end - parcel->p < len)
		nfha_parcel_close(parcel);
	if (!parcel->start) {
		parcel->start = nfha_xmit_open(parcel->repl, &parcel->end);
		parcel->p = parcel->start;
	}
	return parcel->p;
}

/* One record: items from @n on, of the positions from *@first to @last. */
static u32 nfha_repair_put_list(struct nfha_parcel *parcel, const struct nfha_repair *r, u32 n,
				u32 *first, u32 last)
{
	struct nfha_rec_list *rec;
	u32 i = 0, room;

	rec = nfha_parcel_room(parcel, struct_size(rec, item, 1));
	room = (parcel->end - parcel->p - sizeof(*rec)) / sizeof(rec->item[0]);
	rec->h = (struct nfha_rec_hdr){ .type = NFHA_REC_LIST };
	rec->first = cpu_to_be32(*first);
	for (; n < r->num_items && r->items[n].pos <= last && i < room; n++, i++) {
		rec->item[i].pos = cpu_to_be32(r->items[n].pos);
		rec->item[i].sum = cpu_to_be32(r->items[n].sum);
	}
	if (n < r->num_items && r->items[n].pos <= last) {
		last = r->items[n - 1].pos;
		/* At the same position as the last one: counted as missing, and sent. */
		while (n < r->num_items && r->items[n].pos == last)
			n++;
	}
	rec->last = cpu_to_be32(last);
	rec->h.len = cpu_to_be16(struct_size(rec, item, i));
	parcel->p += struct_size(rec, item, i);
	*first = last + 1;
	return n;
}

static void nfha_repair_put_lists(struct nfha_parcel *parcel, struct nfha_digest *d)
{
	struct nfha_repair *r = &d->repair;
	u32 range, first, last, n = 0;

	sort(r->items, r->num_items, sizeof(r->items[0]), nfha_cmp_u32, NULL);
	for_each_set_bit(range, r->wanted, 1U << d->bits) {
		first = range << (32 - d->bits);
		last = first + (1U << (32 - d->bits)) - 1;
		do {
			n = nfha_repair_put_list(parcel, r, n, &first, last);
		} while (first && first <= last);
	}
}

static void nfha_repair_put_extras(struct nfha_parcel *parcel, const struct nfha_repair *r)
{
	struct nfha_rec_extra *rec = NULL;
	u32 n;

	for_each_clear_bit(n, r->known, r->num_items) {
		if (!rec || parcel->end - parcel->p < (int)sizeof(rec->pos[0])) {
			rec = nfha_parcel_room(parcel, struct_size(rec, pos, 1));
			rec->h = (struct nfha_rec_hdr){ .type = NFHA_REC_EXTRA };
			parcel->p += sizeof(*rec);
		}
		*(__be32 *)parcel->p = cpu_to_be32(r->items[n].pos);
		parcel->p += sizeof(rec->pos[0]);
		rec->h.len = cpu_to_be16(parcel->p - (u8 *)rec);
		nfha_count(parcel->repl->nn, DIGEST_EXTRA);
	}
}

static void nfha_repair_put_asks(struct nfha_parcel *parcel, const struct nfha_repair *r)
{
	struct nfha_rec_hdr *h;
	unsigned int i;

	for (i = 0; i < r->num_asks; i++) {
		h = nfha_parcel_room(parcel, NFHA_REC_CT_MAX(r->asks[i].family));
		parcel->p += nfha_record_delete(&r->asks[i], parcel->p);
		h->type = NFHA_REC_ASK;
		nfha_count(parcel->repl->nn, DIGEST_ASKED);
	}
}

/**
 * nfha_repair_done - a walk for the repair came to its end
 * @repl: instance
 *
 * Context: link worker.
 */
void nfha_repair_done(struct nfha_repl *repl)
{
	struct nfha_parcel parcel = { .repl = repl };
	struct nfha_digest *d = repl->digest;
	struct nfha_repair *r = &d->repair;

	if (r->overflow)
		nfha_count(repl->nn, DIGEST_SKIPPED);
	switch (d->task) {
	case NFHA_TASK_LIST:
		/* A list that is not complete would have everything else sent. */
		if (!r->overflow)
			nfha_repair_put_lists(&parcel, d);
		r->num_items = 0;
		break;
	case NFHA_TASK_CHECK:
		nfha_repair_put_extras(&parcel, r);
		r->num_intervals = 0;
		r->num_items = 0;
		break;
	case NFHA_TASK_RESOLVE:
		nfha_repair_put_asks(&parcel, r);
		r->num_extras = 0;
		r->num_asks = 0;
		break;
	default:
		break;
	}
	r->overflow = false;
	nfha_parcel_close(&parcel);
}

/* -- the receiver of sums */

/* Where the choice goes on in the next round: some ranges may differ for long. */
static u32 nfha_repair_choose(struct nfha_digest *d)
{
	u32 ranges = 1U << d->bits, budget = NFHA_REPAIR_ITEMS, chosen = 0, range, i, need;
	struct nfha_repair *r = &d->repair;

	bitmap_zero(r->wanted, NFHA_DIGEST_RANGES);
	for (i = 0; i < ranges && chosen < NFHA_REPAIR_RANGES; i++) {
		range = (r->cursor + i) % ranges;
		if (!test_bit(range, d->bad))
			continue;
		/* It may have grown since it was counted. */
		need = d->count[range] + d->count[range] / 4 + 8;
		if (need > budget)
			break;
		budget -= need;
		__set_bit(range, r->wanted);
		chosen++;
	}
	r->cursor = (r->cursor + i) % ranges;
	return chosen;
}

/**
 * nfha_repair_begin - the tables were compared: list what differs
 * @repl: instance; no walk is running
 * @now: ns
 *
 * Context: link worker.
 */
void nfha_repair_begin(struct nfha_repl *repl, u64 now)
{
	struct nfha_digest *d = repl->digest;

	if (!d->differ || !nfha_repair_choose(d))
		return;
	d->repair.num_items = 0;
	nfha_digest_start(repl, NFHA_TASK_LIST, now);
}

/**
 * nfha_repair_extra - NFHA_REC_EXTRA arrived
 * @repl: instance
 * @body: what follows the record's header
 *
 * Context: link worker. Return: 0, or -EINVAL: malformed.
 */
int nfha_repair_extra(struct nfha_repl *repl, struct nfha_cursor *body)
{
	struct nfha_digest *d = repl->digest;
	struct nfha_repair *r = &d->repair;
	const __be32 *pos;

	while (body->p < body->end) {
		pos = nfha_take(body, sizeof(*pos));
		if (!pos)
			return -EINVAL;
		if (nfha_digest_is_running(d) || r->num_extras == NFHA_REPAIR_EXTRAS) {
			nfha_count(repl->nn, DIGEST_SKIPPED);
			return 0;
		}
		r->extras[r->num_extras++] = be32_to_cpu(*pos);
	}
	return 0;
}

/* -- the sender of sums */

/**
 * nfha_repair_list - NFHA_REC_LIST arrived
 * @repl: instance
 * @h: its header
 * @body: what follows the header
 * @now: ns
 *
 * Context: link worker. Return: 0, or -EINVAL: malformed.
 */
int nfha_repair_list(struct nfha_repl *repl, const struct nfha_rec_hdr *h,
		     struct nfha_cursor *body, u64 now)
{
	const struct nfha_rec_list *rec = (const struct nfha_rec_list *)h;
	struct nfha_digest *d = repl->digest;
	struct nfha_repair *r = &d->repair;
	u32 n, i, first, last, pos;

	if (!nfha_take(body, sizeof(*rec) - sizeof(*h)) ||
	    (body->end - body->p) % sizeof(rec->item[0]))
		return -EINVAL;
	n = (body->end - body->p) / sizeof(rec->item[0]);
	first = be32_to_cpu(rec->first);
	last = be32_to_cpu(rec->last);
	for (i = 0, pos = first; i < n; i++) {
		if (be32_to_cpu(rec->item[i].pos) < pos || be32_to_cpu(rec->item[i].pos) > last)
			return -EINVAL;
		pos = be32_to_cpu(rec->item[i].pos);
	}
	if (nfha_digest_is_running(d) || r->num_intervals == NFHA_REPAIR_RANGES ||
	    n > NFHA_REPAIR_ITEMS - r->num_items) {
		nfha_count(repl->nn, DIGEST_SKIPPED);
		return 0;
	}
	if (!r->num_intervals)
		r->listed_at = now;
	r->intervals[r->num_intervals++] = (struct nfha_interval){
		.first = first, .last = last, .begin = r->num_items, .end = r->num_items + n,
	};
	for (i = 0; i < n; i++)
		r->items[r->num_items++] = (struct nfha_item){
			be32_to_cpu(rec->item[i].pos), be32_to_cpu(rec->item[i].sum),
		};
	return 0;
}

/**
 * nfha_repair_ask - NFHA_REC_ASK arrived
 * @repl: instance
 * @h: its header
 * @body: what follows the header
 *
 * Context: link worker. Return: 0, or -EINVAL: malformed.
 */
int nfha_repair_ask(struct nfha_repl *repl, const struct nfha_rec_hdr *h,
		    struct nfha_cursor *body)
{
	struct nfha_ct ct;
	bool shared;
	int err;

	err = nfha_record_parse(h, body, &ct);
	if (err)
		return err;
	rcu_read_lock();
	shared = nfha_capture_wants(repl->nn, &ct.key);
	rcu_read_unlock();
	if (shared && !nfha_queue_is_full(repl))
		nfha_mark(repl, &ct.key, NFHA_MARK_ASKED, NFHA_HASTE_FAST, repl->tx.epoch);
	return 0;
}

/* -- both */

/**
 * nfha_repair_due - when what the peer sent is to be worked upon
 * @repl: instance; no walk is running
 *
 * Context: link worker. Return: ns; 0: now; U64_MAX: there is nothing.
 */
u64 nfha_repair_due(const struct nfha_repl *repl)
{
	const struct nfha_repair *r = &repl->digest->repair;

	if (r->num_extras)
		return 0;
	return r->num_intervals ? r->listed_at + NFHA_REPAIR_WAIT_NS : U64_MAX;
}

/**
 * nfha_repair_go_on - work upon what the peer sent
 * @repl: instance; no walk is running, nfha_repair_due() is over
 * @now: ns
 *
 * Context: link worker.
 */
void nfha_repair_go_on(struct nfha_repl *repl, u64 now)
{
	struct nfha_repair *r = &repl->digest->repair;

	if (r->num_extras) {
		sort(r->extras, r->num_extras, sizeof(r->extras[0]), nfha_cmp_u32, NULL);
		r->num_asks = 0;
		nfha_digest_start(repl, NFHA_TASK_RESOLVE, now);
		return;
	}
	sort(r->intervals, r->num_intervals, sizeof(r->intervals[0]), nfha_cmp_u32, NULL);
	bitmap_zero(r->known, NFHA_REPAIR_ITEMS);
	nfha_digest_start(repl, NFHA_TASK_CHECK, now);
}
