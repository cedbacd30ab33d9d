/* SPDX-License-Identifier: GPL-2.0 */
/* walk.h - all conntrack entries of a namespace, in slices */
#ifndef _NFHA_WALK_H
#define _NFHA_WALK_H

#include <linux/types.h>

struct net;
struct nf_conn;

/**
 * struct nfha_walk - position of a walk; zeroed: at the start
 * @pos: next bucket of conntrack's table
 * @size: buckets when @pos was set; 0: not started
 */
struct nfha_walk {
	unsigned int pos;
	unsigned int size;
};

/*
 * Called with BH off and the lock of the entry's bucket held: the entry stays
 * hashed meanwhile. May take a stripe lock of nfha_table, no other lock.
 */
typedef void (*nfha_walk_fn)(struct nf_conn *ct, void *arg);

bool nfha_walk_slice(struct nfha_walk *walk, struct net *net, unsigned int buckets,
		     nfha_walk_fn fn, void *arg);

#endif /* _NFHA_WALK_H */
