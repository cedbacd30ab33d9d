/* SPDX-License-Identifier: GPL-2.0 */
/* lease.h - how long a unit may be active without hearing from its helper */
#ifndef _NFHA_LEASE_H
#define _NFHA_LEASE_H

#include <linux/types.h>

struct netlink_ext_ack;
struct nfha_net;

void nfha_lease_init(struct nfha_net *nn);
int nfha_lease_check(const struct nfha_net *nn, u64 deadline, bool pause,
		     struct netlink_ext_ack *extack);
int nfha_lease_renew(struct nfha_net *nn, u32 term, u64 deadline, bool pause,
		     struct netlink_ext_ack *extack);
void nfha_lease_start(struct nfha_net *nn);
void nfha_lease_stop(struct nfha_net *nn);

#endif /* _NFHA_LEASE_H */
