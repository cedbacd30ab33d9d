// SPDX-License-Identifier: GPL-2.0
/*
 * untrack.c - the pair's own traffic stays out of conntrack
 *
 * It would be replicated, and a full conntrack table must not cut the unit off from
 * its peer.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/udp.h>
#include <net/netfilter/nf_conntrack.h>

#include "nfha.h"
#include "untrack.h"

static bool nfha_is_own_port(const struct nfha_net *nn, u8 proto, const __be16 ports[2])
{
	u16 sport = ntohs(ports[0]), dport = ntohs(ports[1]);
	u16 port = nn->ifaces.link.port ?: NFHA_HELLO_PORT;

	if (proto == IPPROTO_TCP)
		return dport == NFHA_CONTROL_PORT || sport == NFHA_CONTROL_PORT;
	return dport == port || sport == port ||
	       dport == NFHA_HELLO_PORT || sport == NFHA_HELLO_PORT;
}

static bool nfha_is_own_addr(const struct nfha_net *nn, const struct sk_buff *skb, u8 family)
{
	union nf_inet_addr src = {}, dst = {};

	if (family == NFPROTO_IPV4) {
		src.ip = ip_hdr(skb)->saddr;
		dst.ip = ip_hdr(skb)->daddr;
	} else {
		src.in6 = ipv6_hdr(skb)->saddr;
		dst.in6 = ipv6_hdr(skb)->daddr;
	}
	return nfha_iface_is_own(nn, family, &src.in6) || nfha_iface_is_own(nn, family, &dst.in6);
}

static unsigned int nfha_untrack(void *priv, struct sk_buff *skb,
				 const struct nf_hook_state *state)
{
	const struct nfha_net *nn = nfha_pernet(state->net);
	__be16 _ports[2], *ports;
	unsigned int off;
	u8 proto;

	if (skb_nfct(skb))
		return NF_ACCEPT;
	if (state->pf == NFPROTO_IPV4) {
		if (ip_is_fragment(ip_hdr(skb)))
			return NF_ACCEPT;
		proto = ip_hdr(skb)->protocol;
		off = ip_hdrlen(skb);
	} else {
		proto = ipv6_hdr(skb)->nexthdr;
		off = sizeof(struct ipv6hdr);
	}
	if (proto != IPPROTO_UDP && proto != IPPROTO_TCP)
		return NF_ACCEPT;
	ports = skb_header_pointer(skb, skb_network_offset(skb) + off, sizeof(_ports), _ports);
	if (ports && nfha_is_own_port(nn, proto, ports) && nfha_is_own_addr(nn, skb, state->pf))
		nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
	return NF_ACCEPT;
}

#define NFHA_UNTRACK(family, where) {		\
	.hook		= nfha_untrack,		\
	.pf		= family,		\
	.hooknum	= where,		\
	.priority	= NF_IP_PRI_RAW,	\
}

static const struct nf_hook_ops nfha_untrack_ops[] = {
	NFHA_UNTRACK(NFPROTO_IPV4, NF_INET_PRE_ROUTING),
	NFHA_UNTRACK(NFPROTO_IPV4, NF_INET_LOCAL_OUT),
	NFHA_UNTRACK(NFPROTO_IPV6, NF_INET_PRE_ROUTING),
	NFHA_UNTRACK(NFPROTO_IPV6, NF_INET_LOCAL_OUT),
};

/**
 * nfha_untrack_hook - keep the pair's own traffic out of conntrack
 * @nn: instance, its interfaces attached; nn->lock held
 *
 * Context: may sleep. Return: 0 or a negative error.
 */
int nfha_untrack_hook(struct nfha_net *nn)
{
	lockdep_assert_held(&nn->lock);
	return nf_register_net_hooks(nn->net, nfha_untrack_ops, ARRAY_SIZE(nfha_untrack_ops));
}

/**
 * nfha_untrack_unhook - undo nfha_untrack_hook()
 * @nn: instance, whose sockets and addresses are gone
 *
 * A hook may still run: wait for RCU before freeing what it uses.
 * Context: may sleep.
 */
void nfha_untrack_unhook(struct nfha_net *nn)
{
	nf_unregister_net_hooks(nn->net, nfha_untrack_ops, ARRAY_SIZE(nfha_untrack_ops));
}
