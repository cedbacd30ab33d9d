// SPDX-License-Identifier: GPL-2.0
/* parse.c - NFHA_CMD_CONF_SET: everything is checked before anything changes */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/netlink.h>

#include "nfha.h"
#include "conf.h"
#include "netlink.h"

static int nfha_parse_addr(const struct nlattr *attr, u8 *family, struct in6_addr *addr,
			   struct netlink_ext_ack *extack)
{
	memset(addr, 0, sizeof(*addr));
	if (nla_len(attr) == sizeof(__be32)) {
		*family = AF_INET;
		addr->s6_addr32[0] = nla_get_in_addr(attr);
		if (!ipv4_is_zeronet(addr->s6_addr32[0]) &&
		    !ipv4_is_multicast(addr->s6_addr32[0]) &&
		    !ipv4_is_lbcast(addr->s6_addr32[0]) &&
		    !ipv4_is_loopback(addr->s6_addr32[0]))
			return 0;
	} else if (nla_len(attr) == sizeof(struct in6_addr)) {
		*family = AF_INET6;
		*addr = nla_get_in6_addr(attr);
		if (!ipv6_addr_any(addr) && !ipv6_addr_is_multicast(addr) &&
		    !ipv6_addr_loopback(addr) && !ipv6_addr_v4mapped(addr))
			return 0;
	} else {
		NL_SET_ERR_MSG_ATTR(extack, attr, "an address has 4 or 16 bytes");
		return -EINVAL;
	}
	NL_SET_ERR_MSG_ATTR(extack, attr, "not the address of a host");
	return -EINVAL;
}

static bool nfha_parse_same_subnet(const struct nfha_pair *pair)
{
	if (pair->family == AF_INET)
		return !((pair->active.s6_addr32[0] ^ pair->standby.s6_addr32[0]) &
			 inet_make_mask(pair->prefix));
	return ipv6_prefix_equal(&pair->active, &pair->standby, pair->prefix);
}

static int nfha_parse_pair(struct nfha_pair *pair, const struct nlattr *attr, u8 type,
			   struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NFHA_ADDR_A_MAX + 1];
	u8 family;
	int err;

	err = nla_parse_nested(tb, NFHA_ADDR_A_MAX, attr, nfha_addr_policy, extack);
	if (err)
		return err;
	if (!tb[NFHA_ADDR_A_ACTIVE] || !tb[NFHA_ADDR_A_PREFIX]) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "an address needs ACTIVE and PREFIX");
		return -EINVAL;
	}
	err = nfha_parse_addr(tb[NFHA_ADDR_A_ACTIVE], &pair->family, &pair->active, extack);
	if (err)
		return err;
	pair->prefix = nla_get_u8(tb[NFHA_ADDR_A_PREFIX]);
	if (!pair->prefix || pair->prefix > (pair->family == AF_INET ? 32 : 128)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NFHA_ADDR_A_PREFIX],
				    "a prefix length is 1 to 32 for IPv4, 1 to 128 for IPv6");
		return -EINVAL;
	}
	if (!tb[NFHA_ADDR_A_STANDBY])
		return 0;

	err = nfha_parse_addr(tb[NFHA_ADDR_A_STANDBY], &family, &pair->standby, extack);
	if (err)
		return err;
	pair->has_standby = true;
	if (type == NFHA_IFACE_LINK) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NFHA_ADDR_A_STANDBY],
				    "a link has fixed addresses, without STANDBY");
		return -EINVAL;
	}
	if (family != pair->family || !nfha_parse_same_subnet(pair)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NFHA_ADDR_A_STANDBY],
				    "active and standby address are in one subnet");
		return -EINVAL;
	}
	return 0;
}

/* Number of entries of a list, all of one type. */
static int nfha_parse_count(const struct nlattr *list, int type, unsigned int max,
			    struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	unsigned int num = 0;
	int rem;

	nla_for_each_nested(attr, list, rem) {
		if (nla_type(attr) != type) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "another attribute in a list");
			return -EINVAL;
		}
		if (++num > max) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "too many entries in a list");
			return -E2BIG;
		}
	}
	return num;
}

static int nfha_parse_pairs(struct nfha_iface *iface, const struct nlattr *list,
			    struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int num, rem, err;

	num = nfha_parse_count(list, NFHA_IF_A_ADDR, NFHA_ADDRS_MAX, extack);
	if (num <= 0)
		return num;
	iface->pairs = kvcalloc(num, sizeof(*iface->pairs), GFP_KERNEL_ACCOUNT);
	if (!iface->pairs)
		return -ENOMEM;
	nla_for_each_nested(attr, list, rem) {
		err = nfha_parse_pair(&iface->pairs[iface->num_pairs++], attr, iface->type,
				      extack);
		if (err)
			return err;
	}
	return 0;
}

/**
 * nfha_conf_parse_mac - check a MAC address
 * @attr: NULL or 6 bytes
 * @extack: where to say what is wrong
 *
 * Return: 0 or -EINVAL.
 */
int nfha_conf_parse_mac(const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	if (!attr || is_valid_ether_addr(nla_data(attr)))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "a MAC address is unicast and not zero");
	return -EINVAL;
}

static int nfha_parse_macs(struct nfha_iface *iface, struct nlattr **tb,
			   struct netlink_ext_ack *extack)
{
	static const struct {
		int attr;
		enum nfha_side side;
	} macs[] = {
		{ NFHA_IF_A_MAC_ACTIVE, NFHA_SIDE_ACTIVE },
		{ NFHA_IF_A_MAC_STANDBY, NFHA_SIDE_STANDBY },
	};
	const struct nlattr *attr;
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(macs); i++) {
		attr = tb[macs[i].attr];
		if (!attr)
			continue;
		err = nfha_conf_parse_mac(attr, extack);
		if (err)
			return err;
		ether_addr_copy(iface->mac_conf[macs[i].side], nla_data(attr));
		__set_bit(macs[i].side, &iface->mac_known);
	}
	return 0;
}

static int nfha_parse_iface(struct nfha_iface *iface, const struct nlattr *attr,
			    struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NFHA_IF_A_MAX + 1];
	int err;

	err = nla_parse_nested(tb, NFHA_IF_A_MAX, attr, nfha_iface_policy, extack);
	if (err)
		return err;
	if (!tb[NFHA_IF_A_NAME] || !tb[NFHA_IF_A_TYPE]) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "an interface needs NAME and TYPE");
		return -EINVAL;
	}
	nla_strscpy(iface->name, tb[NFHA_IF_A_NAME], sizeof(iface->name));
	iface->type = nla_get_u8(tb[NFHA_IF_A_TYPE]);
	err = nfha_parse_macs(iface, tb, extack);
	if (err || !tb[NFHA_IF_A_ADDRS])
		return err;
	return nfha_parse_pairs(iface, tb[NFHA_IF_A_ADDRS], extack);
}

static int nfha_parse_ifaces(struct nfha_conf *conf, const struct nlattr *list,
			     struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	struct nfha_iface *iface;
	int num, rem, err;

	num = nfha_parse_count(list, NFHA_A_IFACE, NFHA_IFACES_MAX + NFHA_LINKS_MAX, extack);
	if (num < 0)
		return num;
	conf->set = nfha_iface_set_alloc(num);
	if (!conf->set)
		return -ENOMEM;
	iface = conf->set->iface;
	nla_for_each_nested(attr, list, rem) {
		err = nfha_parse_iface(iface++, attr, extack);
		if (err)
			return err;
	}
	return 0;
}

static struct nfha_iface *nfha_parse_named(struct nfha_iface_set *set, const char *name)
{
	struct nfha_iface *iface;

	nfha_for_each_iface(iface, set)
		if (!strcmp(iface->name, name))
			return iface;
	return NULL;
}

/* A unit's own MAC address on a data interface, or its IP address on a link. */
static int nfha_parse_link_addr(const struct nfha_iface *iface, const struct nlattr *attr,
				u8 *family, struct in6_addr *addr, struct netlink_ext_ack *extack)
{
	if (iface->type == NFHA_IFACE_LINK)
		return nfha_parse_addr(attr, family, addr, extack);
	if (nla_len(attr) != ETH_ALEN) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "on a data interface the state link has MAC addresses");
		return -EINVAL;
	}
	*family = AF_PACKET;
	memset(addr, 0, sizeof(*addr));
	ether_addr_copy(addr->s6_addr, nla_data(attr));
	return nfha_conf_parse_mac(attr, extack);
}

static int nfha_parse_link(struct nfha_conf *conf, const struct nlattr *attr,
			   struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NFHA_LINK_A_MAX + 1];
	struct nfha_iface *iface;
	sa_family_t family;
	u8 local, peer;
	int err;

	err = nla_parse_nested(tb, NFHA_LINK_A_MAX, attr, nfha_link_policy, extack);
	if (err)
		return err;
	if (!tb[NFHA_LINK_A_NAME] || !tb[NFHA_LINK_A_LOCAL] || !tb[NFHA_LINK_A_PEER]) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "a link needs NAME, LOCAL and PEER");
		return -EINVAL;
	}
	nla_strscpy(conf->link_name, tb[NFHA_LINK_A_NAME], sizeof(conf->link_name));
	iface = nfha_parse_named(conf->set, conf->link_name);
	if (!iface) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NFHA_LINK_A_NAME],
				    "the state link is not one of IFACES");
		return -EINVAL;
	}
	err = nfha_parse_link_addr(iface, tb[NFHA_LINK_A_LOCAL], &local, &conf->link.local,
				   extack) ?:
	      nfha_parse_link_addr(iface, tb[NFHA_LINK_A_PEER], &peer, &conf->link.peer, extack);
	if (err)
		return err;
	if (iface->type == NFHA_IFACE_DATA)
		ether_addr_copy(iface->state_mac, conf->link.local.s6_addr);
	family = local;
	if (local != peer || ipv6_addr_equal(&conf->link.local, &conf->link.peer)) {
		NL_SET_ERR_MSG_ATTR(extack, tb[NFHA_LINK_A_PEER],
				    "the peer has another address of the same family");
		return -EINVAL;
	}
	conf->link.family = family;
	conf->link.port = NFHA_STATE_PORT;
	if (tb[NFHA_LINK_A_PORT])
		conf->link.port = nla_get_u16(tb[NFHA_LINK_A_PORT]);
	return 0;
}

static int nfha_parse_names(struct nfha_iface_set *set, struct netlink_ext_ack *extack)
{
	struct nfha_iface *iface;

	nfha_for_each_iface(iface, set) {
		if (nfha_parse_named(set, iface->name) != iface) {
			NL_SET_ERR_MSG(extack, "two interfaces have the same name");
			return -EINVAL;
		}
	}
	return 0;
}

/* Link-local addresses may be the same on several interfaces, no others. */
static int nfha_parse_unique(const struct nfha_iface_set *set, struct netlink_ext_ack *extack)
{
	const struct nfha_known_addr *a, *b;
	unsigned int i;

	for (i = 1; i < set->num_known; i++) {
		a = &set->known[i - 1];
		b = &set->known[i];
		if (a->family != b->family || !ipv6_addr_equal(&a->addr, &b->addr))
			continue;
		if (a->family == AF_INET6 && ipv6_addr_type(&a->addr) & IPV6_ADDR_LINKLOCAL)
			continue;
		NL_SET_ERR_MSG(extack, "an address is configured twice");
		return -EINVAL;
	}
	return 0;
}

/* Devices that share a NIC, which gives them what is for their own address alone. */
static bool nfha_parse_sorts_by_mac(const struct net_device *dev)
{
	const struct rtnl_link_ops *ops = dev->rtnl_link_ops;

	return netif_is_macvlan(dev) || (ops && !strncmp(ops->kind, "ipv", 3));
}

static int nfha_parse_device(struct net *net, const struct nfha_iface *iface,
			     struct netlink_ext_ack *extack)
{
	struct net_device *dev = __dev_get_by_name(net, iface->name);

	if (!dev) {
		NL_SET_ERR_MSG(extack, "a configured interface does not exist");
		return -ENODEV;
	}
	if (dev->type != ARPHRD_ETHER || dev->addr_len != ETH_ALEN) {
		NL_SET_ERR_MSG(extack, "a configured interface is not Ethernet");
		return -EINVAL;
	}
	if (netdev_master_upper_dev_get(dev)) {
		NL_SET_ERR_MSG(extack,
			       "a configured interface is a port of a bridge, bond, team or VRF");
		return -EINVAL;
	}
	if (!is_zero_ether_addr(iface->state_mac) && nfha_parse_sorts_by_mac(dev)) {
		NL_SET_ERR_MSG(extack,
			       "a macvlan or ipvlan takes no frames for an address of the state link");
		return -EINVAL;
	}
	return 0;
}

static int nfha_parse_devices(struct nfha_conf *conf, struct net *net,
			      struct netlink_ext_ack *extack)
{
	struct nfha_iface *iface;
	struct net_device *dev;
	int err = 0;

	rtnl_lock();
	nfha_for_each_iface(iface, conf->set) {
		err = nfha_parse_device(net, iface, extack);
		if (err)
			goto unlock;
	}
	if (conf->link.family) {
		dev = __dev_get_by_name(net, conf->link_name);
		conf->link.ifindex = dev->ifindex;
	}
unlock:
	rtnl_unlock();
	return err;
}

static int nfha_parse_http(struct nfha_http_conf *http, const struct nlattr *list,
			   struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	int num, rem, err;

	num = nfha_parse_count(list, NFHA_A_HTTP_PORT, NFHA_HTTP_PORTS_MAX, extack);
	if (num < 0)
		return num;
	err = nla_validate_nested(list, NFHA_A_HTTP_PORT, nfha_http_policy, extack);
	if (err)
		return err;
	nla_for_each_nested(attr, list, rem)
		http->port[http->num++] = nla_get_u16(attr);
	return 0;
}

/**
 * nfha_conf_parse - check a configuration
 * @conf: result; its set is to be freed by the caller in any case
 * @attrs: of the message
 * @nn: instance that it is for
 * @extack: where to say what is wrong
 *
 * Context: may sleep, no rtnl. Return: 0 or a negative error.
 */
int nfha_conf_parse(struct nfha_conf *conf, struct nlattr **attrs, struct nfha_net *nn,
		    struct netlink_ext_ack *extack)
{
	int err;

	memset(conf, 0, sizeof(*conf));
	if (!attrs[NFHA_A_UNIT] || !attrs[NFHA_A_HOLD_MS] || !attrs[NFHA_A_IFACES]) {
		NL_SET_ERR_MSG(extack, "a configuration needs UNIT, HOLD_MS and IFACES");
		return -EINVAL;
	}
	conf->unit = nla_get_u8(attrs[NFHA_A_UNIT]);
	conf->hold_ms = nla_get_u32(attrs[NFHA_A_HOLD_MS]);
	err = nfha_parse_ifaces(conf, attrs[NFHA_A_IFACES], extack);
	if (err)
		return err;
	err = nfha_parse_names(conf->set, extack);
	if (err)
		return err;
	if (attrs[NFHA_A_LINK]) {
		err = nfha_parse_link(conf, attrs[NFHA_A_LINK], extack);
		if (err)
			return err;
		conf->link.clear = nla_get_flag(attrs[NFHA_A_CLEAR]);
	}
	if (attrs[NFHA_A_HTTP_PORTS]) {
		err = nfha_parse_http(&conf->http, attrs[NFHA_A_HTTP_PORTS], extack);
		if (err)
			return err;
	}
	err = nfha_iface_set_finish(conf->set, nn);
	if (err)
		return err;
	return nfha_parse_unique(conf->set, extack) ?:
	       nfha_parse_devices(conf, nn->net, extack);
}
