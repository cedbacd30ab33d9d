/* SPDX-License-Identifier: GPL-2.0 */
/* swap.h - MAC, addresses and routes of the interfaces follow the role */
#ifndef _NFHA_SWAP_H
#define _NFHA_SWAP_H

#include "iface.h"
#include "rtnl.h"

/**
 * struct nfha_swap_iface - an interface in a swap
 * @iface: interface
 * @side: that it shall have
 * @ifindex: 0: it has no device
 * @attachment: of that device
 * @todo: it takes part
 * @promoting: promote_secondaries was set for the swap
 * @loses_ipv4: it will have no IPv4 address: its routes will go
 * @now: its addresses (list of struct nfha_msg, RTM_NEWADDR)
 * @want: managed addresses that it shall have (same)
 */
struct nfha_swap_iface {
	struct nfha_iface	*iface;
	enum nfha_side		side;
	int			ifindex;
	u32			attachment;
	bool			todo;
	bool			promoting;
	bool			loses_ipv4;
	struct list_head	now;
	struct list_head	want;
};

/**
 * struct nfha_swap - one swap; belongs to one thread that holds nn->lock
 * @nn: instance
 * @rtnl: socket
 * @extack: NULL or where to say what went wrong first
 * @err: first error
 * @routes: that may vanish (list of struct nfha_msg, RTM_NEWROUTE)
 * @num: entries of @at
 * @at: all configured interfaces
 */
struct nfha_swap {
	struct nfha_net		*nn;
	struct nfha_rtnl	rtnl;
	struct netlink_ext_ack	*extack;
	int			err;
	struct list_head	routes;
	unsigned int		num;
	struct nfha_swap_iface	at[];
};

#define nfha_for_each_swap(si, swap) \
	for ((si) = (swap)->at; (si) < (swap)->at + (swap)->num; (si)++)

int nfha_swap_begin(struct nfha_net *nn, struct netlink_ext_ack *extack);
int nfha_swap_to(struct nfha_net *nn, enum nfha_side side, struct netlink_ext_ack *extack);
int nfha_swap_links(struct nfha_net *nn);
void nfha_swap_end(struct nfha_net *nn);
void nfha_swap_error(struct nfha_swap *swap, int err, const char *what);

/* order.c */
bool nfha_order_fix(struct nfha_swap *swap, struct nfha_swap_iface *si);

/* route.c */
int nfha_routes_save(struct nfha_swap *swap);
void nfha_routes_restore(struct nfha_swap *swap);

#endif /* _NFHA_SWAP_H */
