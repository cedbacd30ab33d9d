// SPDX-License-Identifier: GPL-2.0
/*
 * xmit.c - sends dirty objects in frames, and knows which arrived
 *
 * No frame is kept: a slot remembers which objects a frame carried. When it is
 * lost, they are dirty again and leave in their newest state in a later frame.
 */

#include "netlink.h"
#include "nfha.h"
#include "obj.h"
#include "params.h"
#include "record.h"
#include "repl_inst.h"
#include "trace.h"

#define NFHA_WINDOW_MIN		32	/* a link of their own: losses say little of its load */
#define NFHA_WINDOW_START	64
#define NFHA_RTO_MIN		(20 * NSEC_PER_MSEC)
#define NFHA_RTO_MAX		(200 * NSEC_PER_MSEC)
#define NFHA_RTO_BACKOFF_MAX	NSEC_PER_SEC
#define NFHA_REORDER		3	/* later frames acknowledged: it may be lost */
#define NFHA_BLOCKED_NS		(2 * NSEC_PER_MSEC)
#define NFHA_NEIGH_SHARE	4	/* of a frame's room: one in so many for neighbours */
#define NFHA_NO_KEY_NS		(100 * NSEC_PER_MSEC)

static struct nfha_slot *nfha_slot(struct nfha_tx *tx, u64 seq)
{
	return &tx->slots[seq % NFHA_TX_SLOTS];
}

/**
 * nfha_xmit_init - nothing to send
 * @repl: instance
 *
 * Context: any.
 */
void nfha_xmit_init(struct nfha_repl *repl)
{
	struct nfha_tx *tx = &repl->tx;
	int i;

	tx->base = 1;
	tx->next = 1;
	tx->window = NFHA_WINDOW_START;
	for (i = 0; i < NFHA_TX_SLOTS; i++) {
		INIT_LIST_HEAD(&tx->slots[i].objs);
		INIT_LIST_HEAD(&tx->slots[i].neighs);
		tx->slots[i].settled = true;
	}
}

static void nfha_pending_add(struct nfha_tx *tx, struct llist_node *first,
			     struct llist_node *last, u64 since)
{
	if (tx->pending)
		tx->pending_last->next = first;
	else
		tx->pending = first;
	tx->pending_last = last;
	last->next = NULL;
	if (!tx->pending_since || since < tx->pending_since)
		tx->pending_since = since;
}

static struct nfha_obj *nfha_pending_pop(struct nfha_tx *tx)
{
	struct llist_node *node = tx->pending;

	if (!node)
		return NULL;
	tx->pending = node->next;
	return llist_entry(node, struct nfha_transit, dirty)->obj;
}

static void nfha_xmit_take(struct nfha_repl *repl, u64 now)
{
	struct llist_node *first, *last;
	u64 since;

	first = nfha_queue_take(&repl->queue, &last, &since);
	if (first)
		nfha_pending_add(&repl->tx, first, last, since ?: now);
}

/* The object left a slot; not followed by another slot. */
static void nfha_unlink(struct nfha_tx *tx, struct nfha_transit *transit)
{
	list_del_init(&transit->link);
	WRITE_ONCE(tx->in_flight, tx->in_flight - 1);
}

/* Frame @slot arrived: what it carried and what did not change since is settled. */
static void nfha_slot_acked(struct nfha_repl *repl, struct nfha_slot *slot)
{
	struct nfha_table *table = &repl->table;
	struct nfha_transit *transit, *tmp;

	list_for_each_entry_safe(transit, tmp, &slot->objs, link) {
		struct nfha_obj *obj = transit->obj;
		u32 bucket = transit->bucket;

		nfha_unlink(&repl->tx, transit);
		nfha_table_lock(table, bucket);
		nfha_obj_settle_bulk(repl, obj);
		obj->flags &= ~NFHA_OBJ_UNACKED;
		if ((obj->flags & (NFHA_OBJ_GONE | NFHA_OBJ_DIRTY)) == NFHA_OBJ_GONE)
			nfha_table_del(table, bucket, obj);
		else
			nfha_transit_put(obj);
		nfha_table_unlock(table, bucket);
	}
	nfha_neigh_acked(repl, &slot->neighs);
	if (slot->ctl & NFHA_CTL_RELEASED)
		nfha_link_released_acked(repl, slot->term);
	if (slot->ctl & NFHA_CTL_BULK_END && repl->bulk.epoch && !repl->bulk.done) {
		repl->bulk.done = true;
		nfha_event(repl->nn, NFHA_EVENT_BULK_DONE, repl->tx.generation);
	}
	slot->settled = true;
}

/* Frame @slot is given up: what it carried is dirty again. */
static void nfha_slot_lost(struct nfha_repl *repl, struct nfha_slot *slot)
{
	struct nfha_table *table = &repl->table;
	struct nfha_tx *tx = &repl->tx;
	struct nfha_transit *transit, *tmp;

	list_for_each_entry_safe(transit, tmp, &slot->objs, link) {
		struct nfha_obj *obj = transit->obj;
		u32 bucket = transit->bucket;

		nfha_unlink(tx, transit);
		nfha_count_kind(repl->nn, nfha_kind_of(obj->proto), XERR);
		nfha_table_lock(table, bucket);
		if (!(obj->flags & NFHA_OBJ_DIRTY)) {
			obj->flags |= NFHA_OBJ_DIRTY;
			atomic_inc(&repl->queue.dirty);
			nfha_pending_add(tx, &transit->dirty, &transit->dirty, slot->since);
			nfha_count(repl->nn, TX_REDIRTIED);
		}
		nfha_table_unlock(table, bucket);
	}
	nfha_neigh_lost(repl, &slot->neighs);
	tx->ctl |= slot->ctl;
	slot->settled = true;
}

static void nfha_slots_advance(struct nfha_tx *tx)
{
	while (tx->base < tx->next && nfha_slot(tx, tx->base)->settled)
		tx->base++;
}

/* Forget what is dirty. */
static void nfha_xmit_discard(struct nfha_repl *repl)
{
	struct nfha_table *table = &repl->table;
	struct nfha_tx *tx = &repl->tx;
	struct nfha_obj *obj;

	nfha_xmit_take(repl, 1);
	while ((obj = nfha_pending_pop(tx))) {
		u32 bucket = obj->transit->bucket;

		nfha_table_lock(table, bucket);
		nfha_obj_clean(repl, obj);
		nfha_obj_settle_bulk(repl, obj);
		/*
		 * A tombstone is in the receiver's list: a late producer marked an
		 * object that the peer deleted already.
		 */
		if ((obj->flags & (NFHA_OBJ_GONE | NFHA_OBJ_TOMB)) == NFHA_OBJ_GONE) {
			nfha_table_del(table, bucket, obj);
		} else {
			obj->flags &= ~NFHA_OBJ_GONE;
			nfha_transit_put(obj);
		}
		nfha_table_unlock(table, bucket);
	}
	tx->pending_since = 0;
	nfha_neigh_discard(repl);
}

static void nfha_xmit_oldest(struct nfha_repl *repl)
{
	struct nfha_tx *tx = &repl->tx;
	u64 oldest = tx->pending ? tx->pending_since : 0;
	u64 seq;

	for (seq = tx->base; seq < tx->next; seq++) {
		const struct nfha_slot *slot = nfha_slot(tx, seq);

		if (!slot->settled && (!oldest || slot->since < oldest))
			oldest = slot->since;
	}
	WRITE_ONCE(tx->oldest, oldest);
}

/* What is in flight is dirty again. */
static void nfha_xmit_give_up(struct nfha_repl *repl)
{
	struct nfha_tx *tx = &repl->tx;
	struct nfha_slot *slot;

	for (; tx->base < tx->next; tx->base++) {
		slot = nfha_slot(tx, tx->base);
		if (!slot->settled)
			nfha_slot_lost(repl, slot);
	}
}

/**
 * nfha_xmit_pause - the peer is silent: nothing is in flight, what is dirty waits
 * @repl: instance
 *
 * Context: link worker.
 */
void nfha_xmit_pause(struct nfha_repl *repl)
{
	struct nfha_tx *tx = &repl->tx;

	tx->paused = tx->epoch;
	tx->backoff = 0;
	nfha_xmit_give_up(repl);
	nfha_xmit_oldest(repl);
}

/**
 * nfha_xmit_reset - forget what is dirty and in flight
 * @repl: instance
 *
 * Frames on their way are declared settled by the watermark of the next frame.
 *
 * Context: link worker.
 */
void nfha_xmit_reset(struct nfha_repl *repl)
{
	struct nfha_tx *tx = &repl->tx;

	WRITE_ONCE(tx->epoch, 0);
	tx->paused = false;
	nfha_bulk_stop(repl);
	nfha_xmit_give_up(repl);
	nfha_xmit_discard(repl);
	tx->ctl = 0;
	repl->link.release_queued = false;
	WRITE_ONCE(tx->oldest, 0);
}

/**
 * nfha_xmit_start - begin a new generation
 * @repl: instance
 *
 * Context: link worker.
 */
void nfha_xmit_start(struct nfha_repl *repl)
{
	struct nfha_tx *tx = &repl->tx;

	nfha_xmit_reset(repl);
	tx->generation++;
	tx->window = NFHA_WINDOW_START;
	tx->backoff = 0;
	WRITE_ONCE(tx->epoch, ++repl->epoch);
}

/* Largest frame that the state link takes in one packet, and the peer at all. */
static unsigned int nfha_xmit_room(struct nfha_repl *repl)
{
	unsigned int room = nfha_link_room(repl);

	room = min3(room, READ_ONCE(nfha_batch_bytes), (unsigned int)repl->rx.frame_max);
	return clamp_t(unsigned int, room, NFHA_FRAME_MIN, NFHA_FRAME_MAX);
}

static void nfha_frame_fill(struct nfha_repl *repl, struct nfha_frame *frame)
{
	struct nfha_tx *tx = &repl->tx;
	enum nfha_role role = READ_ONCE(repl->role);

	*frame = (struct nfha_frame) {
		.version	= repl->rx.peer ? repl->rx.version : repl->range.min,
		.unit		= repl->nn->unit,
		.term		= READ_ONCE(repl->term),
		.generation	= tx->generation,
		.nonce		= repl->nonce,
		.peer_nonce	= repl->rx.peer,
		.watermark	= tx->base - 1,
	};
	if (role == NFHA_ROLE_ACTIVE)
		frame->flags |= NFHA_FRAME_F_ACTIVE;
	else if (role == NFHA_ROLE_STANDBY || role == NFHA_ROLE_STAGED)
		frame->flags |= NFHA_FRAME_F_READY;
}

/* Nothing can be sent until there is another key. */
static int nfha_frame_unsealed(struct nfha_repl *repl, const struct nfha_frame *frame, int err)
{
	u64 now = ktime_get_ns();

	if (err == -ENOKEY) {
		nfha_count(repl->nn, TX_NO_KEY);
	} else if (err == -EKEYEXPIRED) {
		nfha_count(repl->nn, TX_KEY_SPENT);
		/* The event at its half was lost, or nobody could do anything then. */
		nfha_event_key(repl->nn, frame->key_id);
	} else {
		nfha_count(repl->nn, TX_ERRORS);
	}
	repl->link.probed = now;
	repl->tx.blocked_until = now + NFHA_NO_KEY_NS;
	return err;
}

static int nfha_frame_send(struct nfha_repl *repl, struct nfha_frame *frame, u8 *end)
{
	u8 *buf = repl->link.tx_buf;
	int err;

	end = nfha_pretend_frame(repl, end);
	frame->len = end - buf;
	err = nfha_keys_seal(&repl->keys, frame, buf);
	if (err < 0) {
		err = nfha_frame_unsealed(repl, frame, err);
	} else {
		if (err)
			nfha_event_key(repl->nn, frame->key_id);
		err = nfha_link_send(repl, buf, frame->len);
	}
	trace_nfha_frame_send(repl->net, frame);
	/* What a numbered one carries is counted by its objects. */
	if (!frame->seq && err)
		nfha_count_kind(repl->nn, NFHA_KIND_SYS, XERR);
	else if (!frame->seq)
		nfha_count_kind(repl->nn, NFHA_KIND_SYS, XMIT);
	return err;
}

static u8 *nfha_put_word(u8 *p, u8 type, u32 value)
{
	struct nfha_rec_term *rec = (struct nfha_rec_term *)p;

	rec->h.type = type;
	rec->h.flags = 0;
	rec->h.len = cpu_to_be16(sizeof(*rec));
	rec->term = cpu_to_be32(value);
	return p + sizeof(*rec);
}

static u8 *nfha_put_probe(struct nfha_repl *repl, u8 *p)
{
	struct nfha_rec_probe *rec = (struct nfha_rec_probe *)p;
	unsigned int len = nfha_pretend_older(repl) ? sizeof(rec->h) : sizeof(*rec);

	rec->h.type = NFHA_REC_PROBE;
	rec->h.flags = 0;
	rec->h.len = cpu_to_be16(len);
	rec->version_min = repl->range.min;
	rec->version_max = repl->range.max;
	rec->frame_max = cpu_to_be16(clamp_t(unsigned int, nfha_link_room(repl),
					     NFHA_FRAME_MIN, NFHA_FRAME_MAX));
	return p + len;
}

/**
 * nfha_xmit_open - begin a frame of records that are not acknowledged
 * @repl: instance
 * @end: set to the end of the room
 *
 * Context: link worker. Return: where the first record goes.
 */
u8 *nfha_xmit_open(struct nfha_repl *repl, u8 **end)
{
	*end = repl->link.tx_buf + nfha_xmit_room(repl) - nfha_keys_overhead(&repl->keys);
	return repl->link.tx_buf + sizeof(struct nfha_frame_hdr);
}

/* The generation is of what is sent here, or of what this unit holds. */
static int nfha_xmit_unnumbered(struct nfha_repl *repl, u64 peer_nonce, u8 *p)
{
	struct nfha_frame frame;

	nfha_frame_fill(repl, &frame);
	frame.peer_nonce = peer_nonce;
	if (peer_nonce != repl->rx.peer)
		frame.version = repl->rx.candidate_version;
	if (!repl->tx.epoch)
		frame.generation = repl->rx.epoch ? repl->rx.generation : 0;
	return nfha_frame_send(repl, &frame, p);
}

/**
 * nfha_xmit_close - send the frame that nfha_xmit_open() began
 * @repl: instance
 * @p: end of the last record
 *
 * Context: link worker. Return: 0 or a negative error, which is counted.
 */
int nfha_xmit_close(struct nfha_repl *repl, u8 *p)
{
	return nfha_xmit_unnumbered(repl, repl->rx.peer, p);
}

/**
 * nfha_xmit_plain - send a frame that is not acknowledged
 * @repl: instance
 * @peer_nonce: to whom
 * @ack: with an acknowledgement; otherwise with a probe
 *
 * Context: link worker. Return: 0 or a negative error, which is counted.
 */
int nfha_xmit_plain(struct nfha_repl *repl, u64 peer_nonce, bool ack)
{
	u8 *end, *p = nfha_xmit_open(repl, &end);

	if (ack) {
		nfha_ackwin_put(&repl->rx.win, (struct nfha_rec_ack *)p);
		p += sizeof(struct nfha_rec_ack);
	} else {
		p = nfha_put_probe(repl, p);
	}
	return nfha_xmit_unnumbered(repl, peer_nonce, p);
}

/* Fill a frame. Returns the end of what was written. */
static u8 *nfha_frame_objs(struct nfha_repl *repl, struct nfha_slot *slot, u8 *p, u8 *end)
{
	struct nfha_tx *tx = &repl->tx;
	struct nfha_obj *obj;
	u8 *next, *start = p;

	/* First, for there are few of them; but connections never wait for all of them. */
	p = nfha_neigh_put(repl, &slot->neighs, p,
			   tx->pending ? p + (end - p) / NFHA_NEIGH_SHARE : end);
	while (tx->pending) {
		obj = llist_entry(tx->pending, struct nfha_transit, dirty)->obj;
		/* The first one has all there is, which is more than the least record. */
		if (p + nfha_obj_room(obj) > end && p != start)
			break;
		nfha_pending_pop(tx);
		next = nfha_obj_put(repl, obj, p, end);
		if (!next)
			continue;
		p = next;
		tx->version++;
		if (list_empty(&obj->transit->link))
			WRITE_ONCE(tx->in_flight, tx->in_flight + 1);
		list_move_tail(&obj->transit->link, &slot->objs);
	}
	if (tx->pending_since)
		slot->since = tx->pending_since;
	if (!tx->pending)
		tx->pending_since = 0;
	return p;
}

static u8 *nfha_frame_ctl(struct nfha_repl *repl, struct nfha_slot *slot, u8 *p)
{
	struct nfha_tx *tx = &repl->tx;
	u32 term = READ_ONCE(repl->release_term);

	if (tx->ctl & NFHA_CTL_BULK_END)
		p = nfha_put_word(p, NFHA_REC_BULK_END, tx->generation);
	/* Taken back meanwhile: the next one has to be queued anew. */
	if (tx->ctl & NFHA_CTL_RELEASED && !term) {
		tx->ctl &= ~NFHA_CTL_RELEASED;
		repl->link.release_queued = false;
	}
	/* Last: it makes the peer active, and then it takes no state. */
	if (tx->ctl & NFHA_CTL_RELEASED)
		p = nfha_put_word(p, NFHA_REC_RELEASED, term);
	slot->ctl = tx->ctl;
	slot->term = term;
	tx->ctl = 0;
	return p;
}

static bool nfha_xmit_is_due(const struct nfha_repl *repl)
{
	return repl->tx.pending || repl->tx.ctl || nfha_neigh_is_dirty(repl);
}

/* One frame. Returns 0, -ENODATA: it would be empty, or the socket's error. */
static int nfha_xmit_frame(struct nfha_repl *repl, u64 now)
{
	struct nfha_tx *tx = &repl->tx;
	struct nfha_slot *slot = nfha_slot(tx, tx->next);
	u8 *buf = repl->link.tx_buf, *p = buf + sizeof(struct nfha_frame_hdr);
	u8 *end = buf + nfha_xmit_room(repl) - nfha_keys_overhead(&repl->keys) -
		  NFHA_PRETEND_RECORD - 2 * sizeof(struct nfha_rec_term);
	struct nfha_frame frame;
	int err;

	nfha_frame_fill(repl, &frame);
	frame.seq = tx->next;
	frame.version_base = tx->version + 1;
	slot->since = now;
	if (tx->epoch)
		p = nfha_frame_objs(repl, slot, p, end);
	if (!tx->pending && !nfha_neigh_is_dirty(repl))
		p = nfha_frame_ctl(repl, slot, p);
	else
		slot->ctl = 0;
	if (p == buf + sizeof(struct nfha_frame_hdr))
		return -ENODATA;

	slot->seq = tx->next++;
	slot->sent = now;
	slot->settled = false;
	err = nfha_frame_send(repl, &frame, p);
	if (err) {
		nfha_slot_lost(repl, slot);
		nfha_slots_advance(tx);
		tx->blocked_until = max(tx->blocked_until, now + NFHA_BLOCKED_NS);
	}
	return err;
}

/**
 * nfha_xmit_run - send what is dirty, as far as the window allows
 * @repl: instance
 * @now: ns
 *
 * Context: link worker.
 */
void nfha_xmit_run(struct nfha_repl *repl, u64 now)
{
	struct nfha_tx *tx = &repl->tx;

	if (!tx->epoch)
		nfha_xmit_discard(repl);
	else if (nfha_queue_is_due(&repl->queue) || READ_ONCE(repl->release_term))
		nfha_xmit_take(repl, now);
	while (nfha_xmit_is_due(repl) && tx->next - tx->base < tx->window &&
	       now >= tx->blocked_until) {
		if (nfha_xmit_frame(repl, now))
			break;
	}
	nfha_xmit_oldest(repl);
}

/* ns after its sending: a frame that is not acknowledged then is lost. */
static u64 nfha_xmit_patience(const struct nfha_tx *tx, const struct nfha_slot *slot)
{
	u64 rto = tx->srtt ? tx->srtt + 4 * tx->rttvar : NFHA_RTO_MAX;

	rto = clamp_t(u64, rto, NFHA_RTO_MIN, NFHA_RTO_MAX);
	/* Overtaken: lost as soon as it is later than the link's jitter makes others. */
	if (slot->seq + NFHA_REORDER <= tx->top)
		return min(rto, tx->srtt + 2 * tx->rttvar);
	return min_t(u64, rto << min(tx->backoff, 7U), NFHA_RTO_BACKOFF_MAX);
}

/* What was sent before the last cut has no part in another one: it says the same. */
static void nfha_xmit_cut_window(struct nfha_tx *tx, u64 seq)
{
	if (seq < tx->cut)
		return;
	tx->window = max(tx->window - tx->window / 4, (unsigned int)NFHA_WINDOW_MIN);
	tx->cut = tx->next;
}

/**
 * nfha_xmit_losses - give up frames whose acknowledgement is overdue
 * @repl: instance
 * @now: ns
 *
 * Context: link worker.
 */
void nfha_xmit_losses(struct nfha_repl *repl, u64 now)
{
	struct nfha_tx *tx = &repl->tx;
	bool timeout = false;
	u64 seq;

	for (seq = tx->base; seq < tx->next; seq++) {
		struct nfha_slot *slot = nfha_slot(tx, seq);

		if (slot->settled || now < slot->sent + nfha_xmit_patience(tx, slot))
			continue;
		nfha_count(repl->nn, TX_LOST);
		trace_nfha_frame_lost(repl->net, seq, now - slot->sent, tx->window);
		nfha_slot_lost(repl, slot);
		nfha_xmit_cut_window(tx, seq);
		timeout |= seq + NFHA_REORDER > tx->top;
	}
	if (timeout)
		tx->backoff++;
	nfha_slots_advance(tx);
}

/**
 * nfha_xmit_deadline - when nfha_xmit_losses() or nfha_xmit_run() is due
 * @repl: instance
 *
 * Context: link worker. Return: ns, or U64_MAX.
 */
u64 nfha_xmit_deadline(const struct nfha_repl *repl)
{
	const struct nfha_tx *tx = &repl->tx;
	u64 due = U64_MAX, seq;

	/* What waits for a silent peer is not due. */
	if (repl->rx.peer && nfha_xmit_is_due(repl))
		due = tx->next - tx->base < tx->window ? tx->blocked_until : U64_MAX;
	for (seq = tx->base; seq < tx->next; seq++) {
		const struct nfha_slot *slot = &tx->slots[seq % NFHA_TX_SLOTS];

		if (!slot->settled)
			due = min(due, slot->sent + nfha_xmit_patience(tx, slot));
	}
	return due;
}

static void nfha_xmit_rtt(struct nfha_tx *tx, u64 rtt)
{
	u64 delta;

	if (!tx->srtt) {
		tx->srtt = rtt;
		tx->rttvar = rtt / 2;
		return;
	}
	delta = rtt > tx->srtt ? rtt - tx->srtt : tx->srtt - rtt;
	tx->rttvar = (3 * tx->rttvar + delta) / 4;
	tx->srtt = (7 * tx->srtt + rtt) / 8;
}

/**
 * nfha_xmit_acked - an acknowledgement arrived
 * @repl: instance
 * @ack: what the peer has
 * @now: ns
 *
 * Context: link worker. Return: 0, or -EINVAL: it acknowledges what was not sent.
 */
int nfha_xmit_acked(struct nfha_repl *repl, const struct nfha_ackwin *ack, u64 now)
{
	struct nfha_tx *tx = &repl->tx;
	u64 seq, sent = 0;

	if (ack->cumulative >= tx->next)
		return -EINVAL;
	for (seq = tx->base; seq < tx->next; seq++) {
		struct nfha_slot *slot = nfha_slot(tx, seq);

		if (!nfha_ackwin_has(ack, seq))
			continue;
		tx->top = max(tx->top, seq);
		if (slot->settled)
			continue;
		/* The one that waited longest: a timeout has to bear with that. */
		if (!sent)
			sent = slot->sent;
		nfha_slot_acked(repl, slot);
		if (tx->window < NFHA_TX_SLOTS)
			tx->window++;
	}
	if (sent) {
		nfha_xmit_rtt(tx, now - sent);
		tx->backoff = 0;
	}
	nfha_slots_advance(tx);
	return 0;
}
