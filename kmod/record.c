// SPDX-License-Identifier: GPL-2.0
/* record.c - a connection or neighbour as a record on the wire, and back (nfha_wire.h) */
#include <linux/etherdevice.h>
#include <linux/jhash.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/tcp.h>

#include "expect.h"
#include "inject.h"
#include "nfha.h"
#include "record.h"

/**
 * nfha_kind_of - the row of show failover that a protocol counts in
 * @proto: transport protocol number
 *
 * Context: any.
 */
enum nfha_kind nfha_kind_of(u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return NFHA_KIND_TCP;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		return NFHA_KIND_UDP;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return NFHA_KIND_ICMP;
	default:
		return NFHA_KIND_OTHER;
	}
}

/**
 * nfha_tcp_end - the highest sequence number that a side sent
 * @tcp: tracking state; may change meanwhile
 * @dir: the side
 *
 * Conntrack's own number is ahead by the slack in an entry that was a replica,
 * until the flow overtakes it; then the edge of the window is no longer where
 * nfha_inject() put it. Widened again by each takeover it would end outside of what
 * sequence arithmetic allows. The other side's highest acknowledgement follows the
 * flow meanwhile.
 *
 * Context: any. Return: the number, or one not far below it.
 */
u32 nfha_tcp_end(const struct ip_ct_tcp *tcp, int dir)
{
	const struct ip_ct_tcp_state *s = &tcp->seen[dir], *other = &tcp->seen[!dir];
	u32 end = READ_ONCE(s->td_end), ack = READ_ONCE(other->td_maxack);

	if (READ_ONCE(s->td_maxwin) != 2 * NFHA_TCP_SLACK ||
	    READ_ONCE(s->td_maxend) - end != NFHA_TCP_SLACK)
		return end;
	end -= NFHA_TCP_SLACK;
	if (READ_ONCE(other->flags) & IP_CT_TCP_FLAG_MAXACK_SET && after(ack, end))
		end = ack;
	return end;
}

/**
 * nfha_ct_read - the state of a connection now
 * @conn: connection; the caller holds a reference
 * @ct: filled, but for what @ct->has and @ct->ext.has do not name, and @ct->attrs
 *
 * Context: any, BH may be on or off.
 */
void nfha_ct_read(struct nf_conn *conn, struct nfha_ct *ct)
{
	struct nf_conntrack_tuple inverse;
	int i;

	ct->mark = 0;
	ct->has = 0;
	ct->unknown = 0;
	nfha_key_of(conn, &ct->key);
	/* First: what changes meanwhile is found by the sweep. */
	ct->ext_sum = nfha_ext_sum(conn);
	nfha_ext_read(conn, &ct->ext);
	ct->reply = *nf_ct_tuple(conn, IP_CT_DIR_REPLY);
	if (!nf_ct_invert_tuple(&inverse, nf_ct_tuple(conn, IP_CT_DIR_ORIGINAL)) ||
	    !nf_ct_tuple_equal(&inverse, &ct->reply))
		ct->has |= NFHA_HAS_REPLY;
	ct->status = READ_ONCE(conn->status) & NFHA_STATUS_MASK;
	ct->offloaded = nfha_ct_is_offloaded(conn);
	ct->timeout_ms = jiffies_to_msecs(nf_ct_expires(conn));
#ifdef CONFIG_NF_CONNTRACK_MARK
	ct->mark = READ_ONCE(conn->mark);
#endif
	switch (ct->key.proto) {
	case IPPROTO_TCP:
		ct->has |= NFHA_HAS_TCP;
		break;
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
		if (ct->status & IPS_ASSURED)
			ct->has |= NFHA_HAS_UDP;
		return;
	case IPPROTO_GRE:
		ct->has |= NFHA_HAS_GRE;
		break;
	case IPPROTO_SCTP:
		ct->has |= NFHA_HAS_SCTP;
		break;
	default:
		return;
	}
	spin_lock_bh(&conn->lock);
	ct->proto = conn->proto;
	spin_unlock_bh(&conn->lock);
	if (ct->has & NFHA_HAS_TCP)
		for (i = 0; i < 2; i++)
			ct->proto.tcp.seen[i].td_end = nfha_tcp_end(&ct->proto.tcp, i);
}

/**
 * nfha_ct_sum - digest of what an event should have told
 * @ct: connection
 *
 * A flowtable that takes a connection has conntrack no longer check its windows: the peer has to
 * hear of that flag.
 *
 * Context: any. Return: a number that changes with status, mark, state, @ext_sum and @offloaded.
 */
u32 nfha_ct_sum(const struct nfha_ct *ct)
{
	u32 state = 0;

	if (ct->has & NFHA_HAS_TCP)
		state = ct->proto.tcp.state;
	else if (ct->has & NFHA_HAS_SCTP)
		state = ct->proto.sctp.state;
	return jhash_3words(ct->status, ct->mark, state | ct->offloaded << 8, ct->ext_sum);
}

/**
 * nfha_put - append bytes
 * @p: where
 * @data: what
 * @len: how much
 *
 * Context: any. Return: the end of it.
 */
u8 *nfha_put(u8 *p, const void *data, size_t len)
{
	memcpy(p, data, len);
	return p + len;
}

/**
 * nfha_put_tuple - append a tuple
 * @p: where; nfha_tuple_len(@family) bytes
 * @family: AF_INET or AF_INET6
 * @src: source address
 * @dst: destination address
 * @sport: source part of the transport protocol
 * @dport: destination part
 *
 * Context: any. Return: the end of it.
 */
u8 *nfha_put_tuple(u8 *p, u8 family, const union nf_inet_addr *src,
		   const union nf_inet_addr *dst, __be16 sport, __be16 dport)
{
	size_t alen = family == AF_INET ? 4 : 16;

	p = nfha_put(p, src, alen);
	p = nfha_put(p, dst, alen);
	p = nfha_put(p, &sport, sizeof(sport));
	return nfha_put(p, &dport, sizeof(dport));
}

static unsigned int nfha_addr_len(u8 family)
{
	return family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
}

static u8 *nfha_put_fixed(u8 *p, const struct nfha_key *key, u8 type)
{
	struct nfha_rec_ct rec = {
		.h.type		= type,
		.family		= key->family == AF_INET ? 4 : 6,
		.proto		= key->proto,
		.zone		= cpu_to_be16(key->zone),
		.zone_dir	= key->zone_dir,
	};

	p = nfha_put(p, &rec, sizeof(rec));
	return nfha_put_tuple(p, key->family, &key->src, &key->dst, key->sport, key->dport);
}

/* Then windows are all that is made of what it said: the receiver makes them wider. */
static bool nfha_tcp_has_spoken(const struct ip_ct_tcp *tcp)
{
	return tcp->seen[0].td_maxwin && tcp->seen[1].td_maxwin;
}

static u8 *nfha_put_tcp_ends(u8 *p, const struct ip_ct_tcp *tcp)
{
	struct nfha_ct_tcp_ends a = {
		.a = { NFHA_CT_A_TCP_ENDS, sizeof(a) },
		.state		= tcp->state,
		.last_dir	= tcp->last_dir,
	};
	int i;

	for (i = 0; i < 2; i++) {
		a.scale[i] = tcp->seen[i].td_scale;
		a.flags[i] = tcp->seen[i].flags;
		a.end[i] = cpu_to_be32(tcp->seen[i].td_end);
	}
	return nfha_put(p, &a, sizeof(a));
}

static u8 *nfha_put_tcp(u8 *p, const struct ip_ct_tcp *tcp)
{
	struct nfha_ct_tcp a = {
		.a = { NFHA_CT_A_TCP, sizeof(a) },
		.state		= tcp->state,
		.last_dir	= tcp->last_dir,
	};
	int i;

	for (i = 0; i < 2; i++) {
		a.dir[i].end = cpu_to_be32(tcp->seen[i].td_end);
		a.dir[i].maxend = cpu_to_be32(tcp->seen[i].td_maxend);
		a.dir[i].maxwin = cpu_to_be32(tcp->seen[i].td_maxwin);
		a.dir[i].maxack = cpu_to_be32(tcp->seen[i].td_maxack);
		a.dir[i].scale = tcp->seen[i].td_scale;
		a.dir[i].flags = tcp->seen[i].flags;
	}
	return nfha_put(p, &a, sizeof(a));
}

static u8 *nfha_put_proto(u8 *p, const struct nfha_ct *ct)
{
	if (ct->has & NFHA_HAS_TCP)
		return nfha_tcp_has_spoken(&ct->proto.tcp) ? nfha_put_tcp_ends(p, &ct->proto.tcp) :
							     nfha_put_tcp(p, &ct->proto.tcp);
	if (ct->has & NFHA_HAS_UDP) {
		struct nfha_attr_hdr a[2] = { { NFHA_CT_A_UDP, sizeof(a[0]) } };

		return nfha_put(p, a, sizeof(a));
	}
	if (ct->has & NFHA_HAS_GRE) {
		struct nfha_ct_gre a = {
			.a = { NFHA_CT_A_GRE, sizeof(a) },
			.stream_timeout_ms =
				cpu_to_be32(jiffies_to_msecs(ct->proto.gre.stream_timeout)),
			.timeout_ms = cpu_to_be32(jiffies_to_msecs(ct->proto.gre.timeout)),
		};

		return nfha_put(p, &a, sizeof(a));
	}
	if (ct->has & NFHA_HAS_SCTP) {
		struct nfha_ct_sctp a = {
			.a = { NFHA_CT_A_SCTP, sizeof(a) },
			.state = ct->proto.sctp.state,
			.vtag = { ct->proto.sctp.vtag[0], ct->proto.sctp.vtag[1] },
		};

		return nfha_put(p, &a, sizeof(a));
	}
	return p;
}

/* A mapped source is all that most mapped connections have. */
static bool nfha_reply_is_from_dst(const struct nfha_ct *ct)
{
	return ct->reply.src.u.all == ct->key.dport &&
	       nf_inet_addr_cmp(&ct->reply.src.u3, &ct->key.dst);
}

static u8 *nfha_put_reply(u8 *p, const struct nfha_ct *ct, struct nfha_rec_ct *rec)
{
	const struct nf_conntrack_tuple *reply = &ct->reply;

	if (nfha_reply_is_from_dst(ct)) {
		rec->flags |= NFHA_CT_F_REPLY_DST;
		rec->reply_dport = reply->dst.u.all;
		return nfha_put(p, &reply->dst.u3, nfha_addr_len(ct->key.family));
	}
	rec->flags |= NFHA_CT_F_REPLY;
	return nfha_put_tuple(p, ct->key.family, &reply->src.u3, &reply->dst.u3,
			      reply->src.u.all, reply->dst.u.all);
}

/**
 * nfha_record_state - write NFHA_REC_CT_STATE
 * @ct: connection
 * @buf: NFHA_REC_CT_MAX(family) bytes
 *
 * Context: any. Return: bytes written.
 */
unsigned int nfha_record_state(const struct nfha_ct *ct, u8 *buf)
{
	struct nfha_rec_ct *rec = (struct nfha_rec_ct *)buf;
	u8 *p = nfha_put_fixed(buf, &ct->key, NFHA_REC_CT_STATE);

	rec->status = cpu_to_be32(ct->status);
	rec->timeout_ms = cpu_to_be32(ct->timeout_ms);
	rec->mark = cpu_to_be32(ct->mark);
	if (ct->has & NFHA_HAS_REPLY)
		p = nfha_put_reply(p, ct, rec);
	if (ct->has & NFHA_HAS_FAST)
		rec->flags |= NFHA_CT_F_FAST;
	p = nfha_put_proto(p, ct);
	p = nfha_ext_put(p, &ct->ext);
	rec->h.len = cpu_to_be16(p - buf);
	return p - buf;
}

/**
 * nfha_record_delete - write NFHA_REC_CT_DELETE
 * @key: connection
 * @buf: NFHA_REC_CT_MAX(family) bytes
 *
 * Context: any. Return: bytes written.
 */
unsigned int nfha_record_delete(const struct nfha_key *key, u8 *buf)
{
	struct nfha_rec_ct *rec = (struct nfha_rec_ct *)buf;
	u8 *p = nfha_put_fixed(buf, key, NFHA_REC_CT_DELETE);

	rec->h.len = cpu_to_be16(p - buf);
	return p - buf;
}

/**
 * nfha_get_tuple - read a tuple
 * @c: moved behind it
 * @family: AF_INET or AF_INET6
 * @src: source address; what @family does not fill stays
 * @dst: destination address
 * @sport: source part of the transport protocol
 * @dport: destination part
 *
 * Context: any. Return: false: cut short.
 */
bool nfha_get_tuple(struct nfha_cursor *c, u8 family, union nf_inet_addr *src,
		    union nf_inet_addr *dst, __be16 *sport, __be16 *dport)
{
	size_t alen = family == AF_INET ? 4 : 16;
	const u8 *p = nfha_take(c, 2 * alen + 4);

	if (!p)
		return false;
	memcpy(src, p, alen);
	memcpy(dst, p + alen, alen);
	memcpy(sport, p + 2 * alen, sizeof(*sport));
	memcpy(dport, p + 2 * alen + 2, sizeof(*dport));
	return true;
}

/**
 * nfha_zone_dir_valid - is this a direction on the wire
 * @dir: NFHA_ZONE_DIR_*
 *
 * Context: any.
 */
bool nfha_zone_dir_valid(u8 dir)
{
	return dir && !(dir & ~(NFHA_ZONE_DIR_ORIG | NFHA_ZONE_DIR_REPL));
}

static int nfha_get_tcp_state(struct nfha_ct *ct, u8 state, u8 last_dir)
{
	/* Conntrack's table of transitions ends here; the states above have timeouts only. */
	if (state >= TCP_CONNTRACK_MAX || last_dir >= IP_CT_DIR_MAX)
		return -EINVAL;
	ct->proto.tcp.state = state;
	ct->proto.tcp.last_dir = last_dir;
	ct->has |= NFHA_HAS_TCP;
	return 0;
}

static int nfha_get_tcp_ends(const struct nfha_ct_tcp_ends *a, struct nfha_ct *ct)
{
	struct ip_ct_tcp *tcp = &ct->proto.tcp;
	int i;

	for (i = 0; i < 2; i++) {
		if (a->scale[i] > TCP_MAX_WSCALE)
			return -EINVAL;
		tcp->seen[i].td_end = be32_to_cpu(a->end[i]);
		tcp->seen[i].td_maxend = tcp->seen[i].td_end;
		/* Any but 0. */
		tcp->seen[i].td_maxwin = U16_MAX;
		tcp->seen[i].td_maxack = 0;
		tcp->seen[i].td_scale = a->scale[i];
		tcp->seen[i].flags = a->flags[i];
	}
	return nfha_get_tcp_state(ct, a->state, a->last_dir);
}

static int nfha_get_tcp(const struct nfha_ct_tcp *a, struct nfha_ct *ct)
{
	struct ip_ct_tcp *tcp = &ct->proto.tcp;
	int i;

	for (i = 0; i < 2; i++) {
		if (a->dir[i].scale > TCP_MAX_WSCALE)
			return -EINVAL;
		tcp->seen[i].td_end = be32_to_cpu(a->dir[i].end);
		tcp->seen[i].td_maxend = be32_to_cpu(a->dir[i].maxend);
		tcp->seen[i].td_maxwin = be32_to_cpu(a->dir[i].maxwin);
		tcp->seen[i].td_maxack = be32_to_cpu(a->dir[i].maxack);
		tcp->seen[i].td_scale = a->dir[i].scale;
		tcp->seen[i].flags = a->dir[i].flags;
	}
	return nfha_get_tcp_state(ct, a->state, a->last_dir);
}

static int nfha_get_attr(const struct nfha_attr_hdr *a, struct nfha_ct *ct)
{
	u8 proto = ct->key.proto;
	int err;

	switch (a->type) {
	case NFHA_CT_A_TCP:
		if (a->len != sizeof(struct nfha_ct_tcp) || proto != IPPROTO_TCP)
			return -EINVAL;
		return nfha_get_tcp((const struct nfha_ct_tcp *)a, ct);
	case NFHA_CT_A_TCP_ENDS:
		if (a->len != sizeof(struct nfha_ct_tcp_ends) || proto != IPPROTO_TCP)
			return -EINVAL;
		return nfha_get_tcp_ends((const struct nfha_ct_tcp_ends *)a, ct);
	case NFHA_CT_A_UDP:
		if (proto != IPPROTO_UDP && proto != IPPROTO_UDPLITE)
			return -EINVAL;
		ct->has |= NFHA_HAS_UDP;
		return 0;
	case NFHA_CT_A_GRE: {
		const struct nfha_ct_gre *g = (const struct nfha_ct_gre *)a;

		if (a->len != sizeof(*g) || proto != IPPROTO_GRE)
			return -EINVAL;
		ct->proto.gre.stream_timeout = msecs_to_jiffies(be32_to_cpu(g->stream_timeout_ms));
		ct->proto.gre.timeout = msecs_to_jiffies(be32_to_cpu(g->timeout_ms));
		ct->has |= NFHA_HAS_GRE;
		return 0;
	}
	case NFHA_CT_A_SCTP: {
		const struct nfha_ct_sctp *s = (const struct nfha_ct_sctp *)a;

		if (a->len != sizeof(*s) || proto != IPPROTO_SCTP ||
		    s->state >= SCTP_CONNTRACK_MAX)
			return -EINVAL;
		ct->proto.sctp.state = s->state;
		ct->proto.sctp.vtag[0] = s->vtag[0];
		ct->proto.sctp.vtag[1] = s->vtag[1];
		ct->has |= NFHA_HAS_SCTP;
		return 0;
	}
	case NFHA_CT_A_EXPECT: {
		struct nfha_expect e;

		return nfha_expect_get(a, ct->key.family, &e);
	}
	default:
		err = nfha_ext_get(a, ct->key.family, &ct->ext);
		if (err != -ENOENT)
			return err;
		if (ct->unknown < U8_MAX)
			ct->unknown++;
		return 0;
	}
}

/**
 * nfha_attr_next - the next attribute
 * @c: moved behind it
 *
 * Context: any. Return: all of its length may be read; NULL: none, or malformed.
 */
const struct nfha_attr_hdr *nfha_attr_next(struct nfha_cursor *c)
{
	const struct nfha_attr_hdr *a = nfha_take(c, sizeof(*a));

	if (!a || a->len < sizeof(*a) || !nfha_take(c, ALIGN(a->len, 4) - sizeof(*a)))
		return NULL;
	return a;
}

static int nfha_get_attrs(struct nfha_cursor *c, struct nfha_ct *ct)
{
	const struct nfha_attr_hdr *a;
	int err;

	ct->attrs = *c;
	while (c->p < c->end) {
		a = nfha_attr_next(c);
		if (!a)
			return -EINVAL;
		err = nfha_get_attr(a, ct);
		if (err)
			return err;
	}
	return 0;
}

static int nfha_get_fixed(const struct nfha_rec_hdr *h, struct nfha_cursor *c,
			  struct nfha_ct *ct)
{
	const struct nfha_rec_ct *rec;
	struct nfha_key *key = &ct->key;

	/* The header was taken already: the fixed part continues behind it. */
	if (!nfha_take(c, sizeof(*rec) - sizeof(*h)))
		return -EINVAL;
	rec = (const struct nfha_rec_ct *)h;
	if ((rec->family != 4 && rec->family != 6) || !nfha_zone_dir_valid(rec->zone_dir))
		return -EINVAL;
	key->family = rec->family == 4 ? AF_INET : AF_INET6;
	key->proto = rec->proto;
	key->zone = be16_to_cpu(rec->zone);
	key->zone_dir = rec->zone_dir;
	ct->status = be32_to_cpu(rec->status) & NFHA_STATUS_MASK;
	ct->timeout_ms = be32_to_cpu(rec->timeout_ms);
	ct->mark = be32_to_cpu(rec->mark);
	if (!nfha_get_tuple(c, key->family, &key->src, &key->dst, &key->sport, &key->dport))
		return -EINVAL;
	return 0;
}

static int nfha_get_reply(const struct nfha_rec_ct *rec, struct nfha_cursor *c, struct nfha_ct *ct)
{
	struct nf_conntrack_tuple orig, *r = &ct->reply;
	const void *dst;

	if (!(rec->flags & (NFHA_CT_F_REPLY | NFHA_CT_F_REPLY_DST))) {
		nfha_key_tuple(&ct->key, &orig);
		return nf_ct_invert_tuple(r, &orig) ? 0 : -EINVAL;
	}
	if (rec->flags & NFHA_CT_F_REPLY) {
		if (!nfha_get_tuple(c, ct->key.family, &r->src.u3, &r->dst.u3, &r->src.u.all,
				    &r->dst.u.all))
			return -EINVAL;
	} else {
		dst = nfha_take(c, nfha_addr_len(ct->key.family));
		if (!dst)
			return -EINVAL;
		r->src.u3 = ct->key.dst;
		r->src.u.all = ct->key.dport;
		memcpy(&r->dst.u3, dst, nfha_addr_len(ct->key.family));
		r->dst.u.all = rec->reply_dport;
	}
	r->src.l3num = ct->key.family;
	r->dst.protonum = ct->key.proto;
	r->dst.dir = IP_CT_DIR_REPLY;
	ct->has |= NFHA_HAS_REPLY;
	return 0;
}

/**
 * nfha_record_parse - read NFHA_REC_CT_STATE, NFHA_REC_CT_DELETE or NFHA_REC_ASK
 * @h: header of the record
 * @body: what follows the header, from nfha_frame_next()
 * @ct: filled
 *
 * Context: any. Return: 0, or -EINVAL: malformed.
 */
int nfha_record_parse(const struct nfha_rec_hdr *h, struct nfha_cursor *body,
		      struct nfha_ct *ct)
{
	const struct nfha_rec_ct *rec;
	int err;

	memset(ct, 0, sizeof(*ct));
	err = nfha_get_fixed(h, body, ct);
	if (err || h->type != NFHA_REC_CT_STATE)
		return err;
	rec = (const struct nfha_rec_ct *)h;
	if (rec->flags & NFHA_CT_F_FAST)
		ct->has |= NFHA_HAS_FAST;
	err = nfha_get_reply(rec, body, ct);
	if (err)
		return err;
	err = nfha_get_attrs(body, ct);
	if (!err && ct->key.proto == IPPROTO_TCP && !(ct->has & NFHA_HAS_TCP))
		return -EINVAL;
	return err;
}

/**
 * nfha_record_neigh_is_unicast - can this be the address of a neighbour?
 * @family: AF_INET or AF_INET6
 * @addr: IPv4 in s6_addr32[0]
 *
 * Context: any.
 */
bool nfha_record_neigh_is_unicast(u8 family, const struct in6_addr *addr)
{
	__be32 v4 = (__force __be32)addr->s6_addr32[0];
	int type;

	if (family == AF_INET)
		return !ipv4_is_multicast(v4) && !ipv4_is_lbcast(v4) && !ipv4_is_zeronet(v4) &&
		       !ipv4_is_loopback(v4);
	type = ipv6_addr_type(addr);
	return type & IPV6_ADDR_UNICAST && !(type & (IPV6_ADDR_LOOPBACK | IPV6_ADDR_MAPPED));
}

/**
 * nfha_record_neigh - write NFHA_REC_NEIGH_STATE or NFHA_REC_NEIGH_DELETE
 * @type: which
 * @rec: what to say
 * @buf: NFHA_REC_NEIGH_MAX bytes, aligned to 4
 *
 * Context: any. Return: bytes written.
 */
unsigned int nfha_record_neigh(u8 type, const struct nfha_record_neigh *rec, u8 *buf)
{
	struct nfha_rec_neigh *out = (struct nfha_rec_neigh *)buf;
	u8 *p = buf + sizeof(*out);

	p = nfha_put(p, &rec->addr, nfha_addr_len(rec->family));
	p = nfha_put(p, &rec->iface_addr, nfha_addr_len(rec->iface_family));
	out->h = (struct nfha_rec_hdr){ .type = type, .len = cpu_to_be16(p - buf) };
	out->family = rec->family == AF_INET ? 4 : 6;
	out->iface_family = rec->iface_family == AF_INET ? 4 : 6;
	memcpy(out->lladdr, rec->lladdr, ETH_ALEN);
	return p - buf;
}

static bool nfha_get_addr(struct nfha_cursor *c, u8 version, u8 *family, struct in6_addr *addr)
{
	const void *p;

	if (version != 4 && version != 6)
		return false;
	*family = version == 4 ? AF_INET : AF_INET6;
	p = nfha_take(c, nfha_addr_len(*family));
	if (p)
		memcpy(addr, p, nfha_addr_len(*family));
	return p;
}

/**
 * nfha_record_neigh_parse - read NFHA_REC_NEIGH_STATE or NFHA_REC_NEIGH_DELETE
 * @h: header of the record
 * @body: what follows the header, from nfha_frame_next()
 * @rec: filled
 *
 * Context: any. Return: 0, or -EINVAL: malformed, or nothing that a neighbour can have.
 */
int nfha_record_neigh_parse(const struct nfha_rec_hdr *h, struct nfha_cursor *body,
			    struct nfha_record_neigh *rec)
{
	const struct nfha_rec_neigh *in = (const struct nfha_rec_neigh *)h;

	memset(rec, 0, sizeof(*rec));
	/* The header was taken already: the fixed part continues behind it. */
	if (!nfha_take(body, sizeof(*in) - sizeof(*h)) ||
	    !nfha_get_addr(body, in->family, &rec->family, &rec->addr) ||
	    !nfha_get_addr(body, in->iface_family, &rec->iface_family, &rec->iface_addr) ||
	    !nfha_record_neigh_is_unicast(rec->family, &rec->addr))
		return -EINVAL;
	if (h->type == NFHA_REC_NEIGH_DELETE)
		return 0;
	memcpy(rec->lladdr, in->lladdr, ETH_ALEN);
	return is_valid_ether_addr(rec->lladdr) ? 0 : -EINVAL;
}
