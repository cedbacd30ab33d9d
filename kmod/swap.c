// SPDX-License-Identifier: GPL-2.0
/*
 * swap.c - MAC, addresses and routes of the interfaces follow the role (13-2)
 *
 * A swap, for all interfaces that need one: routes that may vanish are noted, MAC
 * addresses change, addresses of the new side are added, those of the other side
 * deleted, the managed ones made primary in their subnets, and the routes that
 * vanished put back. New before old: a device that loses its last address loses
 * its routes. Every step can be repeated.
 */
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "nfha.h"
#include "addr.h"
#include "mac.h"
#include "swap.h"

#define NFHA_SWAP_PASSES	4	/* to bring addresses into order */

/**
 * nfha_swap_error - one step of a swap failed
 * @swap: swap
 * @err: negative error
 * @what: for the helper: a string constant
 */
void nfha_swap_error(struct nfha_swap *swap, int err, const char *what)
{
	nfha_count(swap->nn, ADDR_ERRORS);
	if (swap->err)
		return;
	swap->err = err;
	if (swap->extack)
		swap->extack->_msg = what;
}

static enum nfha_side nfha_swap_side(const struct nfha_iface *iface, enum nfha_side data,
				     enum nfha_side link)
{
	return iface->type == NFHA_IFACE_LINK ? link : data;
}

static struct nfha_swap *nfha_swap_alloc(struct nfha_net *nn, enum nfha_side data,
					 enum nfha_side link, struct netlink_ext_ack *extack)
{
	struct nfha_iface_set *set = nfha_ifaces_locked(nn);
	struct nfha_swap_iface *si;
	struct nfha_iface *iface;
	struct nfha_swap *swap;
	struct net_device *dev;

	swap = kvzalloc(struct_size(swap, at, set->num), GFP_KERNEL_ACCOUNT);
	if (!swap)
		return NULL;
	swap->nn = nn;
	swap->extack = extack;
	swap->num = set->num;
	INIT_LIST_HEAD(&swap->routes);
	rtnl_lock();
	nfha_for_each_swap(si, swap) {
		iface = &set->iface[si - swap->at];
		si->iface = iface;
		INIT_LIST_HEAD(&si->now);
		INIT_LIST_HEAD(&si->want);
		dev = rtnl_dereference(iface->dev);
		if (!dev)
			continue;
		si->ifindex = dev->ifindex;
		si->attachment = iface->attachment;
		si->side = nfha_swap_side(iface, data, link);
		si->todo = si->side != NFHA_SIDE_KEEP &&
			   (atomic_xchg(&iface->stale, 0) || iface->side != si->side ||
			    iface->side_of != si->attachment);
	}
	rtnl_unlock();
	return swap;
}

static void nfha_swap_free(struct nfha_swap *swap)
{
	struct nfha_swap_iface *si;

	nfha_for_each_swap(si, swap) {
		nfha_msgs_free(&si->now);
		nfha_msgs_free(&si->want);
	}
	nfha_msgs_free(&swap->routes);
	kvfree(swap);
}

static bool nfha_swap_needed(struct nfha_swap *swap)
{
	struct nfha_swap_iface *si;

	nfha_for_each_swap(si, swap)
		if (si->todo)
			return true;
	return false;
}

/* What there is, and what there shall be. */
static int nfha_swap_plan(struct nfha_swap *swap)
{
	struct nfha_swap_iface *si;
	int err;

	err = nfha_addr_list(swap);
	if (err)
		return err;
	nfha_for_each_swap(si, swap) {
		if (!si->todo)
			continue;
		err = nfha_addr_remember(si) ?: nfha_addr_wants(si);
		if (err)
			return err;
		si->loses_ipv4 = nfha_addr_loses_ipv4(si);
	}
	return nfha_routes_save(swap);
}

/* The device is still the one that the swap was planned for. */
static struct net_device *nfha_swap_dev(const struct nfha_swap_iface *si)
{
	ASSERT_RTNL();
	if (!si->todo || si->iface->attachment != si->attachment)
		return NULL;
	return rtnl_dereference(si->iface->dev);
}

/*
 * MAC addresses of the side; and no secondary address is to go with its primary
 * while addresses change.
 */
static void nfha_swap_prepare(struct nfha_swap *swap)
{
	struct nfha_swap_iface *si;
	struct in_device *in_dev;
	struct net_device *dev;
	int err;

	rtnl_lock();
	nfha_for_each_swap(si, swap) {
		dev = nfha_swap_dev(si);
		if (!dev)
			continue;
		in_dev = __in_dev_get_rtnl(dev);
		if (in_dev && !IN_DEV_CONF_GET(in_dev, PROMOTE_SECONDARIES)) {
			IN_DEV_CONF_SET(in_dev, PROMOTE_SECONDARIES, 1);
			si->promoting = true;
		}
		if (si->iface->type != NFHA_IFACE_DATA)
			continue;
		err = nfha_mac_set(si->iface, dev, si->side, swap->extack);
		if (err && !swap->err)
			swap->err = err;
	}
	rtnl_unlock();
}

/* Undo what was set for the swap only. */
static void nfha_swap_finish(struct nfha_swap *swap)
{
	struct nfha_swap_iface *si;
	struct in_device *in_dev;
	struct net_device *dev;

	rtnl_lock();
	nfha_for_each_swap(si, swap) {
		dev = nfha_swap_dev(si);
		in_dev = dev ? __in_dev_get_rtnl(dev) : NULL;
		if (in_dev && si->promoting)
			IN_DEV_CONF_SET(in_dev, PROMOTE_SECONDARIES, 0);
	}
	rtnl_unlock();
}

/* Bring the addresses into order, until they are. */
static void nfha_swap_order(struct nfha_swap *swap)
{
	struct nfha_swap_iface *si;
	bool moved;
	int pass, err;

	for (pass = 0; pass < NFHA_SWAP_PASSES; pass++) {
		moved = false;
		err = nfha_addr_list(swap);
		if (err) {
			nfha_swap_error(swap, err, "addresses could not be listed");
			return;
		}
		nfha_for_each_swap(si, swap)
			if (si->todo && nfha_order_fix(swap, si))
				moved = true;
		if (!moved)
			return;
	}
	nfha_swap_error(swap, -EAGAIN, "a managed address is not the primary one");
}

static void nfha_swap_carry_out(struct nfha_swap *swap)
{
	struct nfha_swap_iface *si;

	nfha_swap_prepare(swap);
	nfha_for_each_swap(si, swap)
		if (si->todo)
			nfha_addr_apply(swap, si);
	nfha_swap_order(swap);
	nfha_routes_restore(swap);
	nfha_swap_finish(swap);

	nfha_for_each_swap(si, swap)
		if (si->todo)
			si->iface->side = si->side;
}

/* Not all of it could be done: the next swap or event tries again. */
static void nfha_swap_failed(struct nfha_swap *swap, int err)
{
	struct nfha_swap_iface *si;

	nfha_for_each_swap(si, swap)
		if (si->todo)
			atomic_set(&si->iface->stale, 1);
	net_warn_ratelimited("nfha: addresses are not all in place: %d\n", err);
}

static int nfha_swap_run(struct nfha_net *nn, enum nfha_side data, enum nfha_side link,
			 struct netlink_ext_ack *extack)
{
	struct nfha_swap *swap;
	int err = 0;

	swap = nfha_swap_alloc(nn, data, link, extack);
	if (!swap)
		return -ENOMEM;
	if (!nfha_swap_needed(swap))
		goto free_swap;
	err = nfha_rtnl_open(&swap->rtnl, nn->net);
	if (err)
		goto free_swap;
	WRITE_ONCE(nn->ifaces.swapper, current);
	err = nfha_swap_plan(swap);
	if (err)
		nfha_swap_error(swap, err, "addresses and routes could not be listed");
	else
		nfha_swap_carry_out(swap);
	err = swap->err;
	WRITE_ONCE(nn->ifaces.swapper, NULL);
	nfha_rtnl_close(&swap->rtnl);
free_swap:
	if (err)
		nfha_swap_failed(swap, err);
	nfha_swap_free(swap);
	return err;
}

/**
 * nfha_swap_begin - remember how the interfaces are; give links their addresses
 * @nn: instance; nn->lock held
 * @extack: where to say what is wrong
 *
 * Context: may sleep, no rtnl. Return: 0 or a negative error; nfha_swap_end()
 * undoes what was done.
 */
int nfha_swap_begin(struct nfha_net *nn, struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&nn->lock);
	return nfha_swap_run(nn, NFHA_SIDE_FOUND, NFHA_SIDE_ACTIVE, extack);
}

/**
 * nfha_swap_to - give the data interfaces a side's MAC and addresses
 * @nn: instance; nn->lock held
 * @side: which
 * @extack: NULL or where to say what went wrong first
 *
 * Goes as far as it can, and counts what it cannot do.
 * Context: may sleep, no rtnl. Return: 0 or the first error.
 */
int nfha_swap_to(struct nfha_net *nn, enum nfha_side side, struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&nn->lock);
	return nfha_swap_run(nn, side, NFHA_SIDE_ACTIVE, extack);
}

/**
 * nfha_swap_links - give links that came later their addresses
 * @nn: instance; nn->lock held
 *
 * Data interfaces keep what they have.
 * Context: may sleep, no rtnl. Return: 0 or a negative error.
 */
int nfha_swap_links(struct nfha_net *nn)
{
	lockdep_assert_held(&nn->lock);
	return nfha_swap_run(nn, NFHA_SIDE_KEEP, NFHA_SIDE_ACTIVE, NULL);
}

/**
 * nfha_swap_end - leave all interfaces as they were found
 * @nn: instance; nn->lock held
 *
 * Context: may sleep, no rtnl.
 */
void nfha_swap_end(struct nfha_net *nn)
{
	nfha_swap_run(nn, NFHA_SIDE_FOUND, NFHA_SIDE_FOUND, NULL);
}
