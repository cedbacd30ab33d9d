// SPDX-License-Identifier: GPL-2.0
/*
 * announce.c - tell the neighbours where the active addresses are now
 *
 * Gratuitous ARP requests and unsolicited neighbour advertisements, by which
 * switches learn the new port of the active MAC and hosts renew their entries.
 * Sent when the gate opens and some more times: one frame can be lost, and a
 * switch port may not forward at once.
 */
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/arp.h>
#include <net/ndisc.h>

#include "nfha.h"
#include "announce.h"
#include "iface.h"

/* Pauses before each announcement, ms: at 0, 100, 500 ms, 1, 2 and 4 s. */
static const unsigned int nfha_announce_pause[] = { 0, 100, 400, 500, 1000, 2000 };

static void nfha_announce_addr(u8 family, const struct in6_addr *addr, struct net_device *dev)
{
	struct inet6_dev *idev;
	__be32 ip;

	if (family == AF_INET) {
		ip = addr->s6_addr32[0];
		arp_send(ARPOP_REQUEST, ETH_P_ARP, ip, dev, ip, NULL, dev->dev_addr, NULL);
		return;
	}

	idev = __in6_dev_get(dev);
	if (!idev || !ipv6_mod_enabled())
		return;
	/* Without the router bit hosts would drop the unit as their router. */
	ipv6_stub->ndisc_send_na(dev, &in6addr_linklocal_allnodes, addr,
				 READ_ONCE(idev->cnf.forwarding), false, true, true);
}

static void nfha_announce_iface(const struct nfha_iface *iface, bool active)
{
	struct net_device *dev = rcu_dereference(iface->dev);
	const struct nfha_pair *pair;
	unsigned int i;

	if (!dev || iface->type != NFHA_IFACE_DATA || !netif_running(dev))
		return;
	for (i = 0; i < iface->num_pairs; i++) {
		pair = &iface->pairs[i];
		if (active)
			nfha_announce_addr(pair->family, &pair->active, dev);
		else if (pair->has_standby)
			nfha_announce_addr(pair->family, &pair->standby, dev);
	}
	nfha_count(iface->nn, ANNOUNCED);
}

static struct nfha_iface_set *nfha_announce_ifaces(struct nfha_net *nn, bool active)
{
	struct nfha_iface_set *set;
	struct nfha_iface *iface;

	rcu_read_lock();
	set = rcu_dereference(nn->ifaces.set);
	nfha_for_each_iface(iface, set)
		nfha_announce_iface(iface, active);
	rcu_read_unlock();
	return set;
}

/* Group memberships were reported behind the shut gate: report them again. */
static void nfha_announce_groups(struct nfha_iface_set *set)
{
	struct nfha_iface *iface;
	struct net_device *dev;

	rtnl_lock();
	nfha_for_each_iface(iface, set) {
		dev = rtnl_dereference(iface->dev);
		if (dev && iface->type == NFHA_IFACE_DATA)
			call_netdevice_notifiers(NETDEV_RESEND_IGMP, dev);
	}
	rtnl_unlock();
}

static void nfha_announce_work(struct work_struct *work)
{
	struct nfha_net *nn = container_of(to_delayed_work(work), struct nfha_net,
					   gate.announce);
	struct nfha_iface_set *set;
	unsigned int step;

	if (!nfha_gate_is_open(&nn->gate))
		return;
	/* The set outlives this work: nfha_announce_stop() comes before its end. */
	set = nfha_announce_ifaces(nn, true);
	step = READ_ONCE(nn->gate.announce_step);
	WRITE_ONCE(nn->gate.announce_step, step + 1);
	if (step == 0)
		nfha_announce_groups(set);
	if (step + 1 < ARRAY_SIZE(nfha_announce_pause))
		queue_delayed_work(nfha_ctl_wq, &nn->gate.announce,
				   msecs_to_jiffies(nfha_announce_pause[step + 1]));
}

/**
 * nfha_announce_init - prepare a new instance
 * @nn: instance
 */
void nfha_announce_init(struct nfha_net *nn)
{
	INIT_DELAYED_WORK(&nn->gate.announce, nfha_announce_work);
}

/**
 * nfha_announce_start - begin to announce, or begin again
 * @nn: instance; nn->gate.lock held, the gate is open
 *
 * Context: any. The work may run beside it and count one step less or more: there
 * is one announcement less or more then.
 */
void nfha_announce_start(struct nfha_net *nn)
{
	lockdep_assert_held(&nn->gate.lock);
	WRITE_ONCE(nn->gate.announce_step, 0);
	mod_delayed_work(nfha_ctl_wq, &nn->gate.announce, 0);
}

/**
 * nfha_announce_standby - announce the standby addresses, once
 * @nn: instance; nn->lock held, the standby side is in place
 *
 * The standby MAC has moved as well: without this a switch would send what is for
 * this unit to the other one until it says something.
 * Context: process.
 */
void nfha_announce_standby(struct nfha_net *nn)
{
	lockdep_assert_held(&nn->lock);
	nfha_announce_ifaces(nn, false);
}

/**
 * nfha_announce_stop - stop announcing
 * @nn: instance; the role is not active any more
 *
 * Context: process, no rtnl.
 */
void nfha_announce_stop(struct nfha_net *nn)
{
	cancel_delayed_work_sync(&nn->gate.announce);
}
