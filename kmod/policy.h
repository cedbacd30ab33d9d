/* SPDX-License-Identifier: GPL-2.0 */
/* policy.h - timeouts that a rule gave to a connection */
#ifndef _NFHA_POLICY_H
#define _NFHA_POLICY_H

#include <linux/siphash.h>
#include <linux/types.h>

#include <linux/nfha_wire.h>

struct nf_conn;
struct nf_ct_timeout;

/* Different ones that an instance gives to replicas. */
#define NFHA_POLICIES		128

/**
 * struct nfha_policy - timeouts of a connection's own
 * @num: how many; 0: it has those of its namespace
 * @secs: of each state, in the order of nfha_wire.h; the rest 0
 */
struct nfha_policy {
	u32	num;
	u32	secs[NFHA_POLICY_MAX];
};

/**
 * struct nfha_policies - what replicas were given
 * @all: a reference to each; NULL: free. Link worker only
 */
struct nfha_policies {
	struct nf_ct_timeout	*all[NFHA_POLICIES];
};

void nfha_policies_exit(struct nfha_policies *policies);
void nfha_policy_read(const struct nf_conn *conn, struct nfha_policy *policy);
u32 nfha_policy_sum(const struct nf_conn *conn, u32 sum);
__be32 nfha_policy_digest(const siphash_key_t *seed, const struct nfha_policy *policy);
u8 *nfha_policy_put(u8 *p, const struct nfha_policy *policy);
int nfha_policy_get(const struct nfha_attr_hdr *a, struct nfha_policy *policy);
bool nfha_policy_add(struct nfha_policies *policies, struct nf_conn *conn,
		     const struct nfha_policy *policy);
bool nfha_policy_fits(struct nfha_policies *policies, const struct nf_conn *conn,
		      const struct nfha_policy *policy);

#endif /* _NFHA_POLICY_H */
