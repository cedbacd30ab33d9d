// SPDX-License-Identifier: GPL-2.0
/*
 * obj.c - an object in a frame: its newest state, or that it is gone
 *
 * What is written here is what the peer will have; the object remembers as much of
 * it as the sweep needs to see what changed since.
 */
#include "expect.h"
#include "http.h"
#include "inject.h"
#include "nfha.h"
#include "obj.h"
#include "record.h"
#include "repl_inst.h"
#include "trace.h"

/**
 * nfha_obj_settle_bulk - the synchronisation no longer waits for the object
 * @repl: instance
 * @obj: its bucket locked, or nobody else has it
 *
 * Context: any.
 */
void nfha_obj_settle_bulk(struct nfha_repl *repl, struct nfha_obj *obj)
{
	if (obj->flags & NFHA_OBJ_BULK) {
		obj->flags &= ~NFHA_OBJ_BULK;
		atomic_dec(&repl->bulk.left);
	}
}

/**
 * nfha_obj_clean - the object was taken out of the queue
 * @repl: instance
 * @obj: its bucket locked, or nobody else has it
 *
 * Context: link worker.
 */
void nfha_obj_clean(struct nfha_repl *repl, struct nfha_obj *obj)
{
	obj->flags &= ~NFHA_OBJ_DIRTY;
	atomic_dec(&repl->queue.dirty);
}

/* What the peer has now, to be compared by the sweep. Bucket locked. */
static void nfha_obj_sent(struct nfha_repl *repl, struct nfha_obj *obj, const struct nfha_ct *ct,
			  u32 timeout)
{
	int i;

	obj->epoch = repl->tx.epoch;
	obj->flags = (obj->flags & ~NFHA_OBJ_TOMB) | NFHA_OBJ_UNACKED;
	obj->timeout = timeout;
	obj->sum = nfha_ct_sum(ct);
	for (i = 0; i < 2; i++)
		obj->end[i] = ct->has & NFHA_HAS_TCP ? ct->proto.tcp.seen[i].td_end : 0;
}

/*
 * The expectations behind the state at @p. The first record of a connection with a
 * helper may have too little room left in its frame: then the next one has it all.
 */
static u8 *nfha_obj_put_expects(struct nfha_repl *repl, struct nfha_obj *obj,
				const struct nfha_key *key, struct nf_conn *conn,
				u8 *p, const u8 *end)
{
	u32 bucket = obj->transit->bucket;
	struct nfha_rec_hdr *rec = (struct nfha_rec_hdr *)p;
	unsigned int cut = nfha_expect_put_all(repl, conn, rec, end);
	bool had_room;

	nfha_table_lock(&repl->table, bucket);
	had_room = obj->flags & NFHA_OBJ_HELPED;
	obj->flags |= NFHA_OBJ_HELPED;
	nfha_table_unlock(&repl->table, bucket);
	if (cut && !had_room) {
		nfha_mark(repl, key, NFHA_MARK_CHANGED, NFHA_HASTE_FAST, 0);
	} else if (cut) {
		nfha_count_add(repl->nn, EXPECT_CUT, cut);
		nfha_count_kind_add(repl->nn, NFHA_KIND_EXPECT, XERR, cut);
	}
	return p + be16_to_cpu(rec->len);
}

static u8 *nfha_obj_put_state(struct nfha_repl *repl, struct nfha_obj *obj, struct nf_conn *conn,
			  u8 *p, const u8 *end)
{
	u32 bucket = obj->transit->bucket;
	struct nfha_ct ct;
	unsigned int len;
	u32 timeout, sum;
	bool fast;

	timeout = READ_ONCE(conn->timeout);
	nfha_ct_read(conn, &ct);
	nfha_table_lock(&repl->table, bucket);
	/* Set again meanwhile: then it is in the queue again, too. */
	if (!(obj->flags & NFHA_OBJ_DIRTY))
		obj->flags &= ~NFHA_OBJ_GONE;
	sum = obj->sum;
	nfha_obj_sent(repl, obj, &ct, timeout);
	fast = obj->flags & NFHA_OBJ_FAST;
	/* Of all that a synchronisation sends few are about to run; a lap finds them. */
	if (obj->sum != sum && ct.has & NFHA_HAS_TCP &&
	    ct.proto.tcp.state == TCP_CONNTRACK_ESTABLISHED &&
	    !(obj->flags & (NFHA_OBJ_BULK | NFHA_OBJ_BUSY)))
		nfha_table_watch(&repl->table, bucket, obj, NFHA_OBJ_YOUNG | NFHA_OBJ_FRESH);
	nfha_table_unlock(&repl->table, bucket);
	if (fast && ct.has & NFHA_HAS_TCP)
		ct.has |= NFHA_HAS_FAST;
	nfha_count_kind(repl->nn, nfha_kind_of(ct.key.proto), XMIT);
	trace_nfha_record_send(repl->net, NFHA_REC_CT_STATE, &ct.key, 0);
	len = nfha_pretend_record(repl, p, nfha_record_state(&ct, p));
	if (!(ct.ext.has & NFHA_EXT_HELPER))
		return p + len;
	return nfha_obj_put_expects(repl, obj, &ct.key, conn, p, end);
}

/* The connection is gone, or left out: tell the peer if it was told of it, or forget it. */
static u8 *nfha_obj_put_gone(struct nfha_repl *repl, struct nfha_obj *obj,
			     const struct nfha_key *key, u8 *p)
{
	u32 bucket = obj->transit->bucket;
	bool sent;

	nfha_table_lock(&repl->table, bucket);
	sent = obj->epoch == repl->tx.epoch;
	if (!(obj->flags & NFHA_OBJ_DIRTY)) {
		obj->flags |= NFHA_OBJ_GONE;
		if (!sent) {
			nfha_obj_settle_bulk(repl, obj);
			nfha_count(repl->nn, TX_SUPPRESSED);
			nfha_table_del(&repl->table, bucket, obj);
		}
	}
	nfha_table_unlock(&repl->table, bucket);
	if (!sent)
		return NULL;
	nfha_count_kind(repl->nn, nfha_kind_of(key->proto), XMIT);
	trace_nfha_record_send(repl->net, NFHA_REC_CT_DELETE, key, 0);
	return p + nfha_record_delete(key, p);
}

/**
 * nfha_obj_put - write the record of an object
 * @repl: instance
 * @obj: the next of the queue, taken out of it
 * @p: where
 * @end: of the frame's room; at least nfha_obj_room() behind @p, or the frame is empty
 *
 * Context: link worker. Return: end of the record, or NULL: none needed; then @obj
 * may be gone.
 */
u8 *nfha_obj_put(struct nfha_repl *repl, struct nfha_obj *obj, u8 *p, const u8 *end)
{
	u32 bucket = obj->transit->bucket;
	struct nf_conn *conn;
	struct nfha_key key;
	bool left_out;

	nfha_obj_key(obj, &key);
	/* First: a change from now on queues the object again. */
	nfha_table_lock(&repl->table, bucket);
	nfha_obj_clean(repl, obj);
	nfha_table_unlock(&repl->table, bucket);

	conn = nfha_key_find(&key, repl->net);
	if (!conn)
		return nfha_obj_put_gone(repl, obj, &key, p);
	/* Before the object forgets the timeout that the replica was given. */
	nfha_table_lock(&repl->table, bucket);
	if (obj->flags & NFHA_OBJ_REPLICA)
		nfha_inject_restore(obj, conn);
	nfha_table_unlock(&repl->table, bucket);
	rcu_read_lock();
	left_out = nfha_http_is_left_out(repl->nn, &key);
	rcu_read_unlock();
	p = left_out ? nfha_obj_put_gone(repl, obj, &key, p) :
		       nfha_obj_put_state(repl, obj, conn, p, end);
	nf_ct_put(conn);
	return p;
}

/**
 * nfha_obj_room - room that a frame should have for the record of an object
 * @obj: it
 *
 * Context: link worker. Return: bytes.
 */
unsigned int nfha_obj_room(const struct nfha_obj *obj)
{
	/* Every frame has room for one. */
	BUILD_BUG_ON(sizeof(struct nfha_frame_hdr) + NFHA_REC_CT_MAX(AF_INET6) +
		     NFHA_PRETEND_ATTR + NFHA_PRETEND_RECORD +
		     2 * sizeof(struct nfha_rec_term) + NFHA_FRAME_TAG > NFHA_FRAME_MIN);
	/* Racy look: the worker itself sets it. */
	return NFHA_REC_CT_MAX(obj->family) + NFHA_PRETEND_ATTR +
	       (READ_ONCE(obj->flags) & NFHA_OBJ_HELPED ? NFHA_EXPECTS_ROOM : 0);
}
