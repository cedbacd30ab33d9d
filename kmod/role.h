/* SPDX-License-Identifier: GPL-2.0 */
/* role.h - changes of the unit's role */
#ifndef _NFHA_ROLE_H
#define _NFHA_ROLE_H

#include <linux/types.h>
#include <linux/nfha.h>

struct netlink_ext_ack;
struct nfha_net;

/**
 * struct nfha_role_order - NFHA_CMD_ROLE_SET
 * @role: active, standby or fenced
 * @term: not lower than the present one
 * @deadline: active: first lease, CLOCK_BOOTTIME ns
 * @wait_release: active: the gate stays shut until the peer's module releases
 * @release: standby: flush, and tell the peer's module
 * @flush_ms: at most this long
 */
struct nfha_role_order {
	enum nfha_role	role;
	u32		term;
	u64		deadline;
	bool		wait_release;
	bool		release;
	unsigned int	flush_ms;
};

void nfha_role_init(struct nfha_net *nn);
int nfha_role_set(struct nfha_net *nn, const struct nfha_role_order *order,
		  struct netlink_ext_ack *extack);
void nfha_role_begin(struct nfha_net *nn, u32 hold_ms);
void nfha_role_shut(struct nfha_net *nn);
void nfha_role_end(struct nfha_net *nn);
void nfha_role_lapse(struct nfha_net *nn, u64 deadline);
int nfha_role_reapply(struct nfha_net *nn);
void nfha_role_repair(struct nfha_net *nn);

#endif /* _NFHA_ROLE_H */
