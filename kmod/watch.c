// SPDX-License-Identifier: GPL-2.0
/*
 * watch.c - addresses that others add or remove behind nfha's back
 *
 * A network manager, or "ip address flush". What the role's side needs is put back
 * after a pause: a flush removes several, and somebody who removes them again and
 * again must not keep us busy.
 */
#include <linux/inetdevice.h>
#include <linux/sched.h>
#include <net/addrconf.h>
#include <net/if_inet6.h>

#include "nfha.h"
#include "iface.h"
#include "watch.h"

#define NFHA_WATCH_PAUSE_MS	100

/* An address of @dev came or went. */
static void nfha_watch_addr(const struct net_device *dev, u8 family, const struct in6_addr *addr)
{
	struct nfha_net *nn = nfha_pernet(dev_net(dev));
	struct nfha_iface *iface;

	/* Our own doing; or the device goes down, and its addresses come back with it. */
	if ((in_task() && READ_ONCE(nn->ifaces.swapper) == current) ||
	    !(READ_ONCE(dev->flags) & IFF_UP))
		return;

	rcu_read_lock();
	iface = nfha_iface_of_dev(rcu_dereference(nn->ifaces.set), dev);
	if (iface && READ_ONCE(nn->configured) &&
	    (nfha_iface_is_managed(nn, family, addr) || nfha_iface_is_own(nn, family, addr))) {
		atomic_set(&iface->stale, 1);
		atomic_set(&nn->ifaces.meddled, 1);
		queue_delayed_work(nfha_ctl_wq, &nn->ifaces.work,
				   msecs_to_jiffies(NFHA_WATCH_PAUSE_MS));
	}
	rcu_read_unlock();
}

static int nfha_watch_inet(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct in_ifaddr *ifa = ptr;
	struct in6_addr addr = { .s6_addr32 = { ifa->ifa_local } };

	nfha_watch_addr(ifa->ifa_dev->dev, AF_INET, &addr);
	return NOTIFY_DONE;
}

static int nfha_watch_inet6(struct notifier_block *nb, unsigned long event, void *ptr)
{
	const struct inet6_ifaddr *ifa = ptr;

	nfha_watch_addr(ifa->idev->dev, AF_INET6, &ifa->addr);
	return NOTIFY_DONE;
}

static struct notifier_block nfha_watch_inet_nb = { .notifier_call = nfha_watch_inet };
static struct notifier_block nfha_watch_inet6_nb = { .notifier_call = nfha_watch_inet6 };

/**
 * nfha_watch_init - begin to hear of addresses, in all namespaces
 *
 * Context: process. Return: 0 or a negative error.
 */
int nfha_watch_init(void)
{
	int err = register_inetaddr_notifier(&nfha_watch_inet_nb);

	if (err)
		return err;
	err = register_inet6addr_notifier(&nfha_watch_inet6_nb);
	if (err)
		unregister_inetaddr_notifier(&nfha_watch_inet_nb);
	return err;
}

/**
 * nfha_watch_exit - undo nfha_watch_init()
 *
 * Context: process.
 */
void nfha_watch_exit(void)
{
	unregister_inet6addr_notifier(&nfha_watch_inet6_nb);
	unregister_inetaddr_notifier(&nfha_watch_inet_nb);
}
