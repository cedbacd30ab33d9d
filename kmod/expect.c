// SPDX-License-Identifier: GPL-2.0
/*
 * expect.c - connections that a helper expects, as attributes of their master
 *
 * The record of a connection lists all of its expectations; those of the replica
 * are made equal to the list.
 */
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>

#include "expect.h"
#include "inject.h"
#include "nfha.h"
#include "record.h"
#include "repl_inst.h"

#define NFHA_EXPECT_FLAGS	(NF_CT_EXPECT_PERMANENT | NF_CT_EXPECT_INACTIVE)

/* RCU read side. Returns false: it has no name on the wire. */
static bool nfha_expect_read(const struct nf_conntrack_expect *exp, struct nfha_expect *e)
{
	const struct nf_conntrack_helper *helper = nfha_exp_assigned(exp);
	struct nf_ct_helper_expectfn *fn;

	memset(e, 0, sizeof(*e));
	if (exp->expectfn) {
		fn = nf_ct_helper_expectfn_find_by_symbol(exp->expectfn);
		if (!fn || strscpy(e->fn, fn->name, sizeof(e->fn)) < 0)
			return false;
	}
	if (helper)
		strscpy(e->helper, helper->name, sizeof(e->helper));
	e->tuple = exp->tuple;
	e->mask = exp->mask;
	e->flags = READ_ONCE(exp->flags) & NFHA_EXPECT_FLAGS;
	e->class = exp->class;
#if IS_ENABLED(CONFIG_NF_NAT)
	e->saved_addr = exp->saved_addr;
	e->saved_port = exp->saved_proto.all;
	e->dir = exp->dir;
#endif
	return true;
}

/**
 * nfha_expect_put - write an attribute
 * @p: where; NFHA_EXPECT_LEN_MAX bytes
 * @e: what
 * @family: of the record
 *
 * Context: any. Return: the end of it.
 */
u8 *nfha_expect_put(u8 *p, const struct nfha_expect *e, u8 family)
{
	struct nfha_ct_expect *a = (struct nfha_ct_expect *)p;
	size_t alen = family == AF_INET ? 4 : 16;

	*a = (struct nfha_ct_expect) {
		.a.type		= NFHA_CT_A_EXPECT,
		.proto		= e->tuple.dst.protonum,
		.class		= e->class,
		.flags		= cpu_to_be32(e->flags),
		.timeout_ms	= cpu_to_be32(e->timeout_ms),
		.sport		= e->tuple.src.u.all,
		.dport		= e->tuple.dst.u.all,
		.mask		= e->mask.src.u.all,
		.saved_port	= e->saved_port,
		.dir		= e->dir,
		.fn_len		= strlen(e->fn),
		.helper_len	= strlen(e->helper),
	};
	p = nfha_put(p + sizeof(*a), &e->tuple.src.u3, alen);
	p = nfha_put(p, &e->tuple.dst.u3, alen);
	p = nfha_put(p, &e->mask.src.u3, alen);
	p = nfha_put(p, &e->saved_addr, alen);
	p = nfha_put(p, e->fn, a->fn_len);
	p = nfha_put(p, e->helper, a->helper_len);
	a->a.len = p - (u8 *)a;
	for (; (p - (u8 *)a) % 4; p++)
		*p = 0;
	return p;
}

/* What lasts of it, as bytes; returns how many. */
static size_t nfha_expect_image(u8 image[NFHA_EXPECT_LEN_MAX], const struct nfha_expect *e, u8 family)
{
	struct nfha_expect lasting = *e;

	lasting.timeout_ms = 0;
	return nfha_expect_put(image, &lasting, family) - image;
}

/**
 * nfha_expect_sum - sum of the digests of a connection's expectations (nfha_wire.h)
 * @conn: connection; cannot go away
 * @seed: key of the hash
 *
 * Context: any.
 */
u64 nfha_expect_sum(struct nf_conn *conn, const siphash_key_t *seed)
{
	const struct nf_conn_help *help = nfct_help(conn);
	u8 image[NFHA_EXPECT_LEN_MAX] __aligned(8);
	const struct nf_conntrack_expect *exp;
	struct nfha_expect e;
	u64 sum = 0;

	if (!help || hlist_empty(&help->expectations))
		return 0;
	rcu_read_lock();
	hlist_for_each_entry_rcu(exp, &help->expectations, lnode)
		if (nfha_exp_left(exp) && exp->tuple.src.l3num == nf_ct_l3num(conn) &&
		    nfha_expect_read(exp, &e))
			sum += siphash(image, nfha_expect_image(image, &e, nf_ct_l3num(conn)),
				       seed);
	rcu_read_unlock();
	return sum;
}

/**
 * nfha_expect_put_all - append the expectations of a connection to its record
 * @repl: instance
 * @conn: connection; the caller holds a reference
 * @rec: the record, without them; its length is updated
 * @end: the record may reach up to here
 *
 * Context: link worker. Return: how many did not fit.
 */
unsigned int nfha_expect_put_all(struct nfha_repl *repl, struct nf_conn *conn,
				 struct nfha_rec_hdr *rec, const u8 *end)
{
	const struct nf_conn_help *help = nfct_help(conn);
	const struct nf_conntrack_expect *exp;
	unsigned int num = 0, cut = 0;
	u8 *p = (u8 *)rec + be16_to_cpu(rec->len);
	struct nfha_expect e;
	u32 left;

	if (!help)
		return 0;
	rcu_read_lock();
	hlist_for_each_entry_rcu(exp, &help->expectations, lnode) {
		left = nfha_exp_left(exp);
		if (!left || exp->tuple.src.l3num != nf_ct_l3num(conn))
			continue;
		if (p + NFHA_EXPECT_LEN_MAX > end || num == NFHA_EXPECTS_MAX) {
			cut++;
			continue;
		}
		if (!nfha_expect_read(exp, &e)) {
			nfha_count(repl->nn, EXPECT_UNNAMED);
			nfha_count_kind(repl->nn, NFHA_KIND_EXPECT, XERR);
			continue;
		}
		e.timeout_ms = left;
		p = nfha_expect_put(p, &e, nf_ct_l3num(conn));
		num++;
		nfha_count_kind(repl->nn, NFHA_KIND_EXPECT, XMIT);
	}
	rcu_read_unlock();
	rec->len = cpu_to_be16(p - (u8 *)rec);
	return cut;
}

static bool nfha_expect_get_name(struct nfha_cursor *c, char *name, size_t size, u8 len)
{
	const char *p;

	memset(name, 0, size);
	if (len >= size)
		return false;
	p = nfha_take(c, len);
	if (!p)
		return false;
	memcpy(name, p, len);
	return strlen(name) == len;
}

/**
 * nfha_expect_get - read an attribute
 * @attr: NFHA_CT_A_EXPECT; all of its length may be read
 * @family: of the record
 * @e: filled
 *
 * Context: any. Return: 0, or -EINVAL: malformed.
 */
int nfha_expect_get(const struct nfha_attr_hdr *attr, u8 family, struct nfha_expect *e)
{
	const struct nfha_ct_expect *a = (const struct nfha_ct_expect *)attr;
	struct nfha_cursor c = { (const u8 *)(a + 1), (const u8 *)attr + attr->len };
	size_t alen = family == AF_INET ? 4 : 16;
	const u8 *addr;

	memset(e, 0, sizeof(*e));
	if (attr->len < sizeof(*a) || a->dir >= IP_CT_DIR_MAX)
		return -EINVAL;
	addr = nfha_take(&c, 4 * alen);
	if (!addr || !nfha_expect_get_name(&c, e->fn, sizeof(e->fn), a->fn_len) ||
	    !nfha_expect_get_name(&c, e->helper, sizeof(e->helper), a->helper_len))
		return -EINVAL;
	memcpy(&e->tuple.src.u3, addr, alen);
	memcpy(&e->tuple.dst.u3, addr + alen, alen);
	memcpy(&e->mask.src.u3, addr + 2 * alen, alen);
	memcpy(&e->saved_addr, addr + 3 * alen, alen);
	e->tuple.src.l3num = family;
	e->tuple.src.u.all = a->sport;
	e->tuple.dst.u.all = a->dport;
	e->tuple.dst.protonum = a->proto;
	e->mask.src.u.all = a->mask;
	e->saved_port = a->saved_port;
	e->flags = be32_to_cpu(a->flags) & NFHA_EXPECT_FLAGS;
	e->timeout_ms = be32_to_cpu(a->timeout_ms);
	e->class = a->class;
	e->dir = a->dir;
	return 0;
}

/* The next expectation in the attributes of a checked record. */
static bool nfha_expect_next(struct nfha_cursor *c, u8 family, struct nfha_expect *e)
{
	const struct nfha_attr_hdr *a;

	while ((a = nfha_attr_next(c)))
		if (a->type == NFHA_CT_A_EXPECT)
			return !nfha_expect_get(a, family, e);
	return false;
}

/* But for its lifetime. */
static bool nfha_expect_same(const struct nf_conntrack_expect *exp, const struct nfha_expect *e,
			     u8 family)
{
	u8 ours[NFHA_EXPECT_LEN_MAX], theirs[NFHA_EXPECT_LEN_MAX];
	struct nfha_expect now;
	size_t len;

	/* Most differ in this already. */
	if (!nf_ct_tuple_equal(&exp->tuple, &e->tuple) || !nfha_expect_read(exp, &now))
		return false;
	len = nfha_expect_image(ours, &now, family);
	return len == nfha_expect_image(theirs, e, family) && !memcmp(ours, theirs, len);
}

/* A replica's expectation does not end by itself, either. */
static void nfha_expect_set(struct nf_conntrack_expect *exp, const struct nfha_expect *e)
{
	u64 ms = (u64)e->timeout_ms + NFHA_GRACE_MS;

	nfha_exp_set_left(exp, min_t(u64, ms, jiffies_to_msecs(S32_MAX / 2)));
}

/* Which of the list is @exp? NFHA_EXPECTS_MAX: none. */
static unsigned int nfha_expect_find(const struct nf_conntrack_expect *exp,
				     const struct nfha_ct *ct, struct nfha_expect *e)
{
	struct nfha_cursor c = ct->attrs;
	unsigned int i;

	for (i = 0; i < NFHA_EXPECTS_MAX && nfha_expect_next(&c, ct->key.family, e); i++)
		if (nfha_expect_same(exp, e, ct->key.family))
			return i;
	return NFHA_EXPECTS_MAX;
}

/* Refresh those in the list, remove the others. RCU read side. Returns which were there. */
static u32 nfha_expect_prune(struct nf_conn_help *help, const struct nfha_ct *ct)
{
	struct nf_conntrack_expect *exp;
	struct hlist_node *next;
	struct nfha_expect e;
	u32 there = 0;
	unsigned int i;

	spin_lock_bh(&nf_conntrack_expect_lock);
	hlist_for_each_entry_safe(exp, next, &help->expectations, lnode) {
		i = nfha_expect_find(exp, ct, &e);
		if (i == NFHA_EXPECTS_MAX) {
			nfha_exp_remove(exp);
			continue;
		}
		there |= BIT(i);
		nfha_expect_set(exp, &e);
	}
	spin_unlock_bh(&nf_conntrack_expect_lock);
	return there;
}

static int nfha_expect_fill(struct nf_conntrack_expect *exp, struct nf_conn *conn,
			    struct nf_conntrack_helper *helper, const struct nfha_expect *e)
{
	struct nf_conntrack_helper *assigned = NULL;
	struct nf_ct_helper_expectfn *fn = NULL;

	if (e->class > helper->expect_class_max)
		return -EINVAL;
	if (e->fn[0]) {
		fn = nf_ct_helper_expectfn_find_by_name(e->fn);
		if (!fn)
			return -ENOENT;
	}
	if (e->helper[0]) {
		assigned = __nf_conntrack_helper_find(e->helper, e->tuple.src.l3num,
						      e->tuple.dst.protonum);
		if (!assigned)
			return -ENOENT;
	}
	exp->tuple = e->tuple;
	exp->mask = e->mask;
	exp->flags = e->flags;
	exp->class = e->class;
	exp->expectfn = fn ? fn->expectfn : NULL;
	nfha_exp_init(exp, conn, helper, assigned);
#if IS_ENABLED(CONFIG_NF_NAT)
	exp->saved_addr = e->saved_addr;
	exp->saved_proto.all = e->saved_port;
	exp->dir = e->dir;
#endif
	return 0;
}

static int nfha_expect_add(struct nf_conn *conn, struct nf_conn_help *help,
			   const struct nfha_expect *e)
{
	struct nf_conntrack_helper *helper = rcu_dereference(help->helper);
	struct nf_conntrack_expect *exp;
	int err;

	if (!helper)
		return -ENOENT;
	exp = nf_ct_expect_alloc(conn);
	if (!exp)
		return -ENOMEM;
	err = nfha_expect_fill(exp, conn, helper, e);
	if (!err)
		err = nf_ct_expect_related_report(exp, 0, 0, 0);
	if (!err)
		nfha_expect_set(exp, e);
	nf_ct_expect_put(exp);
	return err;
}

/**
 * nfha_expect_sync - make the expectations of a replica those of the record
 * @repl: instance
 * @conn: the replica; the caller holds a reference
 * @ct: the record; the bytes that its attributes are read from are still there
 *
 * Context: link worker.
 */
void nfha_expect_sync(struct nfha_repl *repl, struct nf_conn *conn, const struct nfha_ct *ct)
{
	struct nf_conn_help *help = nfct_help(conn);
	struct nfha_cursor c = ct->attrs;
	struct nfha_expect e;
	unsigned int i;
	u32 there = 0;

	rcu_read_lock();
	if (help && !hlist_empty(&help->expectations))
		there = nfha_expect_prune(help, ct);
	for (i = 0; i < NFHA_EXPECTS_MAX && nfha_expect_next(&c, ct->key.family, &e); i++) {
		if (there & BIT(i))
			continue;
		if (help && !nfha_expect_add(conn, help, &e)) {
			nfha_count_kind(repl->nn, NFHA_KIND_EXPECT, RCV);
			continue;
		}
		nfha_count(repl->nn, EXPECT_REFUSED);
		nfha_count_kind(repl->nn, NFHA_KIND_EXPECT, RERR);
	}
	rcu_read_unlock();
}

/**
 * nfha_expect_restore - give the expectations of a replica their real timeouts
 * @conn: the replica; cannot go away
 *
 * One that was made here since has no grace, and a shorter time than that.
 *
 * Context: any, no lock of conntrack's expectations.
 */
void nfha_expect_restore(struct nf_conn *conn)
{
	const struct nf_conn_help *help = nfct_help(conn);
	struct nf_conntrack_expect *exp;
	u32 left;

	if (!help || hlist_empty(&help->expectations))
		return;
	rcu_read_lock();
	hlist_for_each_entry_rcu(exp, &help->expectations, lnode) {
		left = nfha_exp_left(exp);
		if (left > NFHA_GRACE_MS)
			nfha_exp_set_left(exp, left - NFHA_GRACE_MS);
	}
	rcu_read_unlock();
}
