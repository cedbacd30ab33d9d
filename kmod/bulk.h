/* SPDX-License-Identifier: GPL-2.0 */
/* bulk.h - the walk that gives a peer everything */
#ifndef _NFHA_BULK_H
#define _NFHA_BULK_H

#include <linux/atomic.h>
#include <linux/workqueue.h>

#include "walk.h"

struct nfha_cursor;
struct nfha_rec_hdr;
struct nfha_repl;

/**
 * struct nfha_bulk_walk - the sender's side of a generation
 * @work: walks while there is room
 * @walk: where it is; @work only, reset by the link worker while @work is idle
 * @missed: there was no memory for a connection of the slice. @work only
 * @epoch: generation that is walked; 0: none. Written by the link worker
 * @walked_epoch: generation whose walk came to its end. Written by @work
 * @left: objects with NFHA_OBJ_BULK: queued by a walk, not yet acknowledged
 * @rewalk: something could not be queued: a new generation is needed
 * @ask: standby: the peer is to begin a generation; set anywhere, cleared by the link worker
 * @asked_at: ns: when it was asked last. Link worker
 * @queued: objects that the walk queued
 * @end_sent: BULK_END was queued. Link worker
 * @done: BULK_END was acknowledged. Link worker
 */
struct nfha_bulk_walk {
	struct delayed_work	work;
	struct nfha_walk	walk;
	bool			missed;
	u32			epoch;
	u32			walked_epoch;
	atomic_t		left;
	bool			rewalk;
	bool			ask;
	u64			asked_at;
	atomic_t		queued;
	bool			end_sent;
	bool			done;
};

void nfha_bulk_init(struct nfha_repl *repl);
void nfha_bulk_start(struct nfha_repl *repl, u32 epoch);
void nfha_bulk_stop(struct nfha_repl *repl);
bool nfha_bulk_is_walked(const struct nfha_repl *repl);
bool nfha_bulk_go_on(struct nfha_repl *repl);
unsigned int nfha_bulk_percent(const struct nfha_repl *repl);
void nfha_bulk_ask(struct nfha_repl *repl, u64 now);
u64 nfha_bulk_deadline(const struct nfha_repl *repl);
int nfha_bulk_asked(struct nfha_repl *repl, const struct nfha_rec_hdr *h,
		    struct nfha_cursor *body);

#endif /* _NFHA_BULK_H */
