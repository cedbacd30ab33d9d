/* SPDX-License-Identifier: GPL-2.0 */
/* addr.h - addresses of an interface on each side */
#ifndef _NFHA_ADDR_H
#define _NFHA_ADDR_H

#include <linux/in6.h>
#include <linux/netlink.h>
#include <linux/types.h>

struct nfha_swap;
struct nfha_swap_iface;

/**
 * struct nfha_addr - what identifies an address in a message
 * @family: AF_INET or AF_INET6
 * @prefix: prefix length
 * @local: IPv4 in s6_addr32[0], the rest zero
 */
struct nfha_addr {
	u8		family;
	u8		prefix;
	struct in6_addr	local;
};

bool nfha_addr_parse(const struct nlmsghdr *nlh, struct nfha_addr *addr);
int nfha_addr_list(struct nfha_swap *swap);
int nfha_addr_remember(struct nfha_swap_iface *si);
int nfha_addr_wants(struct nfha_swap_iface *si);
bool nfha_addr_loses_ipv4(struct nfha_swap_iface *si);
void nfha_addr_apply(struct nfha_swap *swap, struct nfha_swap_iface *si);

#endif /* _NFHA_ADDR_H */
