// SPDX-License-Identifier: GPL-2.0
/*
 * policy.c - timeouts that a rule gave to a connection
 *
 * Conntrack has a connection's own timeouts in an object whose name only its owner
 * knows, so what travels is what is in it. A replica gets an object of this module's,
 * one for all with the same timeouts. The last connection that has it frees it: it holds
 * nothing of the module, and stays with its connections when the module is unloaded.
 */
#include <linux/jhash.h>
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_l4proto.h>
#include <net/netfilter/nf_conntrack_timeout.h>

#include "compat.h"
#include "policy.h"
#include "record.h"

/* The owner may be changing them. */
static void nfha_policy_of(const struct nf_ct_timeout *timeout, struct nfha_policy *policy)
{
	const unsigned int *ticks = (const unsigned int *)timeout->data;
	unsigned int i, now;

	memset(policy, 0, sizeof(*policy));
	policy->num = min_t(u32, nfha_timeout_num(timeout->l4proto), NFHA_POLICY_MAX);
	for (i = 0; i < policy->num; i++) {
		now = READ_ONCE(ticks[i]);
		policy->secs[i] = min_t(u32, now / HZ + !!(now % HZ), NFHA_POLICY_SECS_MAX);
	}
}

/**
 * nfha_policy_read - the timeouts of a connection's own
 * @conn: connection
 * @policy: filled
 *
 * Context: any.
 */
void nfha_policy_read(const struct nf_conn *conn, struct nfha_policy *policy)
{
	const struct nf_conn_timeout *ext = nf_ct_timeout_find(conn);
	const struct nf_ct_timeout *timeout;

	policy->num = 0;
	rcu_read_lock();
	timeout = ext ? rcu_dereference(ext->timeout) : NULL;
	if (timeout)
		nfha_policy_of(timeout, policy);
	rcu_read_unlock();
	if (!policy->num)
		memset(policy, 0, sizeof(*policy));
}

/**
 * nfha_policy_sum - add them to a digest
 * @conn: connection
 * @sum: the digest so far
 *
 * Context: any.
 */
u32 nfha_policy_sum(const struct nf_conn *conn, u32 sum)
{
	struct nfha_policy policy;

	if (!nf_ct_timeout_find(conn))
		return sum;
	nfha_policy_read(conn, &policy);
	return jhash(&policy, sizeof(policy), sum);
}

static void nfha_policy_wire(const struct nfha_policy *policy, __be32 *secs)
{
	unsigned int i;

	for (i = 0; i < policy->num; i++)
		secs[i] = cpu_to_be32(policy->secs[i]);
}

/**
 * nfha_policy_digest - part of the digest of a connection (nfha_wire.h)
 * @seed: key of the hash
 * @policy: timeouts
 *
 * Context: any. Return: 0 without any.
 */
__be32 nfha_policy_digest(const siphash_key_t *seed, const struct nfha_policy *policy)
{
	__be32 secs[NFHA_POLICY_MAX] __aligned(8);

	if (!policy->num)
		return 0;
	nfha_policy_wire(policy, secs);
	return cpu_to_be32(upper_32_bits(siphash(secs, policy->num * sizeof(*secs), seed)));
}

/**
 * nfha_policy_put - write NFHA_CT_A_POLICY
 * @p: where; NFHA_POLICY_LEN(@policy->num) bytes
 * @policy: what; not none
 *
 * Context: any. Return: the end of what was written.
 */
u8 *nfha_policy_put(u8 *p, const struct nfha_policy *policy)
{
	struct nfha_ct_policy a = {
		.a = { NFHA_CT_A_POLICY, NFHA_POLICY_LEN(policy->num) },
	};
	__be32 secs[NFHA_POLICY_MAX];

	nfha_policy_wire(policy, secs);
	p = nfha_put(p, &a, sizeof(a));
	return nfha_put(p, secs, policy->num * sizeof(*secs));
}

/**
 * nfha_policy_get - read NFHA_CT_A_POLICY
 * @a: attribute; all of its length may be read
 * @policy: filled
 *
 * Context: any. Return: 0, or -EINVAL: malformed.
 */
int nfha_policy_get(const struct nfha_attr_hdr *a, struct nfha_policy *policy)
{
	const struct nfha_ct_policy *in = (const struct nfha_ct_policy *)a;
	unsigned int i, num;

	if (a->len <= sizeof(*in) || (a->len - sizeof(*in)) % sizeof(in->secs[0]))
		return -EINVAL;
	num = (a->len - sizeof(*in)) / sizeof(in->secs[0]);
	if (num > NFHA_POLICY_MAX)
		return -EINVAL;
	memset(policy, 0, sizeof(*policy));
	policy->num = num;
	for (i = 0; i < num; i++) {
		policy->secs[i] = be32_to_cpu(in->secs[i]);
		if (policy->secs[i] > NFHA_POLICY_SECS_MAX)
			return -EINVAL;
	}
	return 0;
}

static void nfha_policy_release(struct nf_ct_timeout **at)
{
	struct nf_ct_timeout *timeout = *at;

	*at = NULL;
	if (timeout)
		nfha_timeout_put(timeout);
}

/**
 * nfha_policies_exit - leave them to the connections that have them
 * @policies: of an instance whose works are stopped
 *
 * Context: may sleep.
 */
void nfha_policies_exit(struct nfha_policies *policies)
{
	unsigned int i;

	for (i = 0; i < NFHA_POLICIES; i++)
		nfha_policy_release(&policies->all[i]);
}

static struct nf_ct_timeout *nfha_policy_new(const struct nf_conn *conn,
					     const struct nf_conntrack_l4proto *proto,
					     const struct nfha_policy *policy)
{
	struct nf_ct_timeout *timeout;
	unsigned int i;

	BUILD_BUG_ON((u64)NFHA_POLICY_SECS_MAX * HZ > S32_MAX);
	BUILD_BUG_ON(max_t(int, TCP_CONNTRACK_TIMEOUT_MAX, SCTP_CONNTRACK_MAX) > NFHA_POLICY_MAX);

	timeout = kzalloc(sizeof(*timeout) + policy->num * sizeof(unsigned int), GFP_ATOMIC);
	if (!timeout)
		return NULL;
	nfha_timeout_init(timeout);
	timeout->l3num = nf_ct_l3num(conn);
	timeout->l4proto = proto;
	for (i = 0; i < policy->num; i++)
		((unsigned int *)timeout->data)[i] = policy->secs[i] * HZ;
	return timeout;
}

/*
 * The object with these timeouts for connections like @conn, made if there is none; NULL:
 * its protocol has other timeouts here, there are too many, or no memory. What no
 * connection has any more goes meanwhile: nobody but the link worker finds it here.
 */
static struct nf_ct_timeout *nfha_policy_find(struct nfha_policies *policies,
					      const struct nf_conn *conn,
					      const struct nfha_policy *policy)
{
	const struct nf_conntrack_l4proto *proto = nf_ct_l4proto_find(nf_ct_protonum(conn));
	struct nf_ct_timeout *timeout, **at = NULL;
	struct nfha_policy has;
	unsigned int i;

	if (policy->num != nfha_timeout_num(proto))
		return NULL;
	for (i = 0; i < NFHA_POLICIES; i++) {
		timeout = policies->all[i];
		if (timeout) {
			nfha_policy_of(timeout, &has);
			if (timeout->l4proto == proto && timeout->l3num == nf_ct_l3num(conn) &&
			    !memcmp(&has, policy, sizeof(has)))
				return timeout;
			if (nfha_timeout_is_unused(timeout))
				nfha_policy_release(&policies->all[i]);
		}
		if (!policies->all[i] && !at)
			at = &policies->all[i];
	}
	if (!at)
		return NULL;
	*at = nfha_policy_new(conn, proto, policy);
	return *at;
}

/**
 * nfha_policy_add - give a new entry its timeouts
 * @policies: of the instance
 * @conn: entry that is not yet in the table
 * @policy: what
 *
 * Context: link worker, RCU read side. Return: false: it could not be given.
 */
bool nfha_policy_add(struct nfha_policies *policies, struct nf_conn *conn,
		     const struct nfha_policy *policy)
{
	struct nf_ct_timeout *timeout = nfha_policy_find(policies, conn, policy);

	return timeout && nf_ct_timeout_ext_add(conn, timeout, GFP_ATOMIC);
}

/**
 * nfha_policy_fits - does an entry have these timeouts, or those that it can have here?
 * @policies: of the instance
 * @conn: entry in the table
 * @policy: what
 *
 * Conntrack takes the timeouts of an entry away under a lock that is its own: they are
 * not exchanged in an entry, it has to be made anew.
 *
 * Context: link worker.
 */
bool nfha_policy_fits(struct nfha_policies *policies, const struct nf_conn *conn,
		      const struct nfha_policy *policy)
{
	struct nfha_policy has;

	nfha_policy_read(conn, &has);
	if (!memcmp(&has, policy, sizeof(has)))
		return true;
	return policy->num && !nfha_policy_find(policies, conn, policy);
}
