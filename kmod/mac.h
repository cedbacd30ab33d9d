/* SPDX-License-Identifier: GPL-2.0 */
/* mac.h - MAC address of an interface */
#ifndef _NFHA_MAC_H
#define _NFHA_MAC_H

#include "iface.h"

int nfha_mac_set(struct nfha_iface *iface, struct net_device *dev, enum nfha_side side,
		 struct netlink_ext_ack *extack);
void nfha_mac_opened(struct nfha_iface *iface, struct net_device *dev);
bool nfha_mac_expected(const struct nfha_iface *iface, const struct net_device *dev);

#endif /* _NFHA_MAC_H */
