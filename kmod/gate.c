// SPDX-License-Identifier: GPL-2.0
/*
 * gate.c - what a unit that is not active may emit, receive and forward
 *
 * Authoritative is the egress hook of each data interface: it sees every frame
 * that goes through dev_queue_xmit(), whoever made it. Open, a hook costs one
 * atomic read and one look at the clock.
 */
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/inetdevice.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/netfilter_netdev.h>
#include <net/addrconf.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/route.h>

#include "nfha.h"
#include "gate.h"
#include "iface.h"

#define NFHA_GATE_VLAN_DEPTH	4	/* tags; a frame with more does not pass a shut gate */

/* IPv4 and ARP parts of an Ethernet ARP packet. */
struct nfha_arp_body {
	u8	sha[ETH_ALEN];
	__be32	spa;
	u8	tha[ETH_ALEN];
	__be32	tpa;
} __packed;

/*
 * One of the pair's active addresses. A link-local address means something only
 * on its interface, several interfaces may have the same.
 */
static bool nfha_gate_is_active_addr(const struct nfha_iface *iface, u8 family,
				     const struct in6_addr *addr)
{
	unsigned int i;

	if (family == AF_INET || !(ipv6_addr_type(addr) & IPV6_ADDR_LINKLOCAL))
		return nfha_iface_is_managed(iface->nn, family, addr);

	for (i = 0; i < iface->num_pairs; i++)
		if (iface->pairs[i].family == AF_INET6 &&
		    ipv6_addr_equal(&iface->pairs[i].active, addr))
			return true;
	return false;
}

static bool nfha_gate_is_active_v4(const struct nfha_iface *iface, __be32 ip)
{
	struct in6_addr addr = { .s6_addr32 = { ip } };

	return nfha_gate_is_active_addr(iface, AF_INET, &addr);
}

/*
 * @mac is the active one. As long as a secondary does not know the pair's addresses
 * both are its own, and harmless. A primary's own ones are the active ones (13-5):
 * one that comes back must not draw the switch's attention from the active unit.
 */
static bool nfha_gate_is_active_mac(const struct nfha_iface *iface, const u8 *mac)
{
	const struct nfha_macs *macs = rcu_dereference(iface->macs);

	return ether_addr_equal(mac, macs->active) &&
	       (iface->nn->unit == NFHA_UNIT_PRIMARY ||
		!ether_addr_equal(macs->active, macs->standby));
}

static bool nfha_gate_hides_arp(const struct nfha_iface *iface, const struct sk_buff *skb,
				int offset)
{
	struct nfha_arp_body _body, *body;

	body = skb_header_pointer(skb, offset + sizeof(struct arphdr), sizeof(_body), &_body);
	return !body || nfha_gate_is_active_mac(iface, body->sha) ||
	       nfha_gate_is_active_v4(iface, body->spa);
}

static bool nfha_gate_hides_ipv4(const struct nfha_iface *iface, const struct sk_buff *skb,
				 int offset)
{
	struct iphdr _iph, *iph;

	iph = skb_header_pointer(skb, offset, sizeof(_iph), &_iph);
	return !iph || nfha_gate_is_active_v4(iface, iph->saddr);
}

/* Router advertisements, and neighbour discovery for an active address. */
static bool nfha_gate_hides_ipv6(const struct nfha_iface *iface, const struct sk_buff *skb,
				 int offset)
{
	struct ipv6hdr _ip6h, *ip6h;
	struct nd_msg _nd, *nd;
	u8 *type, _type, nexthdr;
	__be16 frag_off;

	ip6h = skb_header_pointer(skb, offset, sizeof(_ip6h), &_ip6h);
	if (!ip6h || nfha_gate_is_active_addr(iface, AF_INET6, &ip6h->saddr))
		return true;

	nexthdr = ip6h->nexthdr;
	offset = ipv6_skip_exthdr(skb, offset + sizeof(_ip6h), &nexthdr, &frag_off);
	if (offset < 0 || nexthdr != IPPROTO_ICMPV6 || (frag_off & htons(~0x7)))
		return false;
	type = skb_header_pointer(skb, offset, sizeof(_type), &_type);
	if (!type)
		return false;
	if (*type == NDISC_ROUTER_ADVERTISEMENT)
		return true;
	if (*type != NDISC_NEIGHBOUR_ADVERTISEMENT &&
	    !(*type == NDISC_NEIGHBOUR_SOLICITATION && ipv6_addr_any(&ip6h->saddr)))
		return false;
	nd = skb_header_pointer(skb, offset, sizeof(_nd), &_nd);
	return nd && nfha_gate_is_active_addr(iface, AF_INET6, &nd->target);
}

/* Protocol behind any VLAN tags in the packet; moves @offset past them. */
static __be16 nfha_gate_untag(const struct sk_buff *skb, __be16 proto, int *offset)
{
	struct vlan_hdr _vlan, *vlan;
	int depth;

	for (depth = 0; depth <= NFHA_GATE_VLAN_DEPTH; depth++) {
		if (!eth_type_vlan(proto))
			return proto;
		vlan = skb_header_pointer(skb, *offset, sizeof(_vlan), &_vlan);
		if (!vlan)
			break;
		proto = vlan->h_vlan_encapsulated_proto;
		*offset += sizeof(_vlan);
	}
	return 0;
}

/* Between the units, from addresses that mean no role. */
static bool nfha_gate_is_ours(__be16 proto)
{
	return proto == htons(NFHA_HELLO_ETHERTYPE) || proto == htons(NFHA_STATE_ETHERTYPE);
}

/* This frame would show an active address to the network. */
static bool nfha_gate_hides(const struct nfha_iface *iface, const struct sk_buff *skb)
{
	struct ethhdr _eth, *eth;
	int offset = ETH_HLEN;
	__be16 proto;

	eth = skb_header_pointer(skb, 0, sizeof(_eth), &_eth);
	if (!eth)
		return true;
	proto = nfha_gate_untag(skb, eth->h_proto, &offset);
	if (nfha_gate_is_ours(proto))
		return false;
	if (nfha_gate_is_active_mac(iface, eth->h_source))
		return true;

	switch (proto) {
	case htons(ETH_P_ARP):
		return nfha_gate_hides_arp(iface, skb, offset);
	case htons(ETH_P_IP):
		return nfha_gate_hides_ipv4(iface, skb, offset);
	case htons(ETH_P_IPV6):
		return nfha_gate_hides_ipv6(iface, skb, offset);
	case 0:
		return true;
	default:
		return false;
	}
}

static unsigned int nfha_gate_egress(void *priv, struct sk_buff *skb,
				     const struct nf_hook_state *state)
{
	const struct nfha_iface *iface = priv;

	if (likely(nfha_gate_is_open(&iface->nn->gate)) || !nfha_gate_hides(iface, skb))
		return NF_ACCEPT;
	nfha_count(iface->nn, GATE_EGRESS);
	return NF_DROP;
}

/* Only a forwarding unit, or the active one, has to do with this destination. */
static bool nfha_gate_foreign_v4(const struct nfha_net *nn, const struct net_device *dev,
				 __be32 daddr)
{
	struct in6_addr addr = { .s6_addr32 = { daddr } };

	if (ipv4_is_multicast(daddr) || ipv4_is_lbcast(daddr))
		return false;
	/* A fenced or staged unit has the active addresses. */
	if (nfha_iface_is_managed(nn, AF_INET, &addr))
		return true;
	switch (inet_addr_type_dev_table(nn->net, dev, daddr)) {
	case RTN_LOCAL:
	case RTN_BROADCAST:
		return false;
	default:
		return true;
	}
}

/* As above. Link-local addresses are never forwarded. */
static bool nfha_gate_foreign_v6(const struct nfha_net *nn, const struct net_device *dev,
				 const struct in6_addr *daddr)
{
	if (ipv6_addr_type(daddr) & (IPV6_ADDR_MULTICAST | IPV6_ADDR_LINKLOCAL))
		return false;
	if (nfha_iface_is_managed(nn, AF_INET6, daddr))
		return true;
	return !ipv6_mod_enabled() || !ipv6_chk_addr(nn->net, daddr, NULL, 0);
}

static bool nfha_gate_refuses(const struct nfha_iface *iface, const struct net_device *dev,
			      const struct sk_buff *skb)
{
	struct ipv6hdr _ip6h, *ip6h;
	struct iphdr _iph, *iph;
	int offset = 0;
	__be16 proto;

	proto = nfha_gate_untag(skb, skb->protocol, &offset);
	if (nfha_gate_is_ours(proto))
		return false;
	if (skb->pkt_type == PACKET_OTHERHOST)
		return true;
	if (skb_mac_header_was_set(skb) && skb_mac_header_len(skb) >= ETH_HLEN &&
	    nfha_gate_is_active_mac(iface, eth_hdr(skb)->h_dest))
		return true;
	if (skb->pkt_type != PACKET_HOST)
		return false;

	switch (proto) {
	case htons(ETH_P_IP):
		iph = skb_header_pointer(skb, offset, sizeof(_iph), &_iph);
		return iph && nfha_gate_foreign_v4(iface->nn, dev, iph->daddr);
	case htons(ETH_P_IPV6):
		ip6h = skb_header_pointer(skb, offset, sizeof(_ip6h), &_ip6h);
		return ip6h && (nfha_gate_is_active_addr(iface, AF_INET6, &ip6h->daddr) ||
				nfha_gate_foreign_v6(iface->nn, dev, &ip6h->daddr));
	default:
		return false;
	}
}

static unsigned int nfha_gate_ingress(void *priv, struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	struct nfha_iface *iface = priv;

	/* First: before the gate is shut what is under way has to be through. */
	if (unlikely(nfha_relay_is_on(&iface->relay)) && nfha_relay_take(iface, skb))
		return NF_STOLEN;
	if (likely(nfha_gate_is_open(&iface->nn->gate)) ||
	    !nfha_gate_refuses(iface, state->in, skb))
		return NF_ACCEPT;
	nfha_count(iface->nn, GATE_INGRESS);
	return NF_DROP;
}

/* Loopback and the links between the units are never gated. */
static bool nfha_gate_exempt(const struct nfha_net *nn, const struct net_device *dev)
{
	struct nfha_iface_set *set = rcu_dereference(nn->ifaces.set);
	const struct nfha_iface *iface;

	if (dev->flags & IFF_LOOPBACK)
		return true;
	if (!set)
		return false;
	nfha_for_each_iface(iface, set)
		if (iface->type == NFHA_IFACE_LINK && rcu_access_pointer(iface->dev) == dev)
			return true;
	return false;
}

/* Ahead of defragmentation and conntrack: transit packets would change replicas. */
static unsigned int nfha_gate_forward(void *priv, struct sk_buff *skb,
				      const struct nf_hook_state *state)
{
	struct nfha_net *nn = nfha_pernet(state->net);
	bool foreign;

	if (likely(nfha_gate_is_open(&nn->gate)) || nfha_gate_exempt(nn, state->in))
		return NF_ACCEPT;
	if (state->pf == NFPROTO_IPV4)
		foreign = nfha_gate_foreign_v4(nn, state->in, ip_hdr(skb)->daddr);
	else
		foreign = nfha_gate_foreign_v6(nn, state->in, &ipv6_hdr(skb)->daddr);
	if (!foreign)
		return NF_ACCEPT;
	nfha_count(nn, GATE_FORWARD);
	return NF_DROP;
}

static const struct nf_hook_ops nfha_gate_net_ops[] = {
	{
		.hook		= nfha_gate_forward,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= NF_IP_PRI_RAW_BEFORE_DEFRAG,
	}, {
		.hook		= nfha_gate_forward,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_PRE_ROUTING,
		.priority	= NF_IP6_PRI_RAW_BEFORE_DEFRAG,
	},
};

/**
 * nfha_gate_hook_net - gate what is forwarded in the namespace
 * @nn: instance; nn->lock held
 *
 * Context: may sleep. Return: 0 or a negative error.
 */
int nfha_gate_hook_net(struct nfha_net *nn)
{
	lockdep_assert_held(&nn->lock);
	return nf_register_net_hooks(nn->net, nfha_gate_net_ops,
				     ARRAY_SIZE(nfha_gate_net_ops));
}

/**
 * nfha_gate_unhook_net - undo nfha_gate_hook_net()
 * @nn: instance
 *
 * A hook may still run: wait for RCU before freeing what it uses.
 * Context: may sleep.
 */
void nfha_gate_unhook_net(struct nfha_net *nn)
{
	nf_unregister_net_hooks(nn->net, nfha_gate_net_ops, ARRAY_SIZE(nfha_gate_net_ops));
}

/**
 * nfha_gate_hook_dev - gate a data interface
 * @iface: with its MAC addresses set
 * @dev: its device
 *
 * Ingress first of all, ahead of flowtables; egress last, after any other hook
 * that may rewrite a frame.
 * Context: rtnl held. Return: 0 or a negative error.
 */
int nfha_gate_hook_dev(struct nfha_iface *iface, struct net_device *dev)
{
	int err;

	ASSERT_RTNL();
	iface->ingress = (struct nf_hook_ops) {
		.hook		= nfha_gate_ingress,
		.dev		= dev,
		.priv		= iface,
		.pf		= NFPROTO_NETDEV,
		.hooknum	= NF_NETDEV_INGRESS,
		.priority	= INT_MIN,
	};
	iface->egress = (struct nf_hook_ops) {
		.hook		= nfha_gate_egress,
		.dev		= dev,
		.priv		= iface,
		.pf		= NFPROTO_NETDEV,
		.hooknum	= NF_NETDEV_EGRESS,
		.priority	= INT_MAX,
	};
	err = nf_register_net_hook(dev_net(dev), &iface->ingress);
	if (err)
		return err;
	err = nf_register_net_hook(dev_net(dev), &iface->egress);
	if (err)
		nf_unregister_net_hook(dev_net(dev), &iface->ingress);
	return err;
}

/**
 * nfha_gate_unhook_dev - undo nfha_gate_hook_dev()
 * @iface: interface
 * @net: namespace it was hooked in
 *
 * A hook may still run: wait for RCU before freeing what it uses.
 * Context: rtnl held.
 */
void nfha_gate_unhook_dev(struct nfha_iface *iface, struct net *net)
{
	ASSERT_RTNL();
	nf_unregister_net_hook(net, &iface->egress);
	nf_unregister_net_hook(net, &iface->ingress);
	/* A hook that still runs finds it off. */
	nfha_relay_stop(iface);
}
