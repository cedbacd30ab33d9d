// SPDX-License-Identifier: GPL-2.0
/*
 * addr.c - addresses of an interface on each side (13-2)
 *
 * An address that was found keeps its label, metric and flags, and lends them to
 * its partner in the pair.
 */
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/addrconf.h>

#include "nfha.h"
#include "addr.h"
#include "swap.h"

#define NFHA_ADDR_FOREVER	0xffffffff	/* lifetime of a permanent address */

/**
 * nfha_addr_parse - what address is this about?
 * @nlh: RTM_NEWADDR as dumped by the kernel
 * @addr: result
 *
 * Return: it is an IPv4 or IPv6 address.
 */
bool nfha_addr_parse(const struct nlmsghdr *nlh, struct nfha_addr *addr)
{
	const struct ifaddrmsg *ifm = nlmsg_data(nlh);
	const struct nlattr *nla;
	int len;

	memset(addr, 0, sizeof(*addr));
	addr->family = ifm->ifa_family;
	addr->prefix = ifm->ifa_prefixlen;
	if (addr->family != AF_INET && addr->family != AF_INET6)
		return false;
	len = addr->family == AF_INET ? sizeof(__be32) : sizeof(struct in6_addr);

	/* IFA_LOCAL is ours where there are both; IPv6 without a peer has one. */
	nla = nlmsg_find_attr(nlh, sizeof(*ifm), IFA_LOCAL) ?:
	      nlmsg_find_attr(nlh, sizeof(*ifm), IFA_ADDRESS);
	if (!nla || nla_len(nla) != len)
		return false;
	memcpy(&addr->local, nla_data(nla), len);
	return true;
}

static bool nfha_addr_same(const struct nfha_addr *a, const struct nfha_addr *b)
{
	return a->family == b->family && ipv6_addr_equal(&a->local, &b->local);
}

static struct nfha_msg *nfha_addr_find(struct list_head *msgs, const struct nfha_addr *addr)
{
	struct nfha_msg *msg;
	struct nfha_addr at;

	list_for_each_entry(msg, msgs, list)
		if (nfha_addr_parse(msg->nlh, &at) && nfha_addr_same(&at, addr) &&
		    at.prefix == addr->prefix)
			return msg;
	return NULL;
}

static bool nfha_addr_is_managed(const struct nfha_iface *iface, const struct nfha_addr *addr)
{
	const struct nfha_pair *pair;
	unsigned int i;

	for (i = 0; i < iface->num_pairs; i++) {
		pair = &iface->pairs[i];
		if (pair->family == addr->family &&
		    (ipv6_addr_equal(&pair->active, &addr->local) ||
		     (pair->has_standby && ipv6_addr_equal(&pair->standby, &addr->local))))
			return true;
	}
	return false;
}

static void nfha_msg_put(struct nfha_msg *msg, u16 type, const void *data, int len)
{
	struct nlattr *nla = nlmsg_data(msg->nlh) - NLMSG_HDRLEN + msg->nlh->nlmsg_len;

	nla->nla_type = type;
	nla->nla_len = nla_attr_size(len);
	memcpy(nla_data(nla), data, len);
	msg->nlh->nlmsg_len += nla_total_size(len);
}

/* As "ip address add" would; without duplicate address detection. */
static struct nfha_msg *nfha_addr_fresh(const struct nfha_addr *addr, int ifindex)
{
	u32 flags = IFA_F_PERMANENT | IFA_F_NODAD;
	struct ifaddrmsg *ifm;
	struct nfha_msg *msg;
	__be32 broadcast;

	msg = nfha_msg_alloc(nlmsg_total_size(sizeof(*ifm)) +
			     3 * nla_total_size(sizeof(struct in6_addr)));
	if (!msg)
		return NULL;
	msg->nlh->nlmsg_type = RTM_NEWADDR;
	msg->nlh->nlmsg_len = NLMSG_SPACE(sizeof(*ifm));
	ifm = nlmsg_data(msg->nlh);
	ifm->ifa_family = addr->family;
	ifm->ifa_prefixlen = addr->prefix;
	ifm->ifa_scope = RT_SCOPE_UNIVERSE;
	ifm->ifa_index = ifindex;

	if (addr->family == AF_INET6) {
		nfha_msg_put(msg, IFA_ADDRESS, &addr->local, sizeof(addr->local));
		nfha_msg_put(msg, IFA_FLAGS, &flags, sizeof(flags));
		return msg;
	}
	nfha_msg_put(msg, IFA_LOCAL, &addr->local, sizeof(__be32));
	nfha_msg_put(msg, IFA_ADDRESS, &addr->local, sizeof(__be32));
	if (addr->prefix < 31) {
		broadcast = addr->local.s6_addr32[0] | ~inet_make_mask(addr->prefix);
		nfha_msg_put(msg, IFA_BROADCAST, &broadcast, sizeof(broadcast));
	}
	return msg;
}

/*
 * With the label, metric and flags of the address found that it stands for.
 * Lifetimes are not taken over: the pair's addresses are permanent.
 */
static struct nfha_msg *nfha_addr_like(const struct nfha_msg *found, const struct nfha_addr *addr)
{
	int len = addr->family == AF_INET ? sizeof(__be32) : sizeof(struct in6_addr);
	struct ifa_cacheinfo *ci;
	struct nfha_addr was;
	struct nfha_msg *msg;
	struct nlattr *nla;
	u32 flags;
	int rem;

	msg = nfha_msg_copy(found->nlh);
	if (!msg || !nfha_addr_parse(found->nlh, &was))
		return msg;

	nlmsg_for_each_attr(nla, msg->nlh, sizeof(struct ifaddrmsg), rem) {
		switch (nla_type(nla)) {
		case IFA_LOCAL:
		case IFA_ADDRESS:
			/* A peer's address is not ours to change. */
			if (nla_len(nla) == len && !memcmp(nla_data(nla), &was.local, len))
				memcpy(nla_data(nla), &addr->local, len);
			break;
		case IFA_FLAGS:
			flags = nla_get_u32(nla);
			if (addr->family == AF_INET6)
				flags |= IFA_F_NODAD;
			flags &= ~IFA_F_OPTIMISTIC;
			memcpy(nla_data(nla), &flags, sizeof(flags));
			break;
		case IFA_CACHEINFO:
			ci = nla_data(nla);
			ci->ifa_valid = NFHA_ADDR_FOREVER;
			ci->ifa_prefered = NFHA_ADDR_FOREVER;
			break;
		}
	}
	return msg;
}

static struct nfha_msg *nfha_addr_build(struct nfha_swap_iface *si, const struct nfha_pair *pair,
					const struct in6_addr *local)
{
	struct nfha_addr addr = { .family = pair->family, .prefix = pair->prefix };
	struct nfha_msg *found;

	addr.local = pair->active;
	found = nfha_addr_find(&si->iface->found, &addr);
	if (!found && pair->has_standby) {
		addr.local = pair->standby;
		found = nfha_addr_find(&si->iface->found, &addr);
	}
	addr.local = *local;
	return found ? nfha_addr_like(found, &addr) : nfha_addr_fresh(&addr, si->ifindex);
}

/**
 * nfha_addr_wants - list the managed addresses of the side, in the order configured
 * @si: interface; its list is empty
 *
 * Context: may sleep. Return: 0 or -ENOMEM.
 */
int nfha_addr_wants(struct nfha_swap_iface *si)
{
	struct nfha_iface *iface = si->iface;
	const struct nfha_pair *pair;
	struct nfha_msg *msg, *found;
	struct nfha_addr addr;
	unsigned int i;

	if (si->side == NFHA_SIDE_FOUND) {
		list_for_each_entry(found, &iface->found, list) {
			if (!nfha_addr_parse(found->nlh, &addr) ||
			    !nfha_addr_is_managed(iface, &addr))
				continue;
			msg = nfha_msg_copy(found->nlh);
			if (!msg)
				return -ENOMEM;
			list_add_tail(&msg->list, &si->want);
		}
		return 0;
	}

	for (i = 0; i < iface->num_pairs; i++) {
		pair = &iface->pairs[i];
		if (si->side == NFHA_SIDE_STANDBY && !pair->has_standby)
			continue;
		msg = nfha_addr_build(si, pair, si->side == NFHA_SIDE_ACTIVE ?
				      &pair->active : &pair->standby);
		if (!msg)
			return -ENOMEM;
		list_add_tail(&msg->list, &si->want);
	}
	return 0;
}

/**
 * nfha_addr_loses_ipv4 - will the device lose its last IPv4 address?
 * @si: interface; both its lists are there
 *
 * The routes through the device go with it.
 */
bool nfha_addr_loses_ipv4(struct nfha_swap_iface *si)
{
	struct nfha_addr addr;
	struct nfha_msg *msg;
	bool had = false;

	list_for_each_entry(msg, &si->want, list)
		if (nfha_addr_parse(msg->nlh, &addr) && addr.family == AF_INET)
			return false;
	list_for_each_entry(msg, &si->now, list) {
		if (!nfha_addr_parse(msg->nlh, &addr) || addr.family != AF_INET)
			continue;
		if (!nfha_addr_is_managed(si->iface, &addr))
			return false;
		had = true;
	}
	return had;
}

static int nfha_addr_send(struct nfha_swap *swap, struct nfha_msg *msg, u16 type, u16 flags)
{
	int err;

	msg->nlh->nlmsg_type = type;
	msg->nlh->nlmsg_flags = flags;
	err = nfha_rtnl_talk(&swap->rtnl, msg->nlh);
	if (!err)
		swap->nn->ifaces.changed++;
	return err;
}

/*
 * An IPv6 address as found: its flags may ask for duplicate address detection,
 * which would keep routes from using it. Added without, then given its flags.
 */
static int nfha_addr_add_found6(struct nfha_swap *swap, struct nfha_msg *msg)
{
	struct nfha_msg *nodad;
	struct nfha_addr addr;
	int err;

	nfha_addr_parse(msg->nlh, &addr);
	nodad = nfha_addr_like(msg, &addr);
	if (!nodad)
		return -ENOMEM;
	err = nfha_addr_send(swap, nodad, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	kfree(nodad);
	return err ?: nfha_addr_send(swap, msg, RTM_NEWADDR, NLM_F_REPLACE);
}

static void nfha_addr_add(struct nfha_swap *swap, struct nfha_swap_iface *si,
			  struct nfha_msg *msg)
{
	struct nfha_addr addr, at;
	struct nfha_msg *now;
	int err;

	nfha_addr_parse(msg->nlh, &addr);
	if (nfha_addr_find(&si->now, &addr))
		return;
	/* IPv6 knows an address once, whatever its prefix. */
	list_for_each_entry(now, &si->now, list)
		if (addr.family == AF_INET6 && nfha_addr_parse(now->nlh, &at) &&
		    nfha_addr_same(&at, &addr))
			nfha_addr_send(swap, now, RTM_DELADDR, 0);

	if (si->side == NFHA_SIDE_FOUND && addr.family == AF_INET6)
		err = nfha_addr_add_found6(swap, msg);
	else
		err = nfha_addr_send(swap, msg, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
	if (err && err != -EEXIST)
		nfha_swap_error(swap, err, "an address could not be added");
}

/**
 * nfha_addr_apply - add the addresses of the side, delete those of the other
 * @swap: swap
 * @si: interface; both its lists are there
 *
 * Context: may sleep, no rtnl.
 */
void nfha_addr_apply(struct nfha_swap *swap, struct nfha_swap_iface *si)
{
	struct nfha_addr addr;
	struct nfha_msg *msg;
	int err;

	list_for_each_entry(msg, &si->want, list)
		nfha_addr_add(swap, si, msg);

	list_for_each_entry(msg, &si->now, list) {
		if (!nfha_addr_parse(msg->nlh, &addr) ||
		    !nfha_addr_is_managed(si->iface, &addr) ||
		    nfha_addr_find(&si->want, &addr))
			continue;
		err = nfha_addr_send(swap, msg, RTM_DELADDR, 0);
		if (err && err != -EADDRNOTAVAIL)
			nfha_swap_error(swap, err, "an address could not be deleted");
	}
}

static int nfha_addr_collect(void *ctx, const struct nlmsghdr *nlh)
{
	struct nfha_swap *swap = ctx;
	struct nfha_swap_iface *si;
	struct nfha_addr addr;
	struct ifaddrmsg *ifm;
	struct nfha_msg *msg;

	if (!nlh) {
		nfha_for_each_swap(si, swap)
			nfha_msgs_free(&si->now);
		return 0;
	}
	if (nlh->nlmsg_type != RTM_NEWADDR || !nfha_addr_parse(nlh, &addr))
		return 0;
	ifm = nlmsg_data(nlh);
	nfha_for_each_swap(si, swap) {
		if (!si->todo || si->ifindex != ifm->ifa_index)
			continue;
		msg = nfha_msg_copy(nlh);
		if (!msg)
			return -ENOMEM;
		list_add_tail(&msg->list, &si->now);
		break;
	}
	return 0;
}

/**
 * nfha_addr_list - list the present addresses of the interfaces that take part
 * @swap: swap
 *
 * Context: may sleep, no rtnl. Return: 0 or a negative error.
 */
int nfha_addr_list(struct nfha_swap *swap)
{
	nfha_addr_collect(swap, NULL);
	return nfha_rtnl_dump(&swap->rtnl, RTM_GETADDR, AF_UNSPEC, nfha_addr_collect, swap);
}

/**
 * nfha_addr_remember - in the first swap since the device came: how was it?
 * @si: interface; the list of its present addresses is there
 *
 * Context: may sleep. Return: 0 or -ENOMEM.
 */
int nfha_addr_remember(struct nfha_swap_iface *si)
{
	struct nfha_msg *msg, *copy;

	if (si->iface->side_of == si->attachment)
		return 0;
	nfha_msgs_free(&si->iface->found);
	list_for_each_entry(msg, &si->now, list) {
		copy = nfha_msg_copy(msg->nlh);
		if (!copy)
			return -ENOMEM;
		list_add_tail(&copy->list, &si->iface->found);
	}
	si->iface->side = NFHA_SIDE_FOUND;
	si->iface->side_of = si->attachment;
	return 0;
}
