/* SPDX-License-Identifier: GPL-2.0 */
/* sweep.h - finds what events do not tell */
#ifndef _NFHA_SWEEP_H
#define _NFHA_SWEEP_H

#include <linux/workqueue.h>

struct nfha_repl;

/**
 * struct nfha_sweep - periodic look at conntrack, while active
 * @work: one sweep
 * @number: of the running sweep; a new object gets it. Written by @work
 * @epoch: generation that the running sweep compares with; @work only
 */
struct nfha_sweep {
	struct delayed_work	work;
	u8			number;
	u32			epoch;
};

void nfha_sweep_init(struct nfha_repl *repl);
void nfha_sweep_start(struct nfha_repl *repl);
void nfha_sweep_restore(struct nfha_repl *repl);

#endif /* _NFHA_SWEEP_H */
