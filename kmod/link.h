/* SPDX-License-Identifier: GPL-2.0 */
/* link.h - the state link: socket, link worker */
#ifndef _NFHA_LINK_H
#define _NFHA_LINK_H

#include <linux/hrtimer.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>

#include "repl.h"

struct nfha_repl;

/**
 * struct nfha_link - the state link
 * @conf: constant, but for @conf.ifindex: written by @work
 * @sock: bound to @conf.local; NULL: on a data interface
 * @ether: takes frames from the data interface
 * @rxq: frames that arrived, in softirq; taken by @work
 * @rx_max: most frames that were in @rxq; racy, statistics
 * @tx_max: most objects that were outstanding; @work
 * @work: the link worker
 * @tick: starts @work for timeouts
 * @rx_buf: the frame that is read; @work
 * @tx_buf: the frame that is written; @work
 * @probe_due: tell the peer our flags at once; @work
 * @key_used: there is a key to send with since @work looked last
 * @probed: ns: when a frame was sent last, or could not be sealed; @work
 * @checked: ns: when the hooks were checked last; @work
 * @passed: ns: start of the last pass of @work that is complete
 * @release_queued: RELEASED is in nfha_tx.ctl or in a slot; @work
 */
struct nfha_link {
	struct nfha_link_conf	conf;
	struct socket		*sock;
	struct packet_type	ether;
	struct sk_buff_head	rxq;
	u32			rx_max;
	u32			tx_max;
	struct work_struct	work;
	struct hrtimer		tick;
	u8			*rx_buf;
	u8			*tx_buf;
	bool			probe_due;
	bool			key_used;
	u64			probed;
	u64			checked;
	u64			passed;
	bool			release_queued;
};

int nfha_link_start(struct nfha_repl *repl, const struct nfha_link_conf *conf);
void nfha_link_quiesce(struct nfha_repl *repl);
void nfha_link_stop(struct nfha_repl *repl);
unsigned int nfha_link_room(struct nfha_repl *repl);
void nfha_link_take(struct nfha_repl *repl, struct sk_buff *skb);
int nfha_link_send(struct nfha_repl *repl, void *data, size_t len);
void nfha_link_released_acked(struct nfha_repl *repl, u32 term);

#endif /* _NFHA_LINK_H */
