/* SPDX-License-Identifier: GPL-2.0 */
/* iface.h - the configured interfaces and their addresses */
#ifndef _NFHA_IFACE_H
#define _NFHA_IFACE_H

#include <linux/types.h>

struct in6_addr;
struct nfha_net;

struct nfha_ifaces {
	/* owned by iface.c */
	void *reserved;
};

/* Context: RCU read side. @addr: IPv4 in s6_addr32[0]. */
bool nfha_iface_is_managed(const struct nfha_net *nn, u8 family, const struct in6_addr *addr);
bool nfha_iface_is_own(const struct nfha_net *nn, u8 family, const struct in6_addr *addr);

#endif /* _NFHA_IFACE_H */
