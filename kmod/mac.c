// SPDX-License-Identifier: GPL-2.0
/*
 * mac.c - MAC address of an interface (13-2: the active unit's addresses move)
 *
 * Most drivers change their address while they are up. Others refuse, and
 * taking them down would flush the device's routes and drop its link. Those keep
 * their own address; the new one goes into their receive filter and becomes the
 * address that the stack uses.
 */
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include "nfha.h"
#include "mac.h"

/* The stack's address only; the driver is not asked. */
static int nfha_mac_set_live(struct nfha_iface *iface, struct net_device *dev, const u8 *mac,
			     struct netlink_ext_ack *extack)
{
	u8 old[ETH_ALEN];
	int err;

	err = dev_pre_changeaddr_notify(dev, mac, extack);
	if (err)
		return err;

	ether_addr_copy(old, dev->dev_addr);
	if (!iface->mac_live)
		ether_addr_copy(iface->mac_hw, old);
	if (!ether_addr_equal(mac, iface->mac_hw)) {
		err = dev_uc_add(dev, mac);
		if (err)
			return err;
	}
	dev_addr_set(dev, mac);
	dev->addr_assign_type = NET_ADDR_SET;
	call_netdevice_notifiers(NETDEV_CHANGEADDR, dev);
	if (!ether_addr_equal(old, iface->mac_hw))
		dev_uc_del(dev, old);
	iface->mac_live = !ether_addr_equal(mac, iface->mac_hw);
	nfha_count(iface->nn, MAC_LIVE);
	return 0;
}

/**
 * nfha_mac_set - give a device the MAC address of a side
 * @iface: attached to @dev
 * @dev: device
 * @side: which address
 * @extack: NULL or where to say what is wrong
 *
 * No-op if it has that address.
 * Context: rtnl held. Return: 0 or a negative error (counted).
 */
int nfha_mac_set(struct nfha_iface *iface, struct net_device *dev, enum nfha_side side,
		 struct netlink_ext_ack *extack)
{
	const u8 *mac = nfha_iface_mac(iface, side);
	struct sockaddr sa = { .sa_family = dev->type };
	int err = 0;

	ASSERT_RTNL();
	if (!ether_addr_equal(dev->dev_addr, mac)) {
		if (!iface->mac_live) {
			ether_addr_copy(sa.sa_data, mac);
			err = dev_set_mac_address(dev, &sa, extack);
		}
		if (iface->mac_live || err == -EBUSY || err == -EOPNOTSUPP)
			err = nfha_mac_set_live(iface, dev, mac, extack);
	}
	if (err) {
		nfha_count(iface->nn, MAC_ERRORS);
		netdev_warn(dev, "nfha: cannot set MAC address %pM: %d\n", mac, err);
	} else if (side == NFHA_SIDE_FOUND) {
		dev->addr_assign_type = iface->mac_assign;
	}
	return err;
}

/**
 * nfha_mac_opened - the device came up
 * @iface: attached to @dev
 * @dev: device
 *
 * A driver that opens takes dev_addr for its own address: that is what it has now,
 * and the address that it had before needs a filter entry when it comes back.
 * Context: rtnl held.
 */
void nfha_mac_opened(struct nfha_iface *iface, struct net_device *dev)
{
	ASSERT_RTNL();
	if (!iface->mac_live)
		return;
	dev_uc_del(dev, dev->dev_addr);
	ether_addr_copy(iface->mac_hw, dev->dev_addr);
	iface->mac_live = false;
}

/**
 * nfha_mac_expected - the device has one of the addresses that nfha gives it
 * @iface: attached to @dev
 * @dev: device
 *
 * Context: rtnl held.
 */
bool nfha_mac_expected(const struct nfha_iface *iface, const struct net_device *dev)
{
	return ether_addr_equal(dev->dev_addr, nfha_iface_mac(iface, NFHA_SIDE_ACTIVE)) ||
	       ether_addr_equal(dev->dev_addr, nfha_iface_mac(iface, NFHA_SIDE_STANDBY)) ||
	       ether_addr_equal(dev->dev_addr, nfha_iface_mac(iface, NFHA_SIDE_FOUND));
}
