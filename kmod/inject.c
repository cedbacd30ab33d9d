// SPDX-License-Identifier: GPL-2.0
/*
 * inject.c - puts the peer's connections into this unit's conntrack table
 *
 * All of it runs in the link worker; another writer of the same entries is only
 * the packet path, which the gate keeps away from a standby unit's replicas.
 */
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_nat.h>
#include <net/tcp.h>

#include "expect.h"
#include "inject.h"
#include "nfha.h"
#include "record.h"
#include "repl_inst.h"

/* Absolute, as conntrack keeps it: a replica does not age out by itself. */
static u32 nfha_replica_timeout(u32 timeout_ms)
{
	u64 ms = (u64)timeout_ms + NFHA_GRACE_MS;
	/* conntrack compares as signed 32 bit numbers. */
	u64 ticks = min_t(u64, div_u64(ms * HZ, MSEC_PER_SEC), S32_MAX / 2);

	return nfct_time_stamp + (u32)ticks;
}

/*
 * Packets passed the active unit after the record was built. An exact copy of the
 * window would make every later one invalid: the edges move out by the slack on
 * both sides. A side that has not spoken yet (maxwin 0) is left as it is, and then
 * the other one too: its first packet has to meet what conntrack expects.
 */
static void nfha_tcp_widen(struct ip_ct_tcp *tcp, bool fast)
{
	struct ip_ct_tcp_state *s;
	int i;

	for (i = 0; i < 2; i++)
		tcp->seen[i].flags &= ~(IP_CT_TCP_FLAG_DATA_UNACKNOWLEDGED |
					IP_CT_TCP_FLAG_MAXACK_SET);
	/* No window is wide enough for it: it goes on unchecked, but it goes on. */
	for (i = 0; fast && i < 2; i++)
		tcp->seen[i].flags |= IP_CT_TCP_FLAG_BE_LIBERAL;
	if (!tcp->seen[0].td_maxwin || !tcp->seen[1].td_maxwin)
		return;
	for (i = 0; i < 2; i++) {
		s = &tcp->seen[i];
		s->td_end += NFHA_TCP_SLACK;
		s->td_maxend = s->td_end + NFHA_TCP_SLACK;
		s->td_maxwin = 2 * NFHA_TCP_SLACK;
	}
}

/* The largest window that this side can have offered. */
static u32 nfha_tcp_window(const struct ip_ct_tcp_state *s)
{
	return U16_MAX << min_t(u8, s->td_scale, TCP_MAX_WSCALE);
}

/* New edges of a widened window, or false: not known, or no narrower. */
static bool nfha_tcp_narrow(struct ip_ct_tcp *tcp)
{
	u32 end[2], win[2];
	int i;

	for (i = 0; i < 2; i++) {
		const struct ip_ct_tcp_state *s = &tcp->seen[i];

		win[i] = nfha_tcp_window(s);
		if (s->td_maxwin != 2 * NFHA_TCP_SLACK || win[i] > NFHA_TCP_SLACK / 4 ||
		    !(s->flags & IP_CT_TCP_FLAG_MAXACK_SET))
			return false;
	}
	for (i = 0; i < 2; i++) {
		end[i] = tcp->seen[!i].td_maxack + 2 * win[!i];
		if (before(end[i], nfha_tcp_end(tcp, i)))
			return false;
	}
	for (i = 0; i < 2; i++) {
		tcp->seen[i].td_end = end[i];
		tcp->seen[i].td_maxend = end[i];
		tcp->seen[i].td_maxwin = 4 * win[i];
	}
	return true;
}

/**
 * nfha_inject_is_wide - is the window of a connection still as wide as its replica was made?
 * @conn: TCP connection
 *
 * A racy look, to leave most connections alone.
 *
 * Context: any.
 */
bool nfha_inject_is_wide(const struct nf_conn *conn)
{
	return READ_ONCE(conn->proto.tcp.seen[0].td_maxwin) == 2 * NFHA_TCP_SLACK;
}

/**
 * nfha_inject_narrow - after a takeover: check a connection's window closely again
 * @obj: its object; its bucket is locked
 * @conn: TCP connection; cannot go away
 *
 * Both sides have to have acknowledged something since. What a side sent is then at
 * most one window of the other above what that acknowledged; twice as much allows
 * for an acknowledgement that was overtaken. The slack of the replica is gone.
 *
 * Context: BH off. Return: true when it was narrowed now.
 */
bool nfha_inject_narrow(struct nfha_obj *obj, struct nf_conn *conn)
{
	struct ip_ct_tcp *tcp = &conn->proto.tcp;
	bool narrowed;
	int i;

	spin_lock(&conn->lock);
	narrowed = nfha_tcp_narrow(tcp);
	if (narrowed && obj->flags & NFHA_OBJ_LIBERAL)
		for (i = 0; i < 2; i++)
			tcp->seen[i].flags &= ~IP_CT_TCP_FLAG_BE_LIBERAL;
	spin_unlock(&conn->lock);
	if (narrowed)
		obj->flags &= ~NFHA_OBJ_LIBERAL;
	return narrowed;
}

static void nfha_set_proto(struct nf_conn *conn, const struct nfha_ct *ct)
{
	union nf_conntrack_proto proto = ct->proto;

	if (ct->has & NFHA_HAS_TCP)
		nfha_tcp_widen(&proto.tcp, ct->has & NFHA_HAS_FAST);
	else if (ct->key.proto == IPPROTO_UDP || ct->key.proto == IPPROTO_UDPLITE)
		proto.udp.stream_ts = jiffies + (ct->has & NFHA_HAS_UDP ? 0 : 2 * HZ);
	else if (!(ct->has & (NFHA_HAS_GRE | NFHA_HAS_SCTP)))
		return;
	spin_lock_bh(&conn->lock);
	conn->proto = proto;
	spin_unlock_bh(&conn->lock);
}

static void nfha_set_mark(struct nf_conn *conn, u32 mark)
{
#ifdef CONFIG_NF_CONNTRACK_MARK
	WRITE_ONCE(conn->mark, mark);
#endif
}

static void nfha_set_timeout(struct nfha_obj *obj, struct nf_conn *conn, u32 timeout_ms)
{
	u32 timeout = nfha_replica_timeout(timeout_ms);

	WRITE_ONCE(conn->timeout, timeout);
	WRITE_ONCE(obj->timeout, timeout);
}

/*
 * Map to what the connection is mapped to already: the tuples stay as they are,
 * the entry is linked where NAT looks for it, and the DONE bit is set (never by
 * hand: freeing the entry would unlink what was not linked).
 */
static int nfha_set_nat(struct nf_conn *conn, const struct nfha_ct *ct,
			enum nf_nat_manip_type manip)
{
	struct nf_nat_range2 range = {
		.flags = NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED,
	};
	struct nf_conntrack_tuple mapped;

	if (!nf_ct_invert_tuple(&mapped, &ct->reply))
		return -EINVAL;
	if (manip == NF_NAT_MANIP_SRC) {
		range.min_addr = mapped.src.u3;
		range.min_proto.all = mapped.src.u.all;
	} else {
		range.min_addr = mapped.dst.u3;
		range.min_proto.all = mapped.dst.u.all;
	}
	/* The part of an ICMP tuple that can be mapped is the id, in @src. */
	if (ct->key.proto == IPPROTO_ICMP || ct->key.proto == IPPROTO_ICMPV6)
		range.min_proto.all = mapped.src.u.all;
	range.max_addr = range.min_addr;
	range.max_proto = range.min_proto;
	if (nf_nat_setup_info(conn, &range, manip) != NF_ACCEPT)
		return -EINVAL;
	return nf_ct_tuple_equal(nf_ct_tuple(conn, IP_CT_DIR_REPLY), &ct->reply) ? 0 : -EEXIST;
}

static int nfha_set_nats(struct nf_conn *conn, const struct nfha_ct *ct)
{
	int err = 0;

	if (ct->status & IPS_SRC_NAT_DONE)
		err = nfha_set_nat(conn, ct, NF_NAT_MANIP_SRC);
	if (!err && ct->status & IPS_DST_NAT_DONE)
		err = nfha_set_nat(conn, ct, NF_NAT_MANIP_DST);
	return err;
}

static int nfha_insert_one(struct nfha_repl *repl, struct nfha_obj *obj, const struct nfha_ct *ct)
{
	struct nf_conntrack_tuple orig;
	struct nf_conntrack_zone zone;
	struct nf_conn *conn;
	int err;

	nfha_key_tuple(&ct->key, &orig);
	nfha_key_zone(&ct->key, &zone);
	conn = nf_conntrack_alloc(repl->net, &zone, &orig, &ct->reply, GFP_KERNEL);
	if (IS_ERR(conn))
		return PTR_ERR(conn);

	/* Extensions may not be unregistered between here and the insertion. */
	rcu_read_lock();
	err = nfha_set_nats(conn, ct);
	if (err) {
		if (err != -EEXIST)
			nfha_count(repl->nn, INJECT_NAT);
		goto err_free;
	}
	err = nfha_ext_add(repl, conn, &ct->ext, ct->status);
	if (err)
		goto err_free;
	memset(&conn->proto, 0, sizeof(conn->proto));
	nfha_set_proto(conn, ct);
	nfha_set_mark(conn, ct->mark);
	nfha_set_timeout(obj, conn, ct->timeout_ms);
	/* The DONE bits came from nf_nat_setup_info(). */
	conn->status |= IPS_CONFIRMED | (ct->status & ~IPS_NAT_DONE_MASK);
	err = nf_conntrack_hash_check_insert(conn);
	if (err)
		goto err_free;
	rcu_read_unlock();
	nfha_expect_sync(repl, conn, ct);
	nf_ct_put(conn);
	return 0;

err_free:
	rcu_read_unlock();
	if (conn->master)
		nf_ct_put(conn->master);
	nf_conntrack_free(conn);
	return err;
}

/* The version of the replica @conn, 0: it is none, or of an older generation. */
static u64 nfha_victim_version(struct nfha_repl *repl, const struct nf_conn *conn)
{
	struct nfha_obj *obj;
	struct nfha_key key;
	u64 version = 0;
	u32 bucket;

	nfha_key_of(conn, &key);
	bucket = nfha_table_bucket(&repl->table, &key);
	nfha_table_lock(&repl->table, bucket);
	obj = nfha_table_find(&repl->table, bucket, &key);
	if (obj && obj->epoch == repl->rx.epoch && !(obj->flags & NFHA_OBJ_TOMB))
		version = obj->version;
	nfha_table_unlock(&repl->table, bucket);
	return version;
}

/*
 * Make room for @tuple: the peer says who has it, so an entry that has it here is
 * older, unless it is a replica with a newer version.
 */
static int nfha_evict(struct nfha_repl *repl, const struct nfha_obj *obj,
		      const struct nfha_key *key, const struct nf_conntrack_tuple *tuple)
{
	struct nf_conntrack_tuple_hash *h;
	struct nf_conntrack_zone zone;
	struct nf_conn *conn;
	int err = 0;

	nfha_key_zone(key, &zone);
	h = nf_conntrack_find_get(repl->net, &zone, tuple);
	if (!h)
		return 0;
	conn = nf_ct_tuplehash_to_ctrack(h);
	if (nfha_victim_version(repl, conn) > obj->version) {
		err = -EEXIST;
	} else {
		nf_ct_delete(conn, 0, 0);
		nfha_count(repl->nn, REPLACED);
	}
	nf_ct_put(conn);
	return err;
}

/* A new entry; what is in its way goes. */
static int nfha_insert(struct nfha_repl *repl, struct nfha_obj *obj, const struct nfha_ct *ct)
{
	struct nf_conntrack_tuple orig;
	int tries, err;

	nfha_key_tuple(&ct->key, &orig);
	for (tries = 0; tries < 3; tries++) {
		/* Both tuples have to be free before NAT looks at them. */
		err = nfha_evict(repl, obj, &ct->key, &orig);
		if (!err)
			err = nfha_evict(repl, obj, &ct->key, &ct->reply);
		if (err)
			break;
		err = nfha_insert_one(repl, obj, ct);
		/* -EAGAIN: a module with an extension is just being unloaded. */
		if (err != -EEXIST && err != -EAGAIN)
			break;
	}
	return err;
}

static void nfha_update_one(struct nfha_repl *repl, struct nfha_obj *obj,
			    struct nf_conn *conn, const struct nfha_ct *ct)
{
	nfha_set_proto(conn, ct);
	nfha_set_mark(conn, ct->mark);
	nfha_ext_update(repl->nn, conn, &ct->ext);
	nfha_expect_sync(repl, conn, ct);
	/* Cleared, too: somebody may have set them here by hand. */
	assign_bit(IPS_SEEN_REPLY_BIT, &conn->status, ct->status & IPS_SEEN_REPLY);
	assign_bit(IPS_ASSURED_BIT, &conn->status, ct->status & IPS_ASSURED);
	nfha_set_timeout(obj, conn, ct->timeout_ms);
}

/* The entry becomes what the peer has. Returns false when there is none, or it cannot. */
static bool nfha_update(struct nfha_repl *repl, struct nfha_obj *obj, const struct nfha_ct *ct)
{
	struct nf_conn *conn = nfha_key_find(&ct->key, repl->net);
	bool same;

	if (!conn)
		return false;
	/* What NAT has done cannot be undone in an entry, and some is given to new ones only. */
	same = nf_ct_tuple_equal(nf_ct_tuple(conn, IP_CT_DIR_REPLY), &ct->reply) &&
	       !((READ_ONCE(conn->status) ^ ct->status) & (IPS_NAT_MASK | IPS_NAT_DONE_MASK)) &&
	       nfha_ext_fits(repl, conn, &ct->ext);
	if (same) {
		nfha_update_one(repl, obj, conn, ct);
		nfha_count(repl->nn, UPDATED);
	}
	nf_ct_put(conn);
	return same;
}

/* A full table would drop one replica for another. 0: there is no limit. */
static bool nfha_inject_is_full(const struct nfha_repl *repl)
{
	unsigned int max = READ_ONCE(nf_conntrack_max);

	return max && nf_conntrack_count(repl->net) >= max / 10 * 9;
}

static void nfha_inject_count(struct nfha_net *nn, int err)
{
	if (!err)
		nfha_count(nn, INJECTED);
	else if (err == -EEXIST)
		nfha_count(nn, INJECT_CLASH);
	else if (err == -ENOSPC)
		nfha_count(nn, INJECT_FULL);
	else if (err == -ENOMEM || err == -EAGAIN)
		nfha_count(nn, INJECT_NOMEM);
}

/**
 * nfha_inject_supports - can a replica of this protocol be made
 * @proto: transport protocol number
 *
 * Context: any.
 */
bool nfha_inject_supports(u8 proto)
{
	/* The state machine of DCCP cannot be entered in the middle. */
	return proto != IPPROTO_DCCP;
}

/**
 * nfha_inject - make the conntrack table hold what the peer says
 * @repl: instance
 * @obj: object of the connection, with the new version; its timeout is set
 * @ct: the record
 *
 * Context: link worker. Return: 0 or a negative error, which is counted.
 */
int nfha_inject(struct nfha_repl *repl, struct nfha_obj *obj, const struct nfha_ct *ct)
{
	bool full = nfha_inject_is_full(repl);
	int err = -EEXIST;

	if (!nfha_inject_supports(ct->key.proto)) {
		nfha_count(repl->nn, INJECT_PROTO);
		return -EPROTONOSUPPORT;
	}
	/*
	 * Nearly always a new object has no entry here, and nobody has its tuples: the insertion
	 * finds that out by itself. Racy look: only the worker sets the flag.
	 */
	if (!full && !(READ_ONCE(obj->flags) & NFHA_OBJ_REPLICA))
		err = nfha_insert_one(repl, obj, ct);
	if (err && nfha_update(repl, obj, ct))
		return 0;
	if (full)
		err = -ENOSPC;
	else if (err == -EEXIST || err == -EAGAIN)
		err = nfha_insert(repl, obj, ct);
	nfha_inject_count(repl->nn, err);
	return err;
}

/**
 * nfha_inject_delete - the connection is gone on the peer
 * @repl: instance
 * @key: connection
 *
 * Context: link worker.
 */
void nfha_inject_delete(struct nfha_repl *repl, const struct nfha_key *key)
{
	struct nf_conn *conn = nfha_key_find(key, repl->net);

	if (!conn)
		return;
	if (nf_ct_delete(conn, 0, 0))
		nfha_count(repl->nn, DELETED);
	nf_ct_put(conn);
}

/**
 * nfha_inject_restore - give a replica its real timeout
 * @obj: NFHA_OBJ_REPLICA; its bucket is locked
 * @conn: its connection
 *
 * A packet since the injection has set the right timeout already.
 *
 * Context: BH off.
 */
void nfha_inject_restore(struct nfha_obj *obj, struct nf_conn *conn)
{
	u32 grace = msecs_to_jiffies(NFHA_GRACE_MS);
	s32 left = obj->timeout - nfct_time_stamp;
	/* One that is over by now gets half a minute: its peer spoke since a lap, perhaps. */
	u32 timeout = nfct_time_stamp + max_t(s32, left - (s32)grace, 30 * HZ);

	cmpxchg(&conn->timeout, obj->timeout, timeout);
	nfha_expect_restore(conn);
	obj->flags &= ~NFHA_OBJ_REPLICA;
}
