// SPDX-License-Identifier: GPL-2.0
/*
 * walk.c - all conntrack entries of a namespace, in slices
 *
 * nf_conntrack_generation is not exported, so the table cannot be walked under
 * RCU alone. Under a bucket's lock the table cannot be resized (a resize takes
 * all of them).
 */
#include <linux/rculist.h>
#include <linux/rculist_nulls.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>

#include "walk.h"

static void nfha_walk_bucket(unsigned int i, struct net *net, nfha_walk_fn fn, void *arg)
{
	struct nf_conntrack_tuple_hash *h;
	struct hlist_nulls_node *n;
	struct nf_conn *ct;

	hlist_nulls_for_each_entry(h, n, &nf_conntrack_hash[i], hnnode) {
		if (NF_CT_DIRECTION(h) != IP_CT_DIR_ORIGINAL)
			continue;
		ct = nf_ct_tuplehash_to_ctrack(h);
		if (net_eq(nf_ct_net(ct), net) && !nf_ct_is_dying(ct))
			fn(ct, arg);
	}
}

/*
 * The next bucket that is not empty, or @end. Under the lock of any bucket: the table cannot
 * be resized. A bucket that holds an entry during the whole look never looks empty.
 */
static unsigned int nfha_walk_skip(unsigned int i, unsigned int end)
{
	while (i < end && is_a_nulls(READ_ONCE(nf_conntrack_hash[i].first)))
		i++;
	return i;
}

/**
 * nfha_walk_slice - visit some buckets
 * @walk: where to go on; moved
 * @net: entries of this namespace only
 * @buckets: how many; empty ones count, and cost next to nothing
 * @fn: called for each entry that is not dying
 * @arg: for @fn
 *
 * An entry that exists during the whole walk is visited at least once, even if
 * the table is resized meanwhile: a bucket is a range of hashes, and a resize
 * keeps their order.
 *
 * Context: process. Return: true when there is more to visit.
 */
bool nfha_walk_slice(struct nfha_walk *walk, struct net *net, unsigned int buckets,
		     nfha_walk_fn fn, void *arg)
{
	unsigned int size, i, next;
	spinlock_t *lock;

	while (buckets) {
		i = walk->pos;
		lock = &nf_conntrack_locks[i % CONNTRACK_LOCKS];
		local_bh_disable();
		nf_conntrack_lock(lock);
		__acquire(lock); /* for sparse: its declaration does not say so */
		size = READ_ONCE(nf_conntrack_htable_size);
		if (walk->size && size != walk->size) {
			walk->pos = (u64)walk->pos * size / walk->size;
			walk->size = size;
			spin_unlock(lock);
			local_bh_enable();
			continue;
		}
		walk->size = size;
		if (i < size)
			nfha_walk_bucket(i, net, fn, arg);
		next = nfha_walk_skip(i + 1, min(size, i + buckets));
		spin_unlock(lock);
		local_bh_enable();
		if (i >= size)
			return false;
		buckets -= next - i;
		walk->pos = next;
	}
	return true;
}
