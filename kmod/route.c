// SPDX-License-Identifier: GPL-2.0
/*
 * route.c - the host's routes survive the swap
 *
 * Deleting an IPv4 address deletes the routes of the main table that name it as
 * preferred source, and leaves those of other tables with a source that the host
 * does not have; deleting the last one of a device deletes the routes through the
 * device; deleting an IPv6 address takes the preferred source off its routes. Such
 * routes are noted before a swap and put back or replaced after it, with the
 * preferred source of the new side. A route that vanished and that the new side has
 * no place for is kept for the next one.
 */
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/rtnh.h>

#include "nfha.h"
#include "addr.h"
#include "swap.h"

/**
 * struct nfha_routes - a list being read
 * @swap: swap
 * @msgs: result
 */
struct nfha_routes {
	struct nfha_swap	*swap;
	struct list_head	*msgs;
};

static bool nfha_route_dev_empties(const struct nfha_swap *swap, int ifindex)
{
	const struct nfha_swap_iface *si;

	nfha_for_each_swap(si, swap)
		if (si->todo && si->loses_ipv4 && si->ifindex == ifindex)
			return true;
	return false;
}

/* Can a swap make it vanish? Routes of the kernel come and go with addresses. */
static bool nfha_route_concerns(const struct nfha_swap *swap, const struct nlmsghdr *nlh)
{
	const struct rtmsg *rtm = nlmsg_data(nlh);
	const struct rtnexthop *rtnh;
	const struct nlattr *nla;
	int len;

	if (nlh->nlmsg_type != RTM_NEWROUTE || nlmsg_len(nlh) < sizeof(*rtm) ||
	    (rtm->rtm_family != AF_INET && rtm->rtm_family != AF_INET6) ||
	    rtm->rtm_protocol == RTPROT_KERNEL || (rtm->rtm_flags & RTM_F_CLONED))
		return false;
	if (nlmsg_find_attr(nlh, sizeof(*rtm), RTA_PREFSRC))
		return true;
	if (rtm->rtm_family != AF_INET)
		return false;

	nla = nlmsg_find_attr(nlh, sizeof(*rtm), RTA_OIF);
	if (nla)
		return nfha_route_dev_empties(swap, nla_get_u32(nla));
	nla = nlmsg_find_attr(nlh, sizeof(*rtm), RTA_MULTIPATH);
	if (!nla)
		return false;
	len = nla_len(nla);
	for (rtnh = nla_data(nla); rtnh_ok(rtnh, len); rtnh = rtnh_next(rtnh, &len))
		if (nfha_route_dev_empties(swap, rtnh->rtnh_ifindex))
			return true;
	return false;
}

static void nfha_route_clean_hops(struct nlattr *multipath)
{
	int len = nla_len(multipath);
	struct rtnexthop *rtnh;

	for (rtnh = nla_data(multipath); rtnh_ok(rtnh, len); rtnh = rtnh_next(rtnh, &len))
		rtnh->rtnh_flags &= RTNH_F_ONLINK;
}

/*
 * As it can be sent: without what only the kernel says of a route, and without the
 * hops of a nexthop object, which are named by its number.
 */
static struct nfha_msg *nfha_route_copy(const struct nlmsghdr *nlh)
{
	bool by_id = nlmsg_find_attr(nlh, sizeof(struct rtmsg), RTA_NH_ID);
	const struct nlattr *nla;
	struct nfha_msg *msg;
	struct rtmsg *rtm;
	struct nlattr *to;
	int rem;

	msg = nfha_msg_alloc(nlh->nlmsg_len);
	if (!msg)
		return NULL;
	memcpy(msg->nlh, nlh, NLMSG_SPACE(sizeof(*rtm)));
	msg->nlh->nlmsg_len = NLMSG_SPACE(sizeof(*rtm));
	msg->nlh->nlmsg_type = RTM_NEWROUTE;
	msg->nlh->nlmsg_flags = 0;
	rtm = nlmsg_data(msg->nlh);
	rtm->rtm_flags &= RTNH_F_ONLINK;

	nlmsg_for_each_attr(nla, nlh, sizeof(*rtm), rem) {
		switch (nla_type(nla)) {
		case RTA_CACHEINFO:
			continue;
		case RTA_OIF:
		case RTA_GATEWAY:
		case RTA_VIA:
		case RTA_MULTIPATH:
			if (by_id)
				continue;
			break;
		}
		to = (void *)msg->nlh + msg->nlh->nlmsg_len;
		memcpy(to, nla, nla->nla_len);
		msg->nlh->nlmsg_len += NLA_ALIGN(nla->nla_len);
		if (nla_type(to) == RTA_MULTIPATH)
			nfha_route_clean_hops(to);
	}
	return msg;
}

static int nfha_route_collect(void *ctx, const struct nlmsghdr *nlh)
{
	struct nfha_routes *routes = ctx;
	struct nfha_msg *msg;

	if (!nlh) {
		nfha_msgs_free(routes->msgs);
		return 0;
	}
	if (!nfha_route_concerns(routes->swap, nlh))
		return 0;
	msg = nfha_route_copy(nlh);
	if (!msg)
		return -ENOMEM;
	list_add_tail(&msg->list, routes->msgs);
	return 0;
}

static int nfha_routes_list(struct nfha_swap *swap, struct list_head *msgs)
{
	struct nfha_routes routes = { .swap = swap, .msgs = msgs };

	return nfha_rtnl_dump(&swap->rtnl, RTM_GETROUTE, AF_UNSPEC, nfha_route_collect, &routes);
}

/**
 * nfha_routes_save - note the routes that may vanish
 * @swap: planned
 *
 * Context: may sleep, no rtnl. Return: 0 or a negative error.
 */
int nfha_routes_save(struct nfha_swap *swap)
{
	return nfha_routes_list(swap, &swap->routes);
}

static bool nfha_route_was_found(const struct nfha_iface *iface, const struct nfha_pair *pair,
				 const struct in6_addr *local)
{
	struct nfha_addr addr;
	struct nfha_msg *msg;

	list_for_each_entry(msg, &iface->found, list)
		if (nfha_addr_parse(msg->nlh, &addr) && addr.family == pair->family &&
		    ipv6_addr_equal(&addr.local, local))
			return true;
	return false;
}

/* The pair's address on a side; NULL: it has none there. */
static const struct in6_addr *nfha_route_pair_addr(const struct nfha_swap_iface *si,
						   const struct nfha_pair *pair)
{
	switch (si->side) {
	case NFHA_SIDE_ACTIVE:
		return &pair->active;
	case NFHA_SIDE_STANDBY:
		return pair->has_standby ? &pair->standby : NULL;
	default:
		if (nfha_route_was_found(si->iface, pair, &pair->active))
			return &pair->active;
		if (pair->has_standby &&
		    nfha_route_was_found(si->iface, pair, &pair->standby))
			return &pair->standby;
		return NULL;
	}
}

/*
 * Put the preferred source of the new side into a route.
 * Return: false: the side has no address for it.
 */
static bool nfha_route_map(const struct nfha_swap *swap, struct nfha_msg *msg)
{
	const struct rtmsg *rtm = nlmsg_data(msg->nlh);
	const struct nfha_swap_iface *si;
	const struct nfha_pair *pair;
	const struct in6_addr *to;
	struct in6_addr src = {};
	struct nlattr *nla;
	unsigned int i;

	nla = nlmsg_find_attr(msg->nlh, sizeof(*rtm), RTA_PREFSRC);
	if (!nla)
		return true;
	memcpy(&src, nla_data(nla), min_t(int, nla_len(nla), sizeof(src)));
	nfha_for_each_swap(si, swap) {
		for (i = 0; i < si->iface->num_pairs; i++) {
			pair = &si->iface->pairs[i];
			if (pair->family != rtm->rtm_family ||
			    (!ipv6_addr_equal(&pair->active, &src) &&
			     !(pair->has_standby && ipv6_addr_equal(&pair->standby, &src))))
				continue;
			to = nfha_route_pair_addr(si, pair);
			if (to)
				memcpy(nla_data(nla), to, nla_len(nla));
			return to;
		}
	}
	return true;
}

static bool nfha_route_in(const struct list_head *msgs, const struct nfha_msg *msg)
{
	const struct nfha_msg *at;

	list_for_each_entry(at, msgs, list)
		if (at->nlh->nlmsg_len == msg->nlh->nlmsg_len &&
		    !memcmp(nlmsg_data(at->nlh), nlmsg_data(msg->nlh), nlmsg_len(msg->nlh)))
			return true;
	return false;
}

static int nfha_route_add(struct nfha_swap *swap, struct nfha_msg *msg)
{
	const struct rtmsg *rtm = nlmsg_data(msg->nlh);

	/* An IPv6 route is still there, without its preferred source. */
	msg->nlh->nlmsg_flags = NLM_F_CREATE |
			       (rtm->rtm_family == AF_INET6 ? NLM_F_REPLACE : NLM_F_APPEND);
	return nfha_rtnl_talk(&swap->rtnl, msg->nlh);
}

/* One pass over the missing ones. Return: one could be put back. */
static bool nfha_routes_add(struct nfha_swap *swap)
{
	struct nfha_msg *msg, *next;
	bool progress = false;
	int err;

	list_for_each_entry_safe(msg, next, &swap->routes, list) {
		err = nfha_route_add(swap, msg);
		if (err && err != -EEXIST)
			continue;
		if (!err)
			nfha_count(swap->nn, ROUTES_RESTORED);
		list_del(&msg->list);
		kfree(msg);
		progress = true;
	}
	return progress;
}

/* The side has another preferred source for these, and the kernel left them. */
static void nfha_routes_delete(struct nfha_swap *swap, struct list_head *outdated)
{
	struct nfha_msg *msg;

	list_for_each_entry(msg, outdated, list) {
		msg->nlh->nlmsg_type = RTM_DELROUTE;
		msg->nlh->nlmsg_flags = 0;
		if (nfha_rtnl_talk(&swap->rtnl, msg->nlh))
			nfha_count(swap->nn, ADDR_ERRORS);
	}
}

/*
 * What is to be done for a route that was there before: nothing (it is off the
 * list), to be added (it stays), or to be kept for another side (@homeless).
 */
static int nfha_route_judge(struct nfha_swap *swap, struct nfha_msg *msg,
			    const struct list_head *now, struct list_head *homeless,
			    struct list_head *outdated)
{
	bool left = nfha_route_in(now, msg);
	struct nfha_msg *old;

	old = nfha_msg_copy(msg->nlh);
	if (!old)
		return -ENOMEM;
	if (!nfha_route_map(swap, msg)) {
		list_del(&msg->list);
		if (left)
			kfree(msg);
		else
			list_add_tail(&msg->list, homeless);
	} else {
		if (left && memcmp(old->nlh, msg->nlh, old->nlh->nlmsg_len)) {
			list_add_tail(&old->list, outdated);
			old = NULL;
		}
		if (nfha_route_in(now, msg)) {
			list_del(&msg->list);
			kfree(msg);
		}
	}
	kfree(old);
	return 0;
}

/**
 * nfha_routes_restore - put back the routes that vanished
 * @swap: carried out, but for this
 *
 * Routes that were lost in an earlier swap are tried again.
 * Context: may sleep, no rtnl.
 */
void nfha_routes_restore(struct nfha_swap *swap)
{
	struct list_head *lost = &swap->nn->ifaces.lost_routes;
	struct nfha_msg *msg, *next;
	LIST_HEAD(outdated);
	LIST_HEAD(homeless);
	LIST_HEAD(now);

	list_splice_tail_init(lost, &swap->routes);
	if (list_empty(&swap->routes))
		return;
	if (nfha_routes_list(swap, &now))
		nfha_count(swap->nn, ADDR_ERRORS);	/* tries to add them all */

	list_for_each_entry_safe(msg, next, &swap->routes, list)
		if (nfha_route_judge(swap, msg, &now, &homeless, &outdated))
			nfha_count(swap->nn, ADDR_ERRORS);
	/* A gateway may be reached by a route that comes later in the list. */
	while (nfha_routes_add(swap))
		;
	nfha_routes_delete(swap, &outdated);
	list_splice_tail_init(&swap->routes, lost);
	list_splice_tail(&homeless, lost);
	nfha_msgs_free(&outdated);
	nfha_msgs_free(&now);
}
