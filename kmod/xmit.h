/* SPDX-License-Identifier: GPL-2.0 */
/* xmit.h - sends dirty objects in frames, and knows which arrived */
#ifndef _NFHA_XMIT_H
#define _NFHA_XMIT_H

#include <linux/list.h>
#include <linux/llist.h>
#include <linux/types.h>

struct nfha_ackwin;
struct nfha_repl;

#define NFHA_TX_SLOTS		256	/* frames in flight; what an acknowledgement covers */

/* Control records that are repeated until they are acknowledged. */
#define NFHA_CTL_RELEASED	0x01
#define NFHA_CTL_BULK_END	0x02

/**
 * struct nfha_slot - a frame in flight
 * @seq: its sequence number
 * @sent: ns: when
 * @since: ns: when the first of its objects had changed
 * @objs: objects it carried and that were not sent again since, by nfha_obj.link
 * @neighs: neighbours it carried and that were not sent again since, by nfha_neigh.link
 * @ctl: NFHA_CTL_* it carried
 * @term: of NFHA_CTL_RELEASED
 * @settled: acknowledged or given up
 */
struct nfha_slot {
	u64			seq;
	u64			sent;
	u64			since;
	struct list_head	objs;
	struct list_head	neighs;
	u8			ctl;
	u32			term;
	bool			settled;
};

/**
 * struct nfha_tx - the sender; link worker only, but for the reads named
 * @epoch: of the generation that is sent, 0: none. Read by producers
 * @generation: its number on the wire
 * @paused: the peer is silent; the generation goes on when it is heard again
 * @version: of the object record sent last
 * @base: oldest sequence number not settled
 * @next: next sequence number; @next - @base <= NFHA_TX_SLOTS
 * @top: highest sequence number acknowledged
 * @window: frames that may be in flight; follows losses
 * @cut: next sequence number when @window was made smaller
 * @in_flight: objects in slots. Read anywhere
 * @ctl: NFHA_CTL_* to be sent
 * @pending: dirty objects in the order of sending, by nfha_transit.dirty
 * @pending_last: end of @pending
 * @pending_since: ns: when the first of @pending had changed
 * @oldest: ns: the oldest change not acknowledged; 0: none. Read anywhere
 * @blocked_until: ns: the socket is full
 * @srtt: smoothed round trip time, ns
 * @rttvar: its mean deviation, ns
 * @backoff: timeouts in a row: the timeout doubles with each
 * @slots: ring, by sequence number
 */
struct nfha_tx {
	u32			epoch;
	u32			generation;
	bool			paused;
	u64			version;
	u64			base;
	u64			next;
	u64			top;
	unsigned int		window;
	u64			cut;
	unsigned int		in_flight;
	u8			ctl;
	struct llist_node	*pending;
	struct llist_node	*pending_last;
	u64			pending_since;
	u64			oldest;
	u64			blocked_until;
	u64			srtt;
	u64			rttvar;
	unsigned int		backoff;
	struct nfha_slot	slots[NFHA_TX_SLOTS];
};

void nfha_xmit_init(struct nfha_repl *repl);
void nfha_xmit_start(struct nfha_repl *repl);
void nfha_xmit_pause(struct nfha_repl *repl);
void nfha_xmit_reset(struct nfha_repl *repl);
void nfha_xmit_run(struct nfha_repl *repl, u64 now);
void nfha_xmit_losses(struct nfha_repl *repl, u64 now);
u64 nfha_xmit_deadline(const struct nfha_repl *repl);
u8 *nfha_xmit_open(struct nfha_repl *repl, u8 **end);
int nfha_xmit_close(struct nfha_repl *repl, u8 *p);
int nfha_xmit_plain(struct nfha_repl *repl, u64 peer_nonce, bool ack);
int nfha_xmit_acked(struct nfha_repl *repl, const struct nfha_ackwin *ack, u64 now);

#endif /* _NFHA_XMIT_H */
