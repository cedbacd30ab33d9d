// SPDX-License-Identifier: GPL-2.0
/*
 * relay.c - in a handover, what still arrives here goes to the new active unit
 *
 * Between the moment in which this unit shuts its gate and the one in which the switches
 * learn where the active MAC address is now, its frames come here, and would be lost.
 * They wait until the new active unit is heard: a frame from the active MAC address came
 * by the switch, which therefore has learnt it. Then they go back to the switch as they
 * came, but from this unit's standby MAC address. What is late goes the same way, until
 * this unit has its standby side. Nothing is forwarded: whether and where a packet may go
 * the new active unit decides.
 *
 * ARP is left out: who asks, asks again.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/rtnetlink.h>

#include "nfha.h"
#include "relay.h"

#define NFHA_RELAY_HELD_MAX	1024	/* frames of one interface */

/**
 * nfha_relay_init - prepare a new interface
 * @relay: to initialise
 */
void nfha_relay_init(struct nfha_relay *relay)
{
	skb_queue_head_init(&relay->held);
}

/*
 * Relaying needs an address that means no role, and a switch that has learnt. A bridge or
 * macvlan is its own: it would not hear the other unit, or take the frames back.
 */
static bool nfha_relay_is_possible(const struct nfha_iface *iface)
{
	const struct nfha_macs *macs = rcu_dereference(iface->macs);
	const struct net_device *dev = rcu_dereference(iface->dev);

	return iface->type == NFHA_IFACE_DATA && iface->num_pairs && dev && netif_running(dev) &&
	       netif_carrier_ok(dev) && !netif_is_bridge_master(dev) && !netif_is_macvlan(dev) &&
	       !ether_addr_equal(macs->active, macs->standby);
}

/**
 * nfha_relay_begin - hold what arrives from now on: the gate is about to be shut
 * @nn: instance; nn->lock held
 *
 * A hook that does not see it yet is through after an RCU grace period.
 * Context: process. nfha_relay_end() undoes it.
 */
void nfha_relay_begin(struct nfha_net *nn)
{
	struct nfha_iface_set *set = nfha_ifaces_locked(nn);
	struct nfha_iface *iface;

	rcu_read_lock();
	nfha_for_each_iface(iface, set) {
		/* A device that goes is taken away before its relay is stopped. */
		spin_lock_bh(&iface->relay.held.lock);
		if (nfha_relay_is_possible(iface))
			WRITE_ONCE(iface->relay.state, NFHA_RELAY_HOLDS);
		spin_unlock_bh(&iface->relay.held.lock);
	}
	rcu_read_unlock();
}

static bool nfha_relay_is_heard(struct nfha_net *nn)
{
	struct nfha_iface_set *set = nfha_ifaces_locked(nn);
	struct nfha_iface *iface;

	nfha_for_each_iface(iface, set)
		if (READ_ONCE(iface->relay.state) == NFHA_RELAY_HOLDS)
			return false;
	return true;
}

/**
 * nfha_relay_wait - wait until the new active unit is heard on every interface
 * @nn: instance; nn->lock held
 * @ms: at most so long
 *
 * A device whose MAC address has changed does not take what is for the active one.
 * Context: may sleep.
 */
void nfha_relay_wait(struct nfha_net *nn, unsigned int ms)
{
	lockdep_assert_held(&nn->lock);
	wait_event_timeout(nn->gate.relayed, nfha_relay_is_heard(nn), msecs_to_jiffies(ms));
}

/**
 * nfha_relay_stop - an interface relays no more: its device goes, or the handover is over
 * @iface: interface
 *
 * What is still held is dropped, and counted.
 * Context: process, BH on or off.
 */
void nfha_relay_stop(struct nfha_iface *iface)
{
	struct sk_buff_head *held = &iface->relay.held;
	struct sk_buff *skb;

	spin_lock_bh(&held->lock);
	WRITE_ONCE(iface->relay.state, NFHA_RELAY_OFF);
	while ((skb = __skb_dequeue(held))) {
		nfha_count(iface->nn, HANDOVER_DROPPED);
		kfree_skb(skb);
	}
	spin_unlock_bh(&held->lock);
}

/**
 * nfha_relay_end - the standby side is in place, or will not be
 * @nn: instance; nn->lock held
 *
 * Context: process.
 */
void nfha_relay_end(struct nfha_net *nn)
{
	struct nfha_iface_set *set = nfha_ifaces_locked(nn);
	struct nfha_iface *iface;

	nfha_for_each_iface(iface, set)
		nfha_relay_stop(iface);
}

/* The header is where it was received, right in front of the data. */
static bool nfha_relay_has_header(const struct sk_buff *skb)
{
	return skb_mac_header_was_set(skb) && skb->data - skb_mac_header(skb) == ETH_HLEN;
}

static void nfha_relay_send(struct nfha_iface *iface, const u8 *mac, struct sk_buff *skb)
{
	if (skb_cow_head(skb, ETH_HLEN)) {
		nfha_count(iface->nn, HANDOVER_DROPPED);
		kfree_skb(skb);
		return;
	}
	nfha_count(iface->nn, HANDOVER_RELAYED);
	skb_forward_csum(skb);
	/* When it arrived would be when it may leave. */
	skb_clear_tstamp(skb);
	skb_push(skb, ETH_HLEN);
	skb_reset_mac_header(skb);
	ether_addr_copy(eth_hdr(skb)->h_source, mac);
	dev_queue_xmit(skb);
}

/* The switch knows the new place of the active MAC address. */
static void nfha_relay_pass(struct nfha_iface *iface, const u8 *mac)
{
	struct nfha_relay *relay = &iface->relay;
	struct sk_buff_head held;
	struct sk_buff *skb;

	__skb_queue_head_init(&held);
	spin_lock_bh(&relay->held.lock);
	if (relay->state == NFHA_RELAY_HOLDS) {
		WRITE_ONCE(relay->state, NFHA_RELAY_PASSES);
		skb_queue_splice_tail_init(&relay->held, &held);
	}
	spin_unlock_bh(&relay->held.lock);
	while ((skb = __skb_dequeue(&held)))
		nfha_relay_send(iface, mac, skb);
	wake_up(&iface->nn->gate.relayed);
}

static bool nfha_relay_keep(struct nfha_iface *iface, const u8 *mac, struct sk_buff *skb)
{
	struct nfha_relay *relay = &iface->relay;
	bool taken = true;

	spin_lock_bh(&relay->held.lock);
	switch (relay->state) {
	case NFHA_RELAY_HOLDS:
		if (skb_queue_len(&relay->held) < NFHA_RELAY_HELD_MAX) {
			__skb_queue_tail(&relay->held, skb);
			skb = NULL;
			break;
		}
		nfha_count(iface->nn, HANDOVER_DROPPED);
		fallthrough;
	case NFHA_RELAY_OFF:
		taken = false;
		break;
	case NFHA_RELAY_PASSES:
		break;
	}
	spin_unlock_bh(&relay->held.lock);
	if (taken && skb)
		nfha_relay_send(iface, mac, skb);
	return taken;
}

/**
 * nfha_relay_take - hold a frame that arrived, or send it to the new active unit
 * @iface: data interface
 * @skb: frame at its ingress
 *
 * Sees the new active unit speak, too.
 * Context: softirq, RCU. Return: true: @skb is taken.
 */
bool nfha_relay_take(struct nfha_iface *iface, struct sk_buff *skb)
{
	const struct nfha_macs *macs = rcu_dereference(iface->macs);
	const struct ethhdr *eth;

	/* A tagged frame is for a VLAN interface, which has a relay of its own. */
	if (!nfha_relay_has_header(skb) || skb_vlan_tag_present(skb))
		return false;
	eth = eth_hdr(skb);
	if (ether_addr_equal(eth->h_source, macs->active)) {
		nfha_relay_pass(iface, macs->standby);
		return false;
	}
	/* From the standby's address: it was relayed already, and must not go round. */
	if (!ether_addr_equal(eth->h_dest, macs->active) ||
	    ether_addr_equal(eth->h_source, macs->standby) || skb_shared(skb) ||
	    (skb->protocol != htons(ETH_P_IP) && skb->protocol != htons(ETH_P_IPV6)))
		return false;
	return nfha_relay_keep(iface, macs->standby, skb);
}
