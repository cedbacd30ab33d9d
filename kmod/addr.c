// SPDX-License-Identifier: GPL-2.0
/*
 * addr.c - addresses of the interfaces follow the role (13-2)
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
#include <net/addrconf.h>

#include "nfha.h"
#include "addr.h"
#include "mac.h"

#define NFHA_ADDR_FOREVER	0xffffffff	/* lifetime of a permanent address */
#define NFHA_ADDR_PASSES	4		/* to bring addresses into order */

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

/* Managed addresses of the side, in the order of configuration. */
static int nfha_addr_wants(struct nfha_swap_iface *si)
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

/* Will the device lose its last IPv4 address, and all its routes with it? */
static bool nfha_addr_loses_ipv4(struct nfha_swap_iface *si)
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
	msg->nlh->nlmsg_type = type;
	msg->nlh->nlmsg_flags = flags;
	return nfha_rtnl_talk(&swap->rtnl, msg->nlh);
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

static void nfha_addr_apply(struct nfha_swap *swap, struct nfha_swap_iface *si)
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

/* List the present addresses of the interfaces that take part. */
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

static int nfha_addr_list(struct nfha_swap *swap)
{
	nfha_addr_collect(swap, NULL);
	return nfha_rtnl_dump(&swap->rtnl, RTM_GETADDR, AF_UNSPEC, nfha_addr_collect, swap);
}

/**
 * nfha_addr_forget - drop what is known of an interface as found
 * @iface: interface; nn->lock held
 */
void nfha_addr_forget(struct nfha_iface *iface)
{
	nfha_msgs_free(&iface->found);
}

/* First swap since the device came: remember how it was. */
static int nfha_addr_remember(struct nfha_swap_iface *si)
{
	struct nfha_msg *msg, *copy;

	if (si->iface->side_of == si->attachment)
		return 0;
	nfha_addr_forget(si->iface);
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
		si->side = iface->type == NFHA_IFACE_LINK ? link : data;
		INIT_LIST_HEAD(&si->now);
		INIT_LIST_HEAD(&si->want);
		dev = rtnl_dereference(iface->dev);
		if (!dev)
			continue;
		si->ifindex = dev->ifindex;
		si->attachment = iface->attachment;
		si->todo = atomic_xchg(&iface->stale, 0) || iface->side != si->side ||
			   iface->side_of != si->attachment;
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

	for (pass = 0; pass < NFHA_ADDR_PASSES; pass++) {
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

static int nfha_swap(struct nfha_net *nn, enum nfha_side data, enum nfha_side link,
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
	err = nfha_swap_plan(swap);
	if (err)
		nfha_swap_error(swap, err, "addresses and routes could not be listed");
	else
		nfha_swap_carry_out(swap);
	err = swap->err;
	nfha_rtnl_close(&swap->rtnl);
free_swap:
	if (err)
		nfha_swap_failed(swap, err);
	nfha_swap_free(swap);
	return err;
}

/**
 * nfha_addr_begin - remember how the interfaces are; give links their addresses
 * @nn: instance; nn->lock held
 * @extack: where to say what is wrong
 *
 * Context: may sleep, no rtnl. Return: 0 or a negative error; nfha_addr_end()
 * undoes what was done.
 */
int nfha_addr_begin(struct nfha_net *nn, struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&nn->lock);
	return nfha_swap(nn, NFHA_SIDE_FOUND, NFHA_SIDE_ACTIVE, extack);
}

/**
 * nfha_addr_swap - give the data interfaces a side's MAC and addresses
 * @nn: instance; nn->lock held
 * @side: which
 * @extack: NULL or where to say what went wrong first
 *
 * Goes as far as it can, and counts what it cannot do.
 * Context: may sleep, no rtnl. Return: 0 or the first error.
 */
int nfha_addr_swap(struct nfha_net *nn, enum nfha_side side, struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&nn->lock);
	return nfha_swap(nn, side, NFHA_SIDE_ACTIVE, extack);
}

/**
 * nfha_addr_end - leave all interfaces as they were found
 * @nn: instance; nn->lock held
 *
 * Context: may sleep, no rtnl.
 */
void nfha_addr_end(struct nfha_net *nn)
{
	nfha_swap(nn, NFHA_SIDE_FOUND, NFHA_SIDE_FOUND, NULL);
	nfha_msgs_free(&nn->ifaces.lost_routes);
}
