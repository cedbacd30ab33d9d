// SPDX-License-Identifier: GPL-2.0
/*
 * iface.c - the configured interfaces: attachment to devices that come, go and
 * change their state, and look-up of the configured addresses
 */
#include <linux/bsearch.h>
#include <linux/etherdevice.h>
#include <linux/hash.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <net/ipv6.h>

#include "nfha.h"
#include "announce.h"
#include "iface.h"
#include "mac.h"
#include "netlink.h"
#include "role.h"
#include "rtnl.h"

/**
 * nfha_iface_set_alloc - room for the interfaces of a configuration
 * @num: how many
 *
 * Context: may sleep. Return: set to be filled, or NULL.
 */
struct nfha_iface_set *nfha_iface_set_alloc(unsigned int num)
{
	struct nfha_iface_set *set;
	struct nfha_iface *iface;

	set = kvzalloc(struct_size(set, iface, num), GFP_KERNEL_ACCOUNT);
	if (!set)
		return NULL;
	set->num = num;
	nfha_for_each_iface(iface, set) {
		INIT_LIST_HEAD(&iface->found);
		nfha_relay_init(&iface->relay);
	}
	return set;
}

/* Order of the list of known addresses, for sort() and bsearch(). */
static int nfha_known_cmp(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct nfha_known_addr));
}

static u32 nfha_known_hash(u8 family, const struct in6_addr *addr)
{
	u32 word = (__force u32)addr->s6_addr32[0];

	if (family == AF_INET6)
		word ^= (__force u32)(addr->s6_addr32[1] ^ addr->s6_addr32[2] ^
				      addr->s6_addr32[3]);
	return hash_32(word, NFHA_KNOWN_FILTER_BITS);
}

static void nfha_known_add(struct nfha_iface_set *set, const struct nfha_iface *iface,
			   const struct nfha_pair *pair)
{
	struct nfha_known_addr *known = &set->known[set->num_known++];

	known->family = pair->family;
	known->own = iface->type == NFHA_IFACE_LINK;
	known->addr = pair->active;
	if (!pair->has_standby)
		return;

	known = &set->known[set->num_known++];
	known->family = pair->family;
	known->own = 1;
	known->addr = pair->standby;
}

/**
 * nfha_iface_set_finish - make a filled set ready for use
 * @set: with all names, types and pairs
 * @nn: instance
 *
 * Context: may sleep. Return: 0 or -ENOMEM.
 */
int nfha_iface_set_finish(struct nfha_iface_set *set, struct nfha_net *nn)
{
	struct nfha_iface *iface;
	unsigned int i, num = 0;

	nfha_for_each_iface(iface, set) {
		iface->nn = nn;
		num += 2 * iface->num_pairs;
	}

	/* Zeroed: padding takes part in the comparison. */
	set->known = kvcalloc(num + 1, sizeof(*set->known), GFP_KERNEL_ACCOUNT);
	if (!set->known)
		return -ENOMEM;

	nfha_for_each_iface(iface, set)
		for (i = 0; i < iface->num_pairs; i++)
			nfha_known_add(set, iface, &iface->pairs[i]);
	for (i = 0; i < set->num_known; i++)
		__set_bit(nfha_known_hash(set->known[i].family, &set->known[i].addr), set->filter);
	sort(set->known, set->num_known, sizeof(*set->known), nfha_known_cmp, NULL);
	return 0;
}

/**
 * nfha_iface_set_free - undo nfha_iface_set_alloc() and _finish()
 * @set: not in use by anybody; NULL: nothing to do
 *
 * Context: may sleep.
 */
void nfha_iface_set_free(struct nfha_iface_set *set)
{
	struct nfha_iface *iface;

	if (!set)
		return;
	nfha_for_each_iface(iface, set) {
		nfha_msgs_free(&iface->found);
		kfree(rcu_dereference_protected(iface->macs, true));
		kvfree(iface->pairs);
	}
	kvfree(set->known);
	kvfree(set);
}

/**
 * nfha_ifaces_locked - the interfaces, for who holds nn->lock
 * @nn: instance, configured
 *
 * Context: nn->lock held. Return: the set, NULL while not configured.
 */
struct nfha_iface_set *nfha_ifaces_locked(const struct nfha_net *nn)
{
	return rcu_dereference_protected(nn->ifaces.set, lockdep_is_held(&nn->lock));
}

static bool nfha_known(const struct nfha_net *nn, u8 family, bool own,
		       const struct in6_addr *addr)
{
	const struct nfha_iface_set *set = rcu_dereference(nn->ifaces.set);
	struct nfha_known_addr key;

	if (!set || !test_bit(nfha_known_hash(family, addr), set->filter))
		return false;
	memset(&key, 0, sizeof(key));
	key.family = family;
	key.own = own;
	key.addr = *addr;
	if (family == AF_INET)
		memset(&key.addr.s6_addr32[1], 0, 3 * sizeof(__be32));
	return bsearch(&key, set->known, set->num_known, sizeof(key), nfha_known_cmp);
}

bool nfha_iface_is_managed(const struct nfha_net *nn, u8 family, const struct in6_addr *addr)
{
	return nfha_known(nn, family, false, addr);
}

bool nfha_iface_is_own(const struct nfha_net *nn, u8 family, const struct in6_addr *addr)
{
	return nfha_known(nn, family, true, addr);
}

/**
 * nfha_iface_status - state of a device in the words of the protocol
 * @dev: NULL: there is none
 *
 * Context: rtnl or RCU. Return: enum nfha_iface_status.
 */
u8 nfha_iface_status(const struct net_device *dev)
{
	if (!dev)
		return NFHA_IFACE_MISSING;
	if (!(READ_ONCE(dev->flags) & IFF_UP))
		return NFHA_IFACE_DOWN;
	return netif_carrier_ok(dev) ? NFHA_IFACE_UP : NFHA_IFACE_NO_CARRIER;
}

/**
 * nfha_iface_mac - the MAC address of a side
 * @iface: attached
 * @side: which
 *
 * Context: rtnl held. Return: the configured address, or the one found.
 */
const u8 *nfha_iface_mac(const struct nfha_iface *iface, enum nfha_side side)
{
	ASSERT_RTNL();
	if (!test_bit(side, &iface->mac_known))
		side = NFHA_SIDE_FOUND;
	return iface->mac_conf[side];
}

/**
 * nfha_iface_update_macs - publish the MAC addresses
 * @iface: attached
 *
 * Context: rtnl held, may sleep. Return: 0 or -ENOMEM.
 */
int nfha_iface_update_macs(struct nfha_iface *iface)
{
	struct nfha_macs *macs, *old;

	ASSERT_RTNL();
	macs = kmalloc(sizeof(*macs), GFP_KERNEL_ACCOUNT);
	if (!macs)
		return -ENOMEM;
	ether_addr_copy(macs->own, iface->mac_conf[NFHA_SIDE_FOUND]);
	ether_addr_copy(macs->active, nfha_iface_mac(iface, NFHA_SIDE_ACTIVE));
	ether_addr_copy(macs->standby, nfha_iface_mac(iface, NFHA_SIDE_STANDBY));
	old = rtnl_dereference(iface->macs);
	rcu_assign_pointer(iface->macs, macs);
	if (old)
		kfree_rcu(old, rcu);
	return 0;
}

static int nfha_iface_attach(struct nfha_iface *iface, struct net_device *dev)
{
	int err;

	if (dev->type != ARPHRD_ETHER || dev->addr_len != ETH_ALEN)
		return 0;

	ether_addr_copy(iface->mac_conf[NFHA_SIDE_FOUND], dev->dev_addr);
	iface->mac_assign = dev->addr_assign_type;
	iface->mac_live = false;
	err = nfha_iface_update_macs(iface);
	if (err)
		return err;
	if (iface->type == NFHA_IFACE_DATA) {
		err = nfha_gate_hook_dev(iface, dev);
		if (err)
			return err;
	}
	if (!is_zero_ether_addr(iface->state_mac)) {
		err = dev_uc_add(dev, iface->state_mac);
		if (err)
			goto unhook;
	}
	netdev_hold(dev, &iface->tracker, GFP_KERNEL);
	rcu_assign_pointer(iface->dev, dev);
	iface->attachment++;
	return 0;

unhook:
	nfha_gate_unhook_dev(iface, iface->nn->net);
	return err;
}

static void nfha_iface_detach(struct nfha_iface *iface, struct net_device *dev)
{
	/* It moves to another namespace, or nfha goes: it must not keep our MAC. */
	if (dev->reg_state == NETREG_REGISTERED && iface->type == NFHA_IFACE_DATA)
		nfha_mac_set(iface, dev, NFHA_SIDE_FOUND, NULL);
	if (!is_zero_ether_addr(iface->state_mac))
		dev_uc_del(dev, iface->state_mac);
	RCU_INIT_POINTER(iface->dev, NULL);
	if (iface->type == NFHA_IFACE_DATA)
		nfha_gate_unhook_dev(iface, iface->nn->net);
	netdev_put(dev, &iface->tracker);
}

/**
 * nfha_iface_of_dev - the interface that a device is
 * @set: NULL: not configured
 * @dev: device
 *
 * Context: rtnl or RCU. Return: NULL: none.
 */
struct nfha_iface *nfha_iface_of_dev(struct nfha_iface_set *set, const struct net_device *dev)
{
	struct nfha_iface *iface;

	if (!set)
		return NULL;
	nfha_for_each_iface(iface, set)
		if (rcu_access_pointer(iface->dev) == dev)
			return iface;
	return NULL;
}

/* An interface without a device whose name is this device's. */
static struct nfha_iface *nfha_iface_wanting(struct nfha_iface_set *set,
					     const struct net_device *dev)
{
	struct nfha_iface *iface;

	nfha_for_each_iface(iface, set)
		if (!rcu_access_pointer(iface->dev) && !strcmp(iface->name, dev->name))
			return iface;
	return NULL;
}

static void nfha_iface_tell_status(struct nfha_iface *iface)
{
	u8 status = nfha_iface_status(rtnl_dereference(iface->dev));

	if (status == iface->status)
		return;
	iface->status = status;
	/* Not while configuration begins or ends: the helper reads it then. */
	if (READ_ONCE(iface->nn->configured))
		nfha_event_iface(iface->nn, iface);
}

/* Others changed something that the role's side needs: have it checked. */
static void nfha_iface_recheck(struct nfha_iface *iface)
{
	atomic_set(&iface->stale, 1);
	if (READ_ONCE(iface->nn->configured))
		mod_delayed_work(nfha_ctl_wq, &iface->nn->ifaces.work, 0);
}

static int nfha_netdev_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct nfha_ifaces *ifaces = container_of(nb, struct nfha_ifaces, notifier);
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	struct nfha_iface_set *set = rtnl_dereference(ifaces->set);
	struct nfha_iface *iface = nfha_iface_of_dev(set, dev);
	int err;

	switch (event) {
	case NETDEV_REGISTER:
	case NETDEV_CHANGENAME:
		if (iface)
			break;
		iface = nfha_iface_wanting(set, dev);
		if (!iface)
			return NOTIFY_DONE;
		err = nfha_iface_attach(iface, dev);
		if (err)
			return notifier_from_errno(err);
		nfha_iface_recheck(iface);
		break;
	case NETDEV_UNREGISTER:
		if (!iface)
			return NOTIFY_DONE;
		nfha_iface_detach(iface, dev);
		break;
	case NETDEV_UP:
		if (!iface)
			return NOTIFY_DONE;
		nfha_mac_opened(iface, dev);
		nfha_iface_recheck(iface);	/* IPv6 addresses went with down */
		break;
	case NETDEV_CHANGEADDR:
		if (iface && !nfha_mac_expected(iface, dev))
			nfha_iface_recheck(iface);
		break;
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
		break;
	default:
		return NOTIFY_DONE;
	}

	if (iface)
		nfha_iface_tell_status(iface);
	return NOTIFY_DONE;
}

static void nfha_ifaces_work(struct work_struct *work)
{
	struct nfha_net *nn = container_of(to_delayed_work(work), struct nfha_net,
					   ifaces.work);

	mutex_lock(&nn->lock);
	if (!nn->configured)
		goto unlock;
	if (atomic_xchg(&nn->ifaces.meddled, 0))
		nfha_role_repair(nn);
	else
		nfha_role_reapply(nn);
unlock:
	mutex_unlock(&nn->lock);
}

/**
 * nfha_ifaces_init - prepare a new instance
 * @nn: instance
 */
void nfha_ifaces_init(struct nfha_net *nn)
{
	INIT_DELAYED_WORK(&nn->ifaces.work, nfha_ifaces_work);
	INIT_LIST_HEAD(&nn->ifaces.lost_routes);
	nn->ifaces.notifier.notifier_call = nfha_netdev_event;
}

/**
 * nfha_ifaces_attach - publish the interfaces and attach the devices there are
 * @nn: instance; nn->lock held
 * @set: finished
 *
 * From here on frames pass the gate's hooks.
 * Context: may sleep, no rtnl. Return: 0 or a negative error; @set is then not in
 * use and can be freed.
 */
int nfha_ifaces_attach(struct nfha_net *nn, struct nfha_iface_set *set)
{
	int err;

	lockdep_assert_held(&nn->lock);
	rcu_assign_pointer(nn->ifaces.set, set);
	err = register_netdevice_notifier_net(nn->net, &nn->ifaces.notifier);
	if (err) {
		/* What was attached before the failure was detached again. */
		RCU_INIT_POINTER(nn->ifaces.set, NULL);
		synchronize_net();
	}
	return err;
}

/**
 * nfha_ifaces_detach - undo nfha_ifaces_attach() and free the interfaces
 * @nn: instance; nn->lock held
 *
 * Context: may sleep, no rtnl.
 */
void nfha_ifaces_detach(struct nfha_net *nn)
{
	struct nfha_iface_set *set = nfha_ifaces_locked(nn);

	/* Plays NETDEV_UNREGISTER for every device: all are detached. */
	unregister_netdevice_notifier_net(nn->net, &nn->ifaces.notifier);
	RCU_INIT_POINTER(nn->ifaces.set, NULL);
	synchronize_net();
	nfha_iface_set_free(set);
	nfha_msgs_free(&nn->ifaces.lost_routes);
}
