/* SPDX-License-Identifier: GPL-2.0 */
/*
 * repl_inst.h - replication in one network namespace
 *
 * Who runs where:
 *
 *	producers	conntrack events (softirq, task), sweep and bulk works:
 *			look at conntrack, mark objects dirty (nfha_mark)
 *	link worker	one work item: receives, acknowledges, finds losses, sends,
 *			injects; the only one that frees objects
 *	set_role	any context: changes role and term, kicks the link worker
 *
 * Every record is built from the conntrack entry at sending time, found by its
 * tuple: no reference, pointer or private bit of an entry is kept.
 */
#ifndef _NFHA_REPL_INST_H
#define _NFHA_REPL_INST_H

#include "bulk.h"
#include "capture.h"
#include "digest.h"
#include "key.h"
#include "link.h"
#include "neigh.h"
#include "policy.h"
#include "pretend.h"
#include "receive.h"
#include "repl.h"
#include "sweep.h"
#include "table.h"
#include "xmit.h"

/**
 * struct nfha_repl - an instance
 * @nn: its namespace's instance
 * @net: its namespace
 * @nonce: of this instance: random, not 0; constant
 * @range: versions of frames that it takes; constant
 * @pretence: enum nfha_pretence; constant
 * @role_lock: protects @role, @term, @changes, @release_term, @release_at, and
 *	setting @capture
 * @role: enum nfha_role
 * @term: of @role
 * @changes: how often @role changed
 * @release_term: RELEASED waits to be sent and acknowledged; 0: no
 * @release_at: ns: when it was asked for
 * @capture: active, and the peer takes state: producers work. Set by the link
 *	worker, cleared by set_role too. Producers read it without a lock: what
 *	they queue too late is discarded by the worker or sent as it is
 * @stopping: set once: nothing is started any more
 * @epoch: number of generations sent and received; never 0 in use. Link worker
 * @seen_changes: value of @changes that the link worker acted upon last
 * @settled: woken when the peer acknowledged something
 * @table: objects
 * @queue: dirty ones
 * @capturing: event hook
 * @sweep: periodic look at conntrack
 * @bulk: walk of everything
 * @digest: comparison with the peer; constant
 * @neighs: ARP and ND entries
 * @policies: timeouts that replicas have; link worker only
 * @link: socket and worker
 * @keys: seal and open frames
 * @rx: session, receiver; link worker only
 * @tx: sender; link worker only
 */
struct nfha_repl {
	struct nfha_net		*nn;
	struct net		*net;
	u64			nonce;
	struct nfha_wire_range	range;
#ifdef NFHA_SELFTEST
	unsigned int		pretence;
#endif

	spinlock_t		role_lock;
	enum nfha_role		role;
	u32			term;
	u32			changes;
	u32			release_term;
	u64			release_at;
	bool			capture;
	bool			stopping;

	u32			epoch;
	u32			seen_changes;
	wait_queue_head_t	settled;

	struct nfha_table	table;
	struct nfha_queue	queue;
	struct nfha_capture	capturing;
	struct nfha_sweep	sweep;
	struct nfha_bulk_walk	bulk;
	struct nfha_digest	*digest;
	struct nfha_neighs	neighs;
	struct nfha_policies	policies;
	struct nfha_link	link;
	struct nfha_keys	keys;
	struct nfha_rx		rx;
	struct nfha_tx		tx;
};

extern struct workqueue_struct *nfha_wq;

void nfha_repl_update(struct nfha_repl *repl, u64 now);

/* Start the link worker. Context: any, hardirq too. */
static inline void nfha_repl_kick(struct nfha_repl *repl)
{
	if (!READ_ONCE(repl->stopping))
		queue_work(nfha_wq, &repl->link.work);
}

/* Objects changed or sent, and not acknowledged. */
static inline unsigned int nfha_repl_outstanding(const struct nfha_repl *repl)
{
	return atomic_read(&repl->queue.dirty) + READ_ONCE(repl->tx.in_flight);
}

#endif /* _NFHA_REPL_INST_H */
