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

/**
 * struct nfha_expect - an expectation between conntrack and the wire
 * @tuple: what is expected
 * @mask: of its source
 * @saved_addr: NAT: the address before
 * @saved_port: NAT: the port before
 * @flags: NF_CT_EXPECT_* within NFHA_EXPECT_FLAGS
 * @timeout_ms: remaining lifetime
 * @class: of its helper
 * @dir: of the master, relative to which it is
 * @fn: name of the function that is called with the new connection; may be empty
 * @helper: of the new connection; may be empty
 */
struct nfha_expect {
	struct nf_conntrack_tuple	tuple;
	struct nf_conntrack_tuple_mask	mask;
	union nf_inet_addr		saved_addr;
	__be16				saved_port;
	u32				flags;
	u32				timeout_ms;
	u8				class;
	u8				dir;
	char				fn[NFHA_EXPECT_NAME_MAX];
	char				helper[NFHA_HELPER_NAME_MAX];
};

#define NFHA_EXPECT_FLAGS	(NF_CT_EXPECT_PERMANENT | NF_CT_EXPECT_INACTIVE)

static u8 *nfha_expect_put_names(u8 *p, struct nfha_ct_expect *a, const char *fn,
				 const struct nf_conntrack_helper *helper)
{
	if (fn) {
		a->fn_len = strlen(fn);
		p = nfha_put(p, fn, a->fn_len);
	}
	if (helper) {
		a->helper_len = strnlen(helper->name, NFHA_HELPER_NAME_MAX - 1);
		p = nfha_put(p, helper->name, a->helper_len);
	}
	a->a.len = p - (u8 *)a;
	for (; (p - (u8 *)a) % 4; p++)
		*p = 0;
	return p;
}

/* Write one at @p; RCU. Returns its end, or NULL: it has no name on the wire. */
static u8 *nfha_expect_put_one(u8 *p, const struct nf_conntrack_expect *exp, u8 family,
			       u32 timeout_ms)
{
	struct nfha_ct_expect *a = (struct nfha_ct_expect *)p;
	size_t alen = family == AF_INET ? 4 : 16;
	struct nf_ct_helper_expectfn *fn = NULL;

	if (exp->expectfn) {
		fn = nf_ct_helper_expectfn_find_by_symbol(exp->expectfn);
		if (!fn || strlen(fn->name) >= NFHA_EXPECT_NAME_MAX)
			return NULL;
	}
	*a = (struct nfha_ct_expect) {
		.a.type		= NFHA_CT_A_EXPECT,
		.proto		= exp->tuple.dst.protonum,
		.class		= exp->class,
		.flags		= cpu_to_be32(READ_ONCE(exp->flags) & NFHA_EXPECT_FLAGS),
		.timeout_ms	= cpu_to_be32(timeout_ms),
		.sport		= exp->tuple.src.u.all,
		.dport		= exp->tuple.dst.u.all,
		.mask		= exp->mask.src.u.all,
	};
#if IS_ENABLED(CONFIG_NF_NAT)
	a->saved_port = exp->saved_proto.all;
	a->dir = exp->dir;
#endif
	p = nfha_put(p + sizeof(*a), &exp->tuple.src.u3, alen);
	p = nfha_put(p, &exp->tuple.dst.u3, alen);
	p = nfha_put(p, &exp->mask.src.u3, alen);
#if IS_ENABLED(CONFIG_NF_NAT)
	p = nfha_put(p, &exp->saved_addr, alen);
#else
	memset(p, 0, alen);
	p += alen;
#endif
	return nfha_expect_put_names(p, a, fn ? fn->name : NULL, nfha_exp_assigned(exp));
}

/**
 * nfha_expect_put - append the expectations of a connection to its record
 * @repl: instance
 * @conn: connection; the caller holds a reference
 * @rec: the record, without them; its length is updated
 * @end: the record may reach up to here
 *
 * Context: link worker. Return: how many did not fit.
 */
unsigned int nfha_expect_put(struct nfha_repl *repl, struct nf_conn *conn,
			     struct nfha_rec_hdr *rec, const u8 *end)
{
	const struct nf_conn_help *help = nfct_help(conn);
	const struct nf_conntrack_expect *exp;
	unsigned int num = 0, cut = 0;
	u8 *p = (u8 *)rec + be16_to_cpu(rec->len), *next;
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
		next = nfha_expect_put_one(p, exp, nf_ct_l3num(conn), left);
		if (!next) {
			nfha_count(repl->nn, EXPECT_UNNAMED);
			nfha_count_kind(repl->nn, NFHA_KIND_EXPECT, XERR);
			continue;
		}
		p = next;
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

static int nfha_expect_get(const struct nfha_attr_hdr *attr, u8 family, struct nfha_expect *e)
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

/**
 * nfha_expect_check - is this attribute well formed
 * @a: NFHA_CT_A_EXPECT; all of its length may be read
 * @family: of the record
 *
 * Context: any. Return: 0 or -EINVAL.
 */
int nfha_expect_check(const struct nfha_attr_hdr *a, u8 family)
{
	struct nfha_expect e;

	return nfha_expect_get(a, family, &e);
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

static bool nfha_expect_same(const struct nf_conntrack_expect *exp, const struct nfha_expect *e)
{
	return nf_ct_tuple_equal(&exp->tuple, &e->tuple) &&
	       nf_ct_tuple_mask_equal(&exp->mask, &e->mask) && exp->class == e->class;
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
		if (nfha_expect_same(exp, e))
			return i;
	return NFHA_EXPECTS_MAX;
}

/* Refresh those in the list, remove the others. Returns which were there. */
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
		WRITE_ONCE(exp->flags, (exp->flags & ~NFHA_EXPECT_FLAGS) | e.flags);
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

	if (help && !hlist_empty(&help->expectations))
		there = nfha_expect_prune(help, ct);
	rcu_read_lock();
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
