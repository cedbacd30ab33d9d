/* SPDX-License-Identifier: GPL-2.0 */
/* neigh.h - ARP and ND entries of the data interfaces (13-22) */
#ifndef _NFHA_NEIGH_H
#define _NFHA_NEIGH_H

#include <linux/if_ether.h>
#include <linux/in6.h>
#include <linux/list.h>
#include <linux/siphash.h>
#include <linux/spinlock.h>

struct nfha_cursor;
struct nfha_net;
struct nfha_rec_hdr;
struct nfha_repl;

/**
 * struct nfha_neigh_key - what names an entry in one unit
 * @addr: of the neighbour; IPv4 in s6_addr32[0], rest 0
 * @iface: position of the interface in nfha_iface_set.iface
 * @family: AF_INET or AF_INET6
 * @pad: 0: the key is hashed and compared as bytes
 */
struct nfha_neigh_key {
	struct in6_addr		addr;
	u16			iface;
	u8			family;
	u8			pad;
};

/* nfha_neigh.flags */
#define NFHA_NEIGH_DIRTY	0x01	/* in nfha_neighs.dirty */
#define NFHA_NEIGH_GONE		0x02	/* ended: sender: to be told; receiver: a tombstone */

/**
 * struct nfha_neigh - one entry, the sender's own or the peer's
 * @hash: chain of the bucket; unhashed: not in use
 * @link: nfha_neighs.free, .dirty or .tombs, nfha_slot.neighs, or none
 * @version: receiver: of the record applied last
 * @tomb_seq: receiver, NFHA_NEIGH_GONE: number of the frame with the DELETE
 * @key: see there
 * @epoch: of the generation it was sent or received in last; 0: none
 * @lladdr: its MAC address
 * @flags: NFHA_NEIGH_*
 * @walk: sender: number of the walk that saw it last
 */
struct nfha_neigh {
	struct hlist_node	hash;
	struct list_head	link;
	u64			version;
	u64			tomb_seq;
	struct nfha_neigh_key	key;
	u32			epoch;
	u8			lladdr[ETH_ALEN];
	u8			flags;
	u8			walk;
};

/**
 * struct nfha_neighs - all of them
 * @lock: protects everything but constants and what is the link worker's; BH off
 * @entries: @size of them; constant
 * @size: parameter neigh_limit when the instance began; constant
 * @buckets: 2^@bits chains
 * @bits: constant
 * @hash_key: random, constant
 * @free: entries not in use
 * @dirty: entries whose newest state was not sent yet
 * @tombs: receiver: entries with NFHA_NEIGH_GONE
 * @number: of the newest walk
 * @epoch: of that walk; link worker
 * @walked: ns: when it was; link worker
 */
struct nfha_neighs {
	spinlock_t		lock;
	struct nfha_neigh	*entries;
	unsigned int		size;
	struct hlist_head	*buckets;
	unsigned int		bits;
	siphash_key_t		hash_key;
	struct list_head	free;
	struct list_head	dirty;
	struct list_head	tombs;
	u8			number;
	u32			epoch;
	u64			walked;
};

int nfha_neigh_init(void);
void nfha_neigh_exit(void);
int nfha_neigh_start(struct nfha_repl *repl);
void nfha_neigh_stop(struct nfha_repl *repl);

void nfha_neigh_run(struct nfha_repl *repl, u64 now);
bool nfha_neigh_is_dirty(const struct nfha_repl *repl);
u8 *nfha_neigh_put(struct nfha_repl *repl, struct list_head *sent, u8 *p, const u8 *end);
void nfha_neigh_acked(struct nfha_repl *repl, struct list_head *sent);
void nfha_neigh_lost(struct nfha_repl *repl, struct list_head *sent);
void nfha_neigh_discard(struct nfha_repl *repl);

int nfha_neigh_receive(struct nfha_repl *repl, const struct nfha_rec_hdr *h,
		       struct nfha_cursor *body, u64 version, u64 seq);
void nfha_neigh_tombs_free(struct nfha_repl *repl, u64 settled);
void nfha_neigh_purge(struct nfha_repl *repl);

void nfha_neigh_install(struct nfha_net *nn);

#endif /* _NFHA_NEIGH_H */
