// SPDX-License-Identifier: GPL-2.0
/*
 * ether.c - the state link on a data interface (13-4)
 *
 * Addresses and MAC of the interface move with the role (13-4), and in a handover both
 * units have the active ones, behind a shut gate. What they say to each other then, the
 * last state and RELEASED, must not depend on them: the frames have an Ethernet type of
 * their own, which passes the gate, and go between two MAC addresses that never move.
 */
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/pkt_sched.h>

#include "ether.h"
#include "nfha.h"
#include "repl_inst.h"

/* Softirq, RCU; sees the frames of all namespaces. */
static int nfha_ether_rcv(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt,
			  struct net_device *orig_dev)
{
	struct nfha_repl *repl = container_of(pt, struct nfha_repl, link.ether);
	const struct nfha_link_conf *conf = &repl->link.conf;

	if (READ_ONCE(repl->stopping) || !net_eq(dev_net(dev), repl->net) ||
	    dev->ifindex != READ_ONCE(conf->ifindex) ||
	    !ether_addr_equal(eth_hdr(skb)->h_dest, conf->local.s6_addr))
		goto drop;
	if (!ether_addr_equal(eth_hdr(skb)->h_source, conf->peer.s6_addr)) {
		nfha_count(repl->nn, RX_SOURCE);
		goto drop;
	}
	skb = skb_share_check(skb, GFP_ATOMIC);
	if (skb)
		nfha_link_take(repl, skb);
	return 0;
drop:
	kfree_skb(skb);
	return 0;
}

/**
 * nfha_ether_open - take frames from the data interface
 * @repl: instance, with its link's configuration
 *
 * Bound to no device: that may go and come again under its name.
 * Context: may sleep.
 */
void nfha_ether_open(struct nfha_repl *repl)
{
	repl->link.ether = (struct packet_type) {
		.type = htons(NFHA_STATE_ETHERTYPE),
		.func = nfha_ether_rcv,
	};
	dev_add_pack(&repl->link.ether);
}

/**
 * nfha_ether_close - undo nfha_ether_open
 * @repl: instance, quiesced
 *
 * Context: may sleep.
 */
void nfha_ether_close(struct nfha_repl *repl)
{
	dev_remove_pack(&repl->link.ether);
}

static struct sk_buff *nfha_ether_build(const struct nfha_link_conf *conf,
					struct net_device *dev, const void *data, size_t len)
{
	unsigned int room = LL_RESERVED_SPACE(dev);
	struct sk_buff *skb;

	skb = alloc_skb(room + len + dev->needed_tailroom, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb_reserve(skb, room);
	skb_reset_network_header(skb);
	skb_put_data(skb, data, len);
	skb->dev = dev;
	skb->protocol = htons(NFHA_STATE_ETHERTYPE);
	skb->priority = TC_PRIO_CONTROL;
	if (dev_hard_header(skb, dev, NFHA_STATE_ETHERTYPE, conf->peer.s6_addr,
			    conf->local.s6_addr, len) >= 0)
		return skb;
	kfree_skb(skb);
	return NULL;
}

/**
 * nfha_ether_send - send a frame to the peer
 * @repl: instance
 * @data: frame
 * @len: its length
 *
 * Context: link worker. Return: 0 or a negative error.
 */
int nfha_ether_send(struct nfha_repl *repl, const void *data, size_t len)
{
	const struct nfha_link_conf *conf = &repl->link.conf;
	struct net_device *dev;
	struct sk_buff *skb;
	int err = -ENETDOWN;

	rcu_read_lock();
	dev = dev_get_by_index_rcu(repl->net, conf->ifindex);
	if (!dev || !(READ_ONCE(dev->flags) & IFF_UP))
		goto unlock;
	skb = nfha_ether_build(conf, dev, data, len);
	err = skb ? dev_queue_xmit(skb) : -ENOBUFS;
	if (err > 0)
		err = net_xmit_errno(err);
unlock:
	rcu_read_unlock();
	return err;
}
