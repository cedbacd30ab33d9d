// SPDX-License-Identifier: GPL-2.0
/* link.c - the state link: socket, link worker */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_sched.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/udp_tunnel.h>

#include "nfha.h"
#include "ether.h"
#include "netlink.h"
#include "repl_inst.h"

#define NFHA_RXQ_MAX		2048	/* frames */
#define NFHA_RX_BUDGET		16	/* frames in one pass of the worker: until it acknowledges */
#define NFHA_SNDBUF		(4 << 20)

#define NFHA_PROBE_NS		(100 * NSEC_PER_MSEC)	/* without a session */
#define NFHA_KEEPALIVE_NS	(500 * NSEC_PER_MSEC)	/* with one, when idle */
#define NFHA_CHECK_NS		NSEC_PER_SEC
/* RELEASED waits this long for what is outstanding to arrive first. */
#define NFHA_RELEASE_NS		(30 * NSEC_PER_MSEC)

/**
 * nfha_link_take - a frame of the peer's, for the worker
 * @repl: instance
 * @skb: with the frame alone; taken
 *
 * Context: softirq, RCU.
 */
void nfha_link_take(struct nfha_repl *repl, struct sk_buff *skb)
{
	struct nfha_link *link = &repl->link;
	u32 len = skb_queue_len_lockless(&link->rxq);

	if (skb->len > NFHA_FRAME_MAX) {
		nfha_count(repl->nn, RX_MALFORMED);
		goto drop;
	}
	if (len >= NFHA_RXQ_MAX) {
		nfha_count(repl->nn, RX_OVERFLOW);
		goto drop;
	}
	if (len >= READ_ONCE(link->rx_max))
		WRITE_ONCE(link->rx_max, len + 1);
	/* It leaves the RCU section that keeps its route and its socket. */
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	skb_orphan(skb);
	skb_queue_tail(&link->rxq, skb);
	nfha_repl_kick(repl);
	return;
drop:
	kfree_skb(skb);
}

static bool nfha_link_is_peer(const struct nfha_link_conf *conf, const struct sk_buff *skb)
{
	if (udp_hdr(skb)->source != htons(conf->port))
		return false;
	if (conf->family == AF_INET)
		return ip_hdr(skb)->saddr == (__force __be32)conf->peer.s6_addr32[0];
	return ipv6_addr_equal(&ipv6_hdr(skb)->saddr, &conf->peer);
}

/* Softirq, RCU. Returns 0: the packet is ours. */
static int nfha_link_rcv(struct sock *sk, struct sk_buff *skb)
{
	struct nfha_repl *repl = rcu_dereference_sk_user_data(sk);

	if (!repl || READ_ONCE(repl->stopping))
		goto drop;
	if (!nfha_link_is_peer(&repl->link.conf, skb)) {
		nfha_count(repl->nn, RX_SOURCE);
		goto drop;
	}
	if (!__skb_pull(skb, sizeof(struct udphdr))) {
		nfha_count(repl->nn, RX_MALFORMED);
		goto drop;
	}
	nfha_link_take(repl, skb);
	return 0;
drop:
	kfree_skb(skb);
	return 0;
}

static bool nfha_link_receive(struct nfha_repl *repl, u64 now)
{
	struct nfha_link *link = &repl->link;
	struct sk_buff *skb;
	int budget;

	for (budget = NFHA_RX_BUDGET; budget; budget--) {
		skb = skb_dequeue(&link->rxq);
		if (!skb)
			return false;
		nfha_count(repl->nn, RX_FRAMES);
		nfha_count_add(repl->nn, RX_BYTES, skb->len);
		if (skb_copy_bits(skb, 0, link->rx_buf, skb->len))
			nfha_count(repl->nn, RX_MALFORMED);
		else
			nfha_rx_frame(repl, link->rx_buf, skb->len, now);
		kfree_skb(skb);
	}
	return true;
}

/**
 * nfha_link_room - how long a frame may be
 * @repl: instance
 *
 * Context: process. Return: bytes that one packet of the state link carries.
 */
unsigned int nfha_link_room(struct nfha_repl *repl)
{
	sa_family_t family = repl->link.conf.family;
	unsigned int hdr = 0, mtu = 0;
	struct net_device *dev;

	if (family != AF_PACKET)
		hdr = sizeof(struct udphdr) + (family == AF_INET ? sizeof(struct iphdr) :
								   sizeof(struct ipv6hdr));
	rcu_read_lock();
	dev = dev_get_by_index_rcu(repl->net, repl->link.conf.ifindex);
	if (dev)
		mtu = READ_ONCE(dev->mtu);
	rcu_read_unlock();
	return mtu > hdr ? mtu - hdr : 0;
}

static int nfha_link_addr(const struct nfha_link_conf *conf, const struct in6_addr *addr,
			  struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *sin = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	if (conf->family == AF_INET) {
		sin->sin_family = AF_INET;
		sin->sin_port = htons(conf->port);
		sin->sin_addr.s_addr = addr->s6_addr32[0];
		return sizeof(*sin);
	}
	sin6->sin6_family = AF_INET6;
	sin6->sin6_port = htons(conf->port);
	sin6->sin6_addr = *addr;
	sin6->sin6_scope_id = conf->ifindex;
	return sizeof(*sin6);
}

static int nfha_link_send_udp(struct nfha_link *link, void *data, size_t len)
{
	struct kvec vec = { .iov_base = data, .iov_len = len };
	struct sockaddr_storage peer;
	struct msghdr msg = {
		.msg_name = &peer,
		.msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL,
	};

	msg.msg_namelen = nfha_link_addr(&link->conf, &link->conf.peer, &peer);
	return kernel_sendmsg(link->sock, &msg, &vec, 1, len);
}

/**
 * nfha_link_send - send a frame to the peer
 * @repl: instance
 * @data: frame
 * @len: its length
 *
 * Context: link worker. Return: 0 or a negative error, which is counted.
 */
int nfha_link_send(struct nfha_repl *repl, void *data, size_t len)
{
	int err;

	if (repl->link.sock)
		err = nfha_link_send_udp(&repl->link, data, len);
	else
		err = nfha_ether_send(repl, data, len);
	repl->link.probed = ktime_get_ns();
	if (err < 0) {
		nfha_count(repl->nn, TX_ERRORS);
		return err;
	}
	nfha_count(repl->nn, TX_FRAMES);
	nfha_count_add(repl->nn, TX_BYTES, len);
	return 0;
}

/**
 * nfha_link_released_acked - the peer knows that this unit's gate is shut
 * @repl: instance
 * @term: what it knows of; a later release goes on
 *
 * Context: link worker.
 */
void nfha_link_released_acked(struct nfha_repl *repl, u32 term)
{
	spin_lock_bh(&repl->role_lock);
	if (repl->release_term <= term)
		repl->release_term = 0;
	spin_unlock_bh(&repl->role_lock);
	repl->link.release_queued = false;
}

/* RELEASED follows the state that is outstanding, but does not wait for ever. */
static void nfha_link_release(struct nfha_repl *repl, u64 now)
{
	bool waiting;

	/* It took over without: nothing to wait for any more. */
	if (repl->rx.flags & NFHA_FRAME_F_ACTIVE &&
	    repl->rx.flags_term >= READ_ONCE(repl->release_term))
		nfha_link_released_acked(repl, repl->rx.flags_term);
	spin_lock_bh(&repl->role_lock);
	waiting = repl->release_term &&
		  (!repl->tx.epoch || !nfha_repl_outstanding(repl) ||
		   now >= repl->release_at + NFHA_RELEASE_NS);
	spin_unlock_bh(&repl->role_lock);
	if (waiting && repl->rx.peer && !repl->link.release_queued) {
		repl->tx.ctl |= NFHA_CTL_RELEASED;
		repl->link.release_queued = true;
	}
}

static void nfha_link_probe(struct nfha_repl *repl, u64 now)
{
	struct nfha_link *link = &repl->link;
	struct nfha_rx *rx = &repl->rx;
	u64 every = rx->peer ? NFHA_KEEPALIVE_NS : NFHA_PROBE_NS;

	if (READ_ONCE(link->key_used)) {
		WRITE_ONCE(link->key_used, false);
		link->probe_due = true;
		repl->tx.blocked_until = 0;
	}
	if (rx->candidate && nfha_rx_may_answer(repl, now)) {
		nfha_xmit_plain(repl, rx->candidate, false);
		rx->candidate = 0;
	}
	if (link->probe_due || now >= link->probed + every) {
		link->probe_due = false;
		nfha_xmit_plain(repl, rx->peer, false);
	}
}

static void nfha_link_arm(struct nfha_repl *repl, u64 now)
{
	struct nfha_link *link = &repl->link;
	u64 due = link->probed + (repl->rx.peer ? NFHA_KEEPALIVE_NS : NFHA_PROBE_NS);

	due = min(due, link->checked + NFHA_CHECK_NS);
	due = min(due, nfha_xmit_deadline(repl));
	due = min(due, nfha_rx_deadline(repl));
	due = min(due, nfha_refused_deadline(repl));
	due = min(due, nfha_digest_deadline(repl));
	due = min(due, nfha_bulk_deadline(repl));
	if (READ_ONCE(repl->release_term) && !link->release_queued)
		due = min(due, now + NFHA_RELEASE_NS);
	/* A floor, should something be overdue that cannot be done. */
	due = max(due, now + NSEC_PER_MSEC);
	/* One that comes sooner does no harm, and this is after each frame: it arms again then. */
	if (!hrtimer_is_queued(&link->tick) || ktime_to_ns(hrtimer_get_expires(&link->tick)) > due)
		hrtimer_start(&link->tick, ns_to_ktime(due), HRTIMER_MODE_ABS);
}

/* A device that was made again under its name has another index. */
static void nfha_link_rebind(struct nfha_repl *repl)
{
	struct nfha_link_conf *conf = &repl->link.conf;
	struct net_device *dev;
	int ifindex;

	rcu_read_lock();
	dev = dev_get_by_name_rcu(repl->net, repl->nn->ifaces.link_name);
	ifindex = dev ? dev->ifindex : conf->ifindex;
	rcu_read_unlock();
	if (ifindex != conf->ifindex &&
	    (!repl->link.sock || !sock_bindtoindex(repl->link.sock->sk, ifindex, true)))
		WRITE_ONCE(conf->ifindex, ifindex);
}

static void nfha_link_work(struct work_struct *work)
{
	struct nfha_repl *repl = container_of(work, struct nfha_repl, link.work);
	struct nfha_link *link = &repl->link;
	u64 now = ktime_get_ns();
	bool more;

	if (READ_ONCE(repl->stopping))
		return;
	nfha_repl_update(repl, now);
	more = nfha_link_receive(repl, now);
	nfha_rx_timeout(repl, now);
	nfha_repl_update(repl, now);
	if (nfha_rx_acknowledges(repl, now))
		nfha_xmit_plain(repl, repl->rx.peer, true);
	nfha_xmit_losses(repl, now);
	nfha_neigh_run(repl, now);
	if (nfha_bulk_go_on(repl))
		repl->tx.ctl |= NFHA_CTL_BULK_END;
	nfha_link_release(repl, now);
	if (repl->rx.peer)
		nfha_xmit_run(repl, now);
	nfha_link_probe(repl, now);
	nfha_refused_run(repl, now);
	more |= nfha_purge_run(repl);
	nfha_bulk_ask(repl, now);
	nfha_digest_run(repl, now);
	if (now >= link->checked + NFHA_CHECK_NS) {
		link->checked = now;
		nfha_capture_check(repl);
		nfha_link_rebind(repl);
	}
	link->tx_max = max(link->tx_max, nfha_repl_outstanding(repl));
	WRITE_ONCE(link->passed, now);
	wake_up(&repl->settled);
	nfha_link_arm(repl, ktime_get_ns());
	if (more)
		nfha_repl_kick(repl);
}

static enum hrtimer_restart nfha_link_tick(struct hrtimer *timer)
{
	nfha_repl_kick(container_of(timer, struct nfha_repl, link.tick));
	return HRTIMER_NORESTART;
}

static int nfha_link_open(struct nfha_repl *repl)
{
	struct nfha_link *link = &repl->link;
	struct udp_tunnel_sock_cfg cfg = {
		.sk_user_data	= repl,
		.encap_type	= 1,
		.encap_rcv	= nfha_link_rcv,
	};
	struct sockaddr_storage local;
	struct socket *sock;
	int err, len;

	err = sock_create_kern(repl->net, link->conf.family, SOCK_DGRAM, IPPROTO_UDP, &sock);
	if (err)
		return err;
	err = sock_bindtoindex(sock->sk, link->conf.ifindex, true);
	if (err)
		goto err_release;
	/* The address may come later, or go for a while. */
	ip_sock_set_freebind(sock->sk);
	len = nfha_link_addr(&link->conf, &link->conf.local, &local);
	err = kernel_bind(sock, (struct sockaddr *)&local, len);
	if (err)
		goto err_release;
	sock->sk->sk_allocation = GFP_NOIO;
	sock->sk->sk_priority = TC_PRIO_CONTROL;
	WRITE_ONCE(sock->sk->sk_sndbuf, NFHA_SNDBUF);
	sock->sk->sk_userlocks |= SOCK_SNDBUF_LOCK;
	link->sock = sock;
	setup_udp_tunnel_sock(repl->net, sock, &cfg);
	return 0;

err_release:
	sock_release(sock);
	return err;
}

/**
 * nfha_link_start - open the socket or listen on the data interface, begin to look for the peer
 * @repl: instance, ready for the worker
 * @conf: copied
 *
 * Context: may sleep. Return: 0 or a negative error.
 */
int nfha_link_start(struct nfha_repl *repl, const struct nfha_link_conf *conf)
{
	struct nfha_link *link = &repl->link;
	int err;

	link->conf = *conf;
	skb_queue_head_init(&link->rxq);
	INIT_WORK(&link->work, nfha_link_work);
	hrtimer_init(&link->tick, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	link->tick.function = nfha_link_tick;
	link->rx_buf = kmalloc(NFHA_FRAME_MAX, GFP_KERNEL);
	link->tx_buf = kmalloc(NFHA_FRAME_MAX, GFP_KERNEL);
	err = -ENOMEM;
	if (!link->rx_buf || !link->tx_buf)
		goto err_free;
	if (conf->family == AF_PACKET) {
		nfha_ether_open(repl);
		return 0;
	}
	err = nfha_link_open(repl);
	if (err)
		goto err_free;
	return 0;

err_free:
	kfree(link->tx_buf);
	kfree(link->rx_buf);
	return err;
}

/**
 * nfha_link_quiesce - stop the worker and its timers for good
 * @repl: instance; nfha_repl.stopping is set and an RCU grace period passed
 *
 * Context: may sleep.
 */
void nfha_link_quiesce(struct nfha_repl *repl)
{
	/* The first two may be started by a pass that is just running. */
	hrtimer_cancel(&repl->link.tick);
	cancel_work_sync(&repl->link.work);
	hrtimer_cancel(&repl->link.tick);
	cancel_work_sync(&repl->link.work);
}

/**
 * nfha_link_stop - undo nfha_link_start
 * @repl: instance, quiesced
 *
 * Context: may sleep.
 */
void nfha_link_stop(struct nfha_repl *repl)
{
	struct nfha_link *link = &repl->link;

	if (link->sock)
		udp_tunnel_sock_release(link->sock);
	else
		nfha_ether_close(repl);
	skb_queue_purge(&link->rxq);
	kfree(link->tx_buf);
	kfree(link->rx_buf);
}
