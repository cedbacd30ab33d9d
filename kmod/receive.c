// SPDX-License-Identifier: GPL-2.0
/*
 * receive.c - the session with the peer, and what arrives in it
 *
 * A frame is believed once its tag is verified (key.c); without a key in use, as
 * configured, at once. A session is the pair of boot nonces. Only a frame that echoes
 * this instance's nonce is known to be no repetition of an old one; any other only
 * introduces its sender, and is answered so that the sender can echo.
 */
#include "inject.h"
#include "netlink.h"
#include "nfha.h"
#include "record.h"
#include "repl_inst.h"
#include "trace.h"

#define NFHA_DEAD_NS		(3 * NSEC_PER_SEC)	/* silence: the session is over */
#define NFHA_ANSWER_NS		(10 * NSEC_PER_MSEC)	/* answers to strangers: not more often */
#define NFHA_ACK_FRAMES		4	/* acknowledged together, */
#define NFHA_ACK_NS		(5 * NSEC_PER_MSEC)	/* unless the first waited for this long */

/**
 * nfha_rx_init - no session
 * @repl: instance
 *
 * Context: any.
 */
void nfha_rx_init(struct nfha_repl *repl)
{
	INIT_LIST_HEAD(&repl->rx.tombs);
	repl->rx.frame_max = NFHA_FRAME_MAX;
	INIT_LIST_HEAD(&repl->rx.refusals.list);
}

static void nfha_tomb_free(struct nfha_repl *repl, struct nfha_transit *tomb)
{
	struct nfha_obj *obj = tomb->obj;
	u32 bucket = tomb->bucket;

	list_del_init(&tomb->link);
	nfha_table_lock(&repl->table, bucket);
	/* A producer may have queued it: its unit became active just now. */
	obj->flags &= ~NFHA_OBJ_TOMB;
	if (!(obj->flags & NFHA_OBJ_DIRTY))
		nfha_table_del(&repl->table, bucket, obj);
	nfha_table_unlock(&repl->table, bucket);
}

/* Tombstones are needed as long as an older record of the object could come. */
static void nfha_tombs_free(struct nfha_repl *repl, u64 settled)
{
	struct nfha_transit *tomb, *tmp;

	list_for_each_entry_safe(tomb, tmp, &repl->rx.tombs, link) {
		if (tomb->tomb_seq > settled)
			break;
		nfha_tomb_free(repl, tomb);
	}
	nfha_neigh_tombs_free(repl, settled);
}

/* State of another generation is no longer continued. */
static void nfha_rx_forget(struct nfha_repl *repl)
{
	struct nfha_rx *rx = &repl->rx;

	nfha_tombs_free(repl, U64_MAX);
	nfha_refused_forget(repl);
	rx->epoch = 0;
	rx->purge.running = false;
	WRITE_ONCE(rx->bulk, NFHA_BULK_NONE);
}

static void nfha_session_end(struct nfha_repl *repl)
{
	struct nfha_rx *rx = &repl->rx;

	WRITE_ONCE(rx->peer, 0);
	rx->flags = 0;
	/* What changes from now on is sent when the same peer is heard again. */
	nfha_xmit_pause(repl);
	nfha_debug(repl->net, "the peer's module is silent");
	nfha_event(repl->nn, NFHA_EVENT_PEER_LOST, READ_ONCE(repl->term));
}

/* Index of an instance that was known before, or -1. */
static int nfha_rx_find_past(const struct nfha_rx *rx, u64 nonce)
{
	int i;

	for (i = 0; i < NFHA_RX_PAST; i++)
		if (rx->past[i].nonce == nonce)
			return i;
	return -1;
}

/**
 * nfha_rx_may_meet - may another instance of the peer than the known one begin a session?
 * @rx: receiver
 * @frame: of that instance; it echoes our nonce
 *
 * One that was known before does not come back: a frame of it that was held up on the
 * way, or is repeated by somebody, ends no session. Unless it was given up for such a
 * frame of an older one: then it goes on while that one is silent. A key from before
 * those in use begins nothing.
 *
 * Context: link worker.
 */
bool nfha_rx_may_meet(const struct nfha_rx *rx, const struct nfha_frame *frame)
{
	int past = nfha_rx_find_past(rx, frame->nonce);

	if (frame->key_order < rx->key_order)
		return false;
	return past < 0 || (!rx->peer && frame->counter > rx->past[past].newest);
}

/**
 * nfha_rx_know - another instance of the peer is the known one now
 * @rx: receiver
 * @frame: of that instance
 *
 * Context: link worker.
 */
void nfha_rx_know(struct nfha_rx *rx, const struct nfha_frame *frame)
{
	int past = nfha_rx_find_past(rx, frame->nonce);

	if (past < 0)
		past = rx->past_next++ % NFHA_RX_PAST;
	rx->past[past].nonce = rx->known;
	rx->past[past].newest = rx->newest;
	rx->known = frame->nonce;
	rx->newest = 0;
}

/* Another instance of the peer: nothing of the one before goes on. */
static bool nfha_rx_meet(struct nfha_repl *repl, const struct nfha_frame *frame)
{
	struct nfha_rx *rx = &repl->rx;

	if (!nfha_rx_may_meet(rx, frame))
		return false;
	if (rx->peer)
		nfha_session_end(repl);
	WRITE_ONCE(repl->capture, false);
	nfha_xmit_reset(repl);
	nfha_rx_forget(repl);
	memset(&rx->replay, 0, sizeof(rx->replay));
	memset(&rx->win, 0, sizeof(rx->win));
	rx->ack_at = 0;
	rx->unacked = 0;
	rx->term = 0;
	rx->version = frame->version;
	rx->frame_max = NFHA_FRAME_MAX;
	nfha_rx_know(rx, frame);
	return true;
}

/* The peer is there; the same one after a silence goes on where it was, or says so. */
static void nfha_session_begin(struct nfha_repl *repl)
{
	struct nfha_rx *rx = &repl->rx;

	rx->candidate = 0;
	WRITE_ONCE(rx->peer, rx->known);
	/* The peer proves itself with our next frame. */
	repl->link.probe_due = true;
	nfha_debug(repl->net, "session with peer %016llx, wire version %u", rx->known, rx->version);
	nfha_event(repl->nn, NFHA_EVENT_PEER_SEEN, READ_ONCE(repl->term));
}

/**
 * nfha_rx_may_answer - limit answers to frames without a session
 * @repl: instance
 * @now: ns
 *
 * Context: link worker. Return: true when an answer may be sent now.
 */
bool nfha_rx_may_answer(struct nfha_repl *repl, u64 now)
{
	if (now < repl->rx.answered + NFHA_ANSWER_NS)
		return false;
	repl->rx.answered = now;
	return true;
}

/**
 * nfha_rx_timeout - end the session with a silent peer
 * @repl: instance
 * @now: ns
 *
 * Context: link worker.
 */
void nfha_rx_timeout(struct nfha_repl *repl, u64 now)
{
	if (repl->rx.peer && now >= repl->rx.heard + NFHA_DEAD_NS)
		nfha_session_end(repl);
}

/**
 * nfha_rx_deadline - when nfha_rx_timeout(), an answer or an acknowledgement is due
 * @repl: instance
 *
 * Context: link worker. Return: ns, or U64_MAX.
 */
u64 nfha_rx_deadline(const struct nfha_repl *repl)
{
	const struct nfha_rx *rx = &repl->rx;
	u64 due = rx->peer ? rx->heard + NFHA_DEAD_NS : U64_MAX;

	if (rx->candidate)
		due = min(due, rx->answered + NFHA_ANSWER_NS);
	if (rx->peer && rx->ack_at)
		due = min(due, rx->ack_at);
	return due;
}

/**
 * nfha_rx_acknowledges - is an acknowledgement due?
 * @repl: instance
 * @now: ns
 *
 * Context: link worker, which sends it then. Return: true once.
 */
bool nfha_rx_acknowledges(struct nfha_repl *repl, u64 now)
{
	struct nfha_rx *rx = &repl->rx;

	if (!rx->peer || !rx->ack_at || now < rx->ack_at)
		return false;
	rx->ack_at = 0;
	rx->unacked = 0;
	return true;
}

/**
 * nfha_rx_role - this unit's role changed
 * @repl: instance
 * @role: the new one
 *
 * Context: link worker.
 */
void nfha_rx_role(struct nfha_repl *repl, enum nfha_role role)
{
	/*
	 * Objects become the sender's. In any other role what a standby holds goes on
	 * being held: the peer goes on with its generation if it does not hear of a
	 * short time without it, and what was forgotten would be purged at its end.
	 */
	if (role == NFHA_ROLE_ACTIVE)
		nfha_rx_forget(repl);
}

/*
 * The object of @key, made if absent, if @version is news for it. Else NULL. With @gone it
 * can be a tombstone.
 */
static struct nfha_obj *nfha_rx_obj(struct nfha_repl *repl, const struct nfha_key *key,
				    u64 version, bool gone)
{
	struct nfha_table *table = &repl->table;
	u32 bucket = nfha_table_bucket(table, key);
	struct nfha_rx *rx = &repl->rx;
	struct nfha_obj *obj;

	nfha_table_lock(table, bucket);
	obj = nfha_table_find(table, bucket, key);
	if (!obj) {
		obj = nfha_table_add(table, bucket, key);
		if (!obj)
			nfha_count(repl->nn, INJECT_NOMEM);
	} else if (obj->epoch == rx->epoch && version <= obj->version) {
		nfha_count(repl->nn, RX_STALE);
		obj = NULL;
	}
	/* An entry that stays for lack of memory is one too many, which a comparison finds. */
	if (obj && gone && !nfha_transit_get(obj, bucket)) {
		nfha_count(repl->nn, INJECT_NOMEM);
		obj = NULL;
	}
	if (obj) {
		obj->epoch = rx->epoch;
		obj->version = version;
		if (obj->flags & NFHA_OBJ_TOMB)
			list_del_init(&obj->transit->link);
		obj->flags &= ~(NFHA_OBJ_TOMB | NFHA_OBJ_FAST | NFHA_OBJ_LIBERAL);
		if (!gone)
			nfha_transit_put(obj);
	}
	nfha_table_unlock(table, bucket);
	return obj;
}

static void nfha_rx_flag(struct nfha_repl *repl, struct nfha_obj *obj,
			 const struct nfha_key *key, u16 set, u16 clear)
{
	u32 bucket = nfha_table_bucket(&repl->table, key);

	nfha_table_lock(&repl->table, bucket);
	obj->flags = (obj->flags & ~clear) | set;
	nfha_table_unlock(&repl->table, bucket);
}

/**
 * nfha_rx_replica - an object was injected
 * @repl: instance
 * @obj: the object
 * @ct: what was
 *
 * Context: link worker.
 */
void nfha_rx_replica(struct nfha_repl *repl, struct nfha_obj *obj, const struct nfha_ct *ct)
{
	nfha_rx_flag(repl, obj, &ct->key, NFHA_OBJ_REPLICA |
		     (ct->has & NFHA_HAS_FAST ? NFHA_OBJ_LIBERAL : 0), 0);
	nfha_count_kind(repl->nn, nfha_kind_of(obj->proto), RCV);
}

static void nfha_rx_state(struct nfha_repl *repl, const struct nfha_rec_hdr *h,
			  const struct nfha_ct *ct, u64 version)
{
	struct nfha_obj *obj = nfha_rx_obj(repl, &ct->key, version, false);
	int err;

	if (!obj)
		return;
	err = nfha_inject(repl, obj, ct);
	trace_nfha_record_receive(repl->net, NFHA_REC_CT_STATE, &ct->key, err);
	if (!err) {
		nfha_rx_replica(repl, obj, ct);
		return;
	}
	nfha_count_kind(repl->nn, nfha_kind_of(ct->key.proto), RERR);
	if (err != -EPROTONOSUPPORT)
		nfha_refuse(repl, h, &ct->key, version);
}

static void nfha_rx_delete(struct nfha_repl *repl, const struct nfha_key *key, u64 version,
			   u64 seq)
{
	struct nfha_obj *obj = nfha_rx_obj(repl, key, version, true);

	if (!obj)
		return;
	obj->transit->tomb_seq = seq;
	nfha_rx_flag(repl, obj, key, NFHA_OBJ_TOMB, NFHA_OBJ_REPLICA);
	list_add_tail(&obj->transit->link, &repl->rx.tombs);
	nfha_inject_delete(repl, key);
	trace_nfha_record_receive(repl->net, NFHA_REC_CT_DELETE, key, 0);
	nfha_count_kind(repl->nn, nfha_kind_of(key->proto), RCV);
}

static int nfha_rx_object(struct nfha_repl *repl, const struct nfha_frame *frame,
			  const struct nfha_rec_hdr *h, struct nfha_cursor *body, u64 version)
{
	struct nfha_ct ct;
	int err;

	if (h->type == NFHA_REC_NEIGH_STATE || h->type == NFHA_REC_NEIGH_DELETE)
		return nfha_neigh_receive(repl, h, body, version, frame->seq);
	if (h->type != NFHA_REC_CT_STATE && h->type != NFHA_REC_CT_DELETE) {
		nfha_count(repl->nn, RX_UNKNOWN);
		return 0;
	}
	err = nfha_record_parse(h, body, &ct);
	if (err)
		return err;
	if (ct.unknown)
		nfha_count_add(repl->nn, RX_UNKNOWN_ATTR, ct.unknown);
	if (h->type == NFHA_REC_CT_STATE)
		nfha_rx_state(repl, h, &ct, version);
	else
		nfha_rx_delete(repl, &ct.key, version, frame->seq);
	return 0;
}

static int nfha_rx_ack(struct nfha_repl *repl, const struct nfha_rec_hdr *h,
		       struct nfha_cursor *body, u64 now)
{
	struct nfha_ackwin ack;

	if (!nfha_take(body, sizeof(struct nfha_rec_ack) - sizeof(*h)))
		return -EINVAL;
	nfha_ackwin_get((const struct nfha_rec_ack *)h, &ack);
	return nfha_xmit_acked(repl, &ack, now);
}

static int nfha_rx_probe(struct nfha_repl *repl, const struct nfha_frame *frame,
			 const struct nfha_rec_hdr *h, struct nfha_cursor *body)
{
	const struct nfha_rec_probe *rec = (const struct nfha_rec_probe *)h;
	struct nfha_rx *rx = &repl->rx;

	rx->version = frame->version;
	rx->frame_max = NFHA_FRAME_MAX;
	if (body->p == body->end)
		return 0;
	if (!nfha_take(body, sizeof(*rec) - sizeof(*h)) ||
	    rec->version_max < frame->version ||
	    be16_to_cpu(rec->frame_max) < NFHA_FRAME_MIN)
		return -EINVAL;
	rx->version = min(repl->range.max, rec->version_max);
	rx->frame_max = be16_to_cpu(rec->frame_max);
	return 0;
}

static int nfha_rx_control(struct nfha_repl *repl, const struct nfha_frame *frame,
			   const struct nfha_rec_hdr *h, struct nfha_cursor *body)
{
	struct nfha_rx *rx = &repl->rx;
	const __be32 *word = nfha_take(body, sizeof(*word));
	u32 value;

	if (!word)
		return -EINVAL;
	/* In a frame without a number nobody could tell a repetition. */
	if (!frame->seq)
		return -EINVAL;
	value = be32_to_cpu(*word);
	if (h->type == NFHA_REC_RELEASED)
		nfha_gate_released(repl->nn, value);
	else if (rx->epoch && value == rx->generation && rx->bulk == NFHA_BULK_RUNNING)
		nfha_purge_start(repl);
	return 0;
}

static int nfha_rx_record(struct nfha_repl *repl, const struct nfha_frame *frame,
			  const struct nfha_rec_hdr *h, struct nfha_cursor *body,
			  u64 *version, u64 now)
{
	switch (h->type) {
	case NFHA_REC_PROBE:
		return nfha_rx_probe(repl, frame, h, body);
	case NFHA_REC_ACK:
		return nfha_rx_ack(repl, h, body, now);
	case NFHA_REC_RELEASED:
	case NFHA_REC_BULK_END:
		return nfha_rx_control(repl, frame, h, body);
	case NFHA_REC_DIGEST:
	case NFHA_REC_DIGEST_STATE:
	case NFHA_REC_LIST:
	case NFHA_REC_EXTRA:
	case NFHA_REC_ASK:
		return nfha_digest_receive(repl, frame, h, body, now);
	case NFHA_REC_RESYNC:
		return nfha_bulk_asked(repl, h, body);
	default:
		break;
	}
	if (h->type < NFHA_REC_OBJECT_MIN || h->type >= NFHA_REC_OBJECT_MAX) {
		nfha_count(repl->nn, RX_UNKNOWN);
		return 0;
	}
	if (!frame->seq)
		return -EINVAL;
	return nfha_rx_object(repl, frame, h, body, (*version)++);
}

static void nfha_rx_records(struct nfha_repl *repl, const struct nfha_frame *frame,
			    const void *data, u64 now)
{
	struct nfha_cursor c = {
		.p = (const u8 *)data + sizeof(struct nfha_frame_hdr),
		.end = (const u8 *)data + frame->len,
	};
	u64 version = frame->version_base;
	const struct nfha_rec_hdr *h;
	struct nfha_cursor body;

	while (c.p < c.end) {
		h = nfha_frame_next(&c, &body);
		/* nfha_frame_is_whole(): the next one is where this one says it is. */
		if (!nfha_rx_record(repl, frame, h, &body, &version, now))
			continue;
		nfha_count(repl->nn, RX_MALFORMED);
		nfha_count_kind(repl->nn, frame->seq ? NFHA_KIND_OTHER : NFHA_KIND_SYS, RERR);
	}
}

/* May this numbered frame be taken: role, term, generation? */
static bool nfha_rx_may_take(struct nfha_repl *repl, const struct nfha_frame *frame)
{
	enum nfha_role role = READ_ONCE(repl->role);
	struct nfha_rx *rx = &repl->rx;

	/* An object is the sender's or the receiver's: first the sender lets go. */
	if ((role != NFHA_ROLE_STANDBY && role != NFHA_ROLE_STAGED) || repl->tx.epoch) {
		nfha_count(repl->nn, RX_ROLE);
		return false;
	}
	/* A staged unit has the next term already; its peer is still active. */
	if (frame->term < rx->term ||
	    (role == NFHA_ROLE_STANDBY && frame->term < READ_ONCE(repl->term))) {
		nfha_count(repl->nn, RX_TERM);
		return false;
	}
	rx->term = frame->term;
	if (rx->epoch && (s32)(frame->generation - rx->generation) < 0) {
		nfha_count(repl->nn, RX_SETTLED);
		return false;
	}
	if (!rx->epoch || frame->generation != rx->generation) {
		nfha_rx_forget(repl);
		rx->generation = frame->generation;
		rx->epoch = ++repl->epoch;
		WRITE_ONCE(rx->bulk, NFHA_BULK_RUNNING);
		nfha_debug(repl->net, "generation %u begins to arrive", rx->generation);
	}
	return true;
}

/*
 * A frame's acknowledgement costs both units as much as the frame. Nobody waits for that
 * of an active unit that goes on: one for some frames does. A gap is told at once.
 */
static void nfha_rx_owe_ack(struct nfha_rx *rx, const struct nfha_frame *frame, u64 now)
{
	if (++rx->unacked >= NFHA_ACK_FRAMES || frame->seq != rx->win.cumulative)
		rx->ack_at = now;
	else if (!rx->ack_at)
		rx->ack_at = now + NFHA_ACK_NS;
}

static void nfha_rx_numbered(struct nfha_repl *repl, const struct nfha_frame *frame,
			     const void *data, u64 now)
{
	struct nfha_rx *rx = &repl->rx;

	if (nfha_ackwin_has(&rx->win, frame->seq)) {
		/* Its sender has not heard of it. */
		rx->ack_at = now;
		nfha_count(repl->nn, RX_SETTLED);
		return;
	}
	if (!nfha_rx_may_take(repl, frame))
		return;
	if (nfha_ackwin_add(&rx->win, frame->seq)) {
		nfha_count(repl->nn, RX_SESSION);
		return;
	}
	nfha_rx_owe_ack(rx, frame, now);
	nfha_rx_records(repl, frame, data, now);
}

static bool nfha_rx_header(struct nfha_repl *repl, const void *data, size_t len,
			   struct nfha_frame *frame)
{
	switch (nfha_frame_parse(data, len, &repl->range, frame)) {
	case 0:
		break;
	case -EPROTONOSUPPORT:
		nfha_count(repl->nn, RX_VERSION);
		return false;
	default:
		nfha_count(repl->nn, RX_MALFORMED);
		return false;
	}
	return true;
}

/* Before this says true, nothing of the frame is believed, and nothing is changed. */
static bool nfha_rx_open(struct nfha_repl *repl, u8 *data, struct nfha_frame *frame)
{
	switch (nfha_keys_open(&repl->keys, frame, data)) {
	case 0:
		break;
	case -EPROTO:
		nfha_count(repl->nn, RX_CLEAR);
		return false;
	case -EKEYREJECTED:
		nfha_count(repl->nn, RX_SEALED);
		return false;
	case -ENOKEY:
		nfha_count(repl->nn, RX_UNKNOWN_KEY);
		return false;
	case -EALREADY:
		nfha_count(repl->nn, RX_REPLAY);
		return false;
	case -EBADMSG:
		nfha_count(repl->nn, RX_AUTH);
		return false;
	case -EINVAL:
		nfha_count(repl->nn, RX_MALFORMED);
		return false;
	default:
		nfha_count(repl->nn, RX_CIPHER);
		return false;
	}
	if (frame->unit == repl->nn->unit || frame->nonce == repl->nonce) {
		nfha_count(repl->nn, RX_UNIT);
		return false;
	}
	return true;
}

/* Is this frame, which echoes our nonce, of the session, or may it begin one? */
static bool nfha_rx_session(struct nfha_repl *repl, const struct nfha_frame *frame)
{
	struct nfha_rx *rx = &repl->rx;

	if (frame->nonce != rx->known && !nfha_rx_meet(repl, frame)) {
		nfha_count(repl->nn, RX_SESSION);
		return false;
	}
	/* A sealed one was compared with what its key opened before. */
	if (!frame->key_order && !nfha_replay_fresh(&rx->replay, frame->counter)) {
		nfha_count(repl->nn, RX_REPLAY);
		return false;
	}
	if (!rx->peer)
		nfha_session_begin(repl);
	rx->key_order = max(rx->key_order, frame->key_order);
	return true;
}

/**
 * nfha_rx_frame - a frame arrived from the peer's address
 * @repl: instance
 * @data: its bytes, aligned to 4; decrypted where they are
 * @len: how many
 * @now: ns
 *
 * Context: link worker.
 */
void nfha_rx_frame(struct nfha_repl *repl, void *data, size_t len, u64 now)
{
	struct nfha_rx *rx = &repl->rx;
	struct nfha_frame frame;

	if (!nfha_rx_header(repl, data, len, &frame) || !nfha_rx_open(repl, data, &frame))
		return;
	/* Its sender means something else: it must not think that this arrived. */
	if (!nfha_frame_is_whole(data, &frame)) {
		nfha_count(repl->nn, RX_MALFORMED);
		return;
	}
	if (frame.peer_nonce != repl->nonce) {
		if (frame.seq)
			nfha_count(repl->nn, RX_SESSION);
		if (nfha_rx_find_past(rx, frame.nonce) < 0) {
			rx->candidate = frame.nonce;
			rx->candidate_version = frame.version;
		}
		return;
	}
	if (!nfha_rx_session(repl, &frame))
		return;
	trace_nfha_frame_receive(repl->net, &frame);
	rx->heard = now;
	if (frame.counter > rx->newest) {
		rx->newest = frame.counter;
		rx->flags = frame.flags;
		rx->flags_term = frame.term;
		if (!frame.seq)
			rx->held = frame.generation;
	}
	if (frame.watermark > rx->win.cumulative)
		nfha_ackwin_advance(&rx->win, frame.watermark);
	/* Without losses the watermark stays behind what arrived. */
	nfha_tombs_free(repl, rx->win.cumulative);
	if (frame.seq) {
		nfha_rx_numbered(repl, &frame, data, now);
	} else {
		nfha_count_kind(repl->nn, NFHA_KIND_SYS, RCV);
		nfha_rx_records(repl, &frame, data, now);
	}
	/* It is about to release its role, and waits. */
	if (rx->ack_at && !(frame.flags & NFHA_FRAME_F_ACTIVE))
		rx->ack_at = now;
}
