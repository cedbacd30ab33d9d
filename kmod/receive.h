/* SPDX-License-Identifier: GPL-2.0 */
/* receive.h - the session with the peer, and what arrives in it */
#ifndef _NFHA_RECEIVE_H
#define _NFHA_RECEIVE_H

#include <linux/list.h>
#include <linux/nfha.h>

#include "frame.h"
#include "purge.h"
#include "refuse.h"

struct nfha_ct;
struct nfha_obj;
struct nfha_repl;

#define NFHA_RX_PAST	8

/* An instance of the peer's module: its nonce, its highest frame counter that was seen. */
struct nfha_rx_life {
	u64	nonce;
	u64	newest;
};

/**
 * struct nfha_rx - the receiver; link worker only
 * @peer: the peer's nonce, proven fresh: it echoed ours; 0: no session.
 *	Read anywhere
 * @known: the peer's nonce that @replay, @newest, @win, @term, @epoch belong to; as @peer,
 *	but outlives a silence
 * @version: of frames to @known
 * @frame_max: longest frame that @known takes
 * @candidate: a nonce that was introduced and waits for an answer; 0: none
 * @candidate_version: of frames to @candidate
 * @answered: ns: when a candidate was answered last
 * @flags: NFHA_FRAME_F_* of the peer's newest frame
 * @flags_term: term of that frame
 * @replay: frames of @known, in clear text; each key has its own
 * @newest: highest frame counter of @known
 * @key_order: highest nfha_frame.key_order of a frame that belonged to a session
 * @past: instances that were @known before, the last ones
 * @past_next: place of the next one in @past
 * @held: generation that the peer holds, by its newest unnumbered frame; 0: none
 * @heard: ns: when a frame of the session arrived last
 * @win: numbered frames of @known
 * @ack_at: ns: when what arrived is acknowledged at the latest; 0: all is
 * @unacked: frames that arrived since the last acknowledgement
 * @term: highest term of @known
 * @generation: that the peer sends, valid with @epoch
 * @epoch: of @generation; 0: none
 * @bulk: enum nfha_bulk: how much of @generation is there. Read anywhere
 * @purge: removal of older generations
 * @tombs: of objects with NFHA_OBJ_TOMB, by nfha_transit.link
 * @refusals: records that could not be injected
 */
struct nfha_rx {
	u64			peer;
	u64			known;
	u8			version;
	u16			frame_max;
	u64			candidate;
	u8			candidate_version;
	u64			answered;
	u8			flags;
	u32			flags_term;
	u32			held;
	struct nfha_replay	replay;
	u64			newest;
	u32			key_order;
	struct nfha_rx_life	past[NFHA_RX_PAST];
	unsigned int		past_next;
	u64			heard;
	struct nfha_ackwin	win;
	u64			ack_at;
	unsigned int		unacked;
	u32			term;
	u32			generation;
	u32			epoch;
	u8			bulk;
	struct nfha_purge	purge;
	struct list_head	tombs;
	struct nfha_refusals	refusals;
};

void nfha_rx_init(struct nfha_repl *repl);
bool nfha_rx_may_meet(const struct nfha_rx *rx, const struct nfha_frame *frame);
void nfha_rx_know(struct nfha_rx *rx, const struct nfha_frame *frame);
void nfha_rx_frame(struct nfha_repl *repl, void *data, size_t len, u64 now);
void nfha_rx_replica(struct nfha_repl *repl, struct nfha_obj *obj, const struct nfha_ct *ct);
void nfha_rx_timeout(struct nfha_repl *repl, u64 now);
u64 nfha_rx_deadline(const struct nfha_repl *repl);
bool nfha_rx_may_answer(struct nfha_repl *repl, u64 now);
bool nfha_rx_acknowledges(struct nfha_repl *repl, u64 now);
void nfha_rx_role(struct nfha_repl *repl, enum nfha_role role);

#endif /* _NFHA_RECEIVE_H */
