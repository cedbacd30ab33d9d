// SPDX-License-Identifier: GPL-2.0
/*
 * order.c - the managed IPv4 address is the primary one of its subnet
 *
 * The first address of a subnet is its primary: masquerading and source address
 * selection use it. A new address comes last, so that an address of the host's own
 * in the same subnet may stand before it; taking such an address off and adding it
 * again, as it was, puts it behind.
 */
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "nfha.h"
#include "addr.h"
#include "swap.h"

/**
 * struct nfha_order - an address in the order wanted
 * @msg: in nfha_swap_iface.now
 * @addr: of @msg
 * @pos: its place now
 * @move: it has to go to the end of its subnet
 */
struct nfha_order {
	struct nfha_msg		*msg;
	struct nfha_addr	addr;
	unsigned int		pos;
	bool			move;
};

static unsigned int nfha_order_count(const struct list_head *msgs)
{
	const struct list_head *at;
	unsigned int num = 0;

	list_for_each(at, msgs)
		num++;
	return num;
}

static bool nfha_order_has(const struct nfha_order *order, unsigned int num,
			   const struct nfha_msg *msg)
{
	while (num--)
		if (order[num].msg == msg)
			return true;
	return false;
}

/* Append what is in @from and present, in the order of @from. */
static unsigned int nfha_order_add(struct nfha_order *order, unsigned int num,
				   struct list_head *from, struct list_head *now)
{
	struct nfha_msg *msg, *want;
	struct nfha_addr addr, at;
	unsigned int pos;

	list_for_each_entry(want, from, list) {
		if (!nfha_addr_parse(want->nlh, &addr) || addr.family != AF_INET)
			continue;
		pos = 0;
		list_for_each_entry(msg, now, list) {
			pos++;
			if (!nfha_addr_parse(msg->nlh, &at) || at.prefix != addr.prefix ||
			    !ipv6_addr_equal(&at.local, &addr.local) || at.family != AF_INET)
				continue;
			if (nfha_order_has(order, num, msg))
				break;
			order[num++] = (struct nfha_order) {
				.msg = msg, .addr = at, .pos = pos,
			};
			break;
		}
	}
	return num;
}

static bool nfha_order_same_subnet(const struct nfha_addr *a, const struct nfha_addr *b)
{
	return a->prefix == b->prefix &&
	       !((a->local.s6_addr32[0] ^ b->local.s6_addr32[0]) & inet_make_mask(a->prefix));
}

/*
 * Does @order[@i] stand before the one that it should follow, or is that moved?
 * Only the order within a subnet matters, except for leaving all as @found.
 */
static bool nfha_order_moves(const struct nfha_order *order, unsigned int i, bool found)
{
	unsigned int j = i;

	while (j--)
		if (found || nfha_order_same_subnet(&order[j].addr, &order[i].addr))
			return order[j].move || order[j].pos > order[i].pos;
	return false;
}

static void nfha_order_move(struct nfha_swap *swap, struct nfha_msg *msg)
{
	int err;

	msg->nlh->nlmsg_type = RTM_DELADDR;
	msg->nlh->nlmsg_flags = 0;
	err = nfha_rtnl_talk(&swap->rtnl, msg->nlh);
	if (!err) {
		msg->nlh->nlmsg_type = RTM_NEWADDR;
		msg->nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
		err = nfha_rtnl_talk(&swap->rtnl, msg->nlh);
	}
	if (err)
		nfha_swap_error(swap, err, "an address could not be put in its place");
}

/**
 * nfha_order_fix - bring the IPv4 addresses of an interface into order
 * @swap: swap; promote_secondaries set
 * @si: interface; its list of present addresses is fresh
 *
 * Managed addresses first in their subnets, on the side found all as found.
 * Taking a primary address off puts the next of its subnet behind all primary
 * addresses, so that it can take a second pass to have them all in order.
 * Context: may sleep, no rtnl. Return: something was moved.
 */
bool nfha_order_fix(struct nfha_swap *swap, struct nfha_swap_iface *si)
{
	struct list_head *first = si->side == NFHA_SIDE_FOUND ? &si->iface->found : &si->want;
	unsigned int i, num = nfha_order_count(&si->now);
	struct nfha_order *order;
	bool moved = false;

	if (si->iface->type != NFHA_IFACE_DATA || num < 2)
		return false;
	order = kvcalloc(num, sizeof(*order), GFP_KERNEL_ACCOUNT);
	if (!order) {
		nfha_swap_error(swap, -ENOMEM, "no memory to put addresses in order");
		return false;
	}
	num = nfha_order_add(order, 0, first, &si->now);
	num = nfha_order_add(order, num, &si->now, &si->now);
	for (i = 0; i < num; i++) {
		order[i].move = nfha_order_moves(order, i, si->side == NFHA_SIDE_FOUND);
		if (!order[i].move)
			continue;
		nfha_order_move(swap, order[i].msg);
		moved = true;
	}
	kvfree(order);
	return moved;
}
