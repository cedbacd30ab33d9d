/* SPDX-License-Identifier: GPL-2.0 */
/*
 * compat.h - every difference between the kernels that nfha builds for
 * (Debian 12: 6.1 and 6.12)
 *
 * NFHA_HAVE_* come from Kbuild, which tries whether a line compiles: Debian's 6.1
 * changed structures within the series.
 */
#ifndef _NFHA_COMPAT_H
#define _NFHA_COMPAT_H

#include <linux/version.h>
#include <net/netfilter/nf_conntrack_expect.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_conntrack_timeout.h>

#if !defined(CONFIG_64BIT)
#error "nfha needs a 64-bit kernel"
#endif

#if !IS_ENABLED(CONFIG_NF_CONNTRACK_EVENTS)
#error "nfha needs CONFIG_NF_CONNTRACK_EVENTS"
#endif

/*
 * Expectations: of the time that is left, in ms; 0: it ended. Setting it does not
 * revive one that ended.
 */
#ifdef NFHA_HAVE_EXPECT_TIMER
static inline u32 nfha_exp_left(const struct nf_conntrack_expect *exp)
{
	long left = READ_ONCE(exp->timeout.expires) - jiffies;

	return timer_pending(&exp->timeout) && left > 0 ? jiffies_to_msecs(left) : 0;
}

static inline void nfha_exp_set_left(struct nf_conntrack_expect *exp, u32 ms)
{
	mod_timer_pending(&exp->timeout, jiffies + msecs_to_jiffies(ms));
}

/* Context: nf_conntrack_expect_lock held. */
static inline void nfha_exp_remove(struct nf_conntrack_expect *exp)
{
	nf_ct_remove_expect(exp);
}
#else
static inline u32 nfha_exp_left(const struct nf_conntrack_expect *exp)
{
	s32 left = READ_ONCE(exp->timeout) - nfct_time_stamp;

	return left > 0 && !nf_ct_exp_is_expired(exp) ? jiffies_to_msecs(left) : 0;
}

static inline void nfha_exp_set_left(struct nf_conntrack_expect *exp, u32 ms)
{
	WRITE_ONCE(exp->timeout, nfct_time_stamp + (u32)msecs_to_jiffies(ms));
}

/* Context: nf_conntrack_expect_lock held. */
static inline void nfha_exp_remove(struct nf_conntrack_expect *exp)
{
	nf_ct_unlink_expect(exp);
}
#endif

/* The helper of the connection that is expected; without the member @helper is that. */
static inline const struct nf_conntrack_helper *
nfha_exp_assigned(const struct nf_conntrack_expect *exp)
{
#ifdef NFHA_HAVE_EXPECT_ASSIGN
	return rcu_dereference(exp->assign_helper);
#else
	return exp->helper;
#endif
}

/* Context: RCU read side; @exp is not in the table yet. */
static inline void nfha_exp_init(struct nf_conntrack_expect *exp, struct nf_conn *master,
				 struct nf_conntrack_helper *helper,
				 struct nf_conntrack_helper *assigned)
{
#ifdef NFHA_HAVE_EXPECT_ASSIGN
	rcu_assign_pointer(exp->helper, helper);
	rcu_assign_pointer(exp->assign_helper, assigned);
#else
	exp->helper = assigned;
#endif
#ifdef NFHA_HAVE_EXPECT_NET
	write_pnet(&exp->net, nf_ct_net(master));
#ifdef CONFIG_NF_CONNTRACK_ZONES
	exp->zone = master->zone;
#endif
#endif
}

/*
 * Timeouts of a connection's own: usable where the connections that have them count
 * their references, which Debian's 6.1 and 6.12 did not from the beginning.
 */
#if defined(CONFIG_NF_CONNTRACK_TIMEOUT) && defined(NFHA_HAVE_TIMEOUT_REF)
/* How many there are for a protocol. */
static inline unsigned int nfha_timeout_num(const struct nf_conntrack_l4proto *proto)
{
	return proto->ctnl_timeout.obj_size / sizeof(unsigned int);
}

static inline void nfha_timeout_init(struct nf_ct_timeout *timeout)
{
	refcount_set(&timeout->refcnt, 1);
}

static inline bool nfha_timeout_is_unused(const struct nf_ct_timeout *timeout)
{
	return refcount_read(&timeout->refcnt) == 1;
}

static inline void nfha_timeout_put(struct nf_ct_timeout *timeout)
{
	if (refcount_dec_and_test(&timeout->refcnt))
		kfree_rcu(timeout, rcu);
}
#else
static inline unsigned int nfha_timeout_num(const struct nf_conntrack_l4proto *proto)
{
	return 0;
}

/* Never called: where there are none, none are made. */
static inline void nfha_timeout_init(struct nf_ct_timeout *timeout)
{
}

static inline bool nfha_timeout_is_unused(const struct nf_ct_timeout *timeout)
{
	return false;
}

static inline void nfha_timeout_put(struct nf_ct_timeout *timeout)
{
}
#endif

#endif /* _NFHA_COMPAT_H */
