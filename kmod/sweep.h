/* SPDX-License-Identifier: GPL-2.0 */
/* sweep.h - finds what events do not tell */
#ifndef _NFHA_SWEEP_H
#define _NFHA_SWEEP_H

#include <linux/workqueue.h>

#include "walk.h"

struct nfha_repl;

/**
 * struct nfha_sweep - periodic look at conntrack, while active
 * @work: one sweep. All that follows is its own unless said otherwise
 * @restart: the role was just taken: begin a new lap, and hurry. Set by the link worker
 * @hurry_until: ns: until then each sweep is a lap, unless a whole one had nothing to do
 * @settle_until: ns: likewise, after a synchronisation: what runs shows itself by then
 * @left: this lap saw what a takeover left to do: a replica, or a window that is wide
 * @epoch: generation that the running sweep compares with
 * @count: of sweeps
 * @number: of the lap; a new object gets it. Read anywhere
 * @lapping: a lap is under way
 * @walk: how far it came
 * @lap_epoch: generation when it began
 * @lap_began: ns: when
 * @lap_spent: ns: what it took so far
 */
struct nfha_sweep {
	struct delayed_work	work;
	bool			restart;
	u64			hurry_until;
	u64			settle_until;
	u32			epoch;
	u32			count;
	u8			number;
	bool			lapping;
	bool			left;
	struct nfha_walk	walk;
	u32			lap_epoch;
	u64			lap_began;
	u64			lap_spent;
};

void nfha_sweep_init(struct nfha_repl *repl);
void nfha_sweep_start(struct nfha_repl *repl);
void nfha_sweep_restore(struct nfha_repl *repl);

#endif /* _NFHA_SWEEP_H */
