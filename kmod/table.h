/* SPDX-License-Identifier: GPL-2.0 */
/* table.h - the connections that the pair shares, and the queue of changed ones */
#ifndef _NFHA_TABLE_H
#define _NFHA_TABLE_H

#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/siphash.h>
#include <linux/spinlock.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_zones.h>

struct nfha_repl;

/**
 * struct nfha_key - what names a connection on both units
 * @src: source address of the original direction; IPv4 in @src.ip, rest 0
 * @dst: destination address
 * @sport: source part of the transport protocol
 * @dport: destination part
 * @zone: conntrack zone
 * @zone_dir: NFHA_ZONE_DIR_*
 * @proto: transport protocol number
 * @family: AF_INET or AF_INET6
 * @pad: 0: the key is hashed as bytes
 */
struct nfha_key {
	union nf_inet_addr	src;
	union nf_inet_addr	dst;
	__be16			sport;
	__be16			dport;
	u16			zone;
	u8			zone_dir;
	u8			proto;
	u8			family;
	u8			pad[3];
};

/* An IPv4 address is mapped. */
static inline void nfha_addr_to_v6(void *to, u8 family, const union nf_inet_addr *addr)
{
	if (family == AF_INET)
		ipv6_addr_set_v4mapped(addr->ip, to);
	else
		memcpy(to, addr, sizeof(addr->in6));
}

/* nfha_obj.flags */
#define NFHA_OBJ_DIRTY		0x01	/* in a queue; cleared before its state is read */
#define NFHA_OBJ_GONE		0x02	/* a hint: the connection ended */
#define NFHA_OBJ_BULK		0x04	/* counted in nfha_bulk.left */
#define NFHA_OBJ_REPLICA	0x08	/* injected: its timeout has the grace added */
#define NFHA_OBJ_TOMB		0x10	/* deleted by the peer; keeps the version */
#define NFHA_OBJ_FAST		0x20	/* outruns a widened window between two sweeps */
#define NFHA_OBJ_HELPED		0x40	/* has a helper: its record needs room */
#define NFHA_OBJ_LIBERAL	0x80	/* replica of a fast connection: not checked */
#define NFHA_OBJ_UNACKED	0x100	/* sent, not acknowledged */
#define NFHA_OBJ_YOUNG		0x200	/* sent as established in this lap or the last: may begin to run */
#define NFHA_OBJ_BUSY		0x400	/* its windows move */
#define NFHA_OBJ_FRESH		0x800	/* NFHA_OBJ_YOUNG since the lap looked at it last */

struct nfha_obj;

/**
 * struct nfha_transit - of an object that is under way: dirty, in flight, or a tombstone
 * @dirty: per-CPU queue or the worker's list; valid while NFHA_OBJ_DIRTY
 * @link: sender: in the slot of the frame that carries it; receiver: list of
 *	tombstones. Link worker only
 * @tomb_seq: receiver, NFHA_OBJ_TOMB: number of the frame with the DELETE
 * @obj: constant
 * @bucket: constant: where @obj is, which takes a hash to find out
 *
 * Only the link worker frees it, when the object is nothing of that any more: most
 * connections are in sync, and need none.
 */
struct nfha_transit {
	struct llist_node	dirty;
	struct list_head	link;
	u64			tomb_seq;
	struct nfha_obj		*obj;
	u32			bucket;
};

/**
 * struct nfha_obj - one connection
 * @next: chain of the bucket
 * @transit: NULL: in sync
 * @version: of the record applied last; valid while @epoch is the receiver's
 * @end: td_end of both directions as sent last; valid while @epoch is the sender's
 * @epoch: of the generation it was sent or received in last
 * @timeout: sender: ct->timeout as sent last; replica: ct->timeout as injected
 * @sum: sender: digest of the lasting state as sent last
 * @flags: NFHA_OBJ_*
 * @sweep: number of the lap that saw the connection last
 * @family: as the members below constant, and as in struct nfha_key
 * @proto: see @family
 * @zone_dir: see @family
 * @zone: see @family
 * @sport: see @family
 * @dport: see @family
 * @addr: source, then destination; a word each for IPv4, four for IPv6
 *
 * Protected by the stripe lock of its bucket unless said otherwise. Only the
 * link worker frees an object, so it may keep a pointer without the lock.
 */
struct nfha_obj {
	struct nfha_obj		*next;
	struct nfha_transit	*transit;
	union {
		u64		version;
		u32		end[2];
	};
	u32			epoch;
	u32			timeout;
	u32			sum;
	u16			flags;
	u8			sweep;
	u8			family;
	u8			proto;
	u8			zone_dir;
	u16			zone;
	__be16			sport;
	__be16			dport;
	__be32			addr[];
};

#define NFHA_STRIPES		256

/**
 * struct nfha_table - objects by key
 * @buckets: heads; the index is the top of the key's hash, so that a range of
 *	hashes is a range of buckets
 * @size: number of buckets; constant
 * @hash_key: random
 * @busy: a bit for each bucket: it may hold an object that is NFHA_OBJ_YOUNG or _BUSY.
 *	Set by the link worker and sweeps, cleared by sweeps, with the bucket locked
 * @count: objects
 * @locks: bucket i and its objects are protected by locks[i % NFHA_STRIPES]
 */
struct nfha_table {
	struct nfha_obj		**buckets;
	u32			size;
	hsiphash_key_t		hash_key;
	unsigned long		*busy;
	atomic_t		count;
	spinlock_t		locks[NFHA_STRIPES];
};

/* How soon a change has to leave; the order matters. */
enum nfha_haste {
	NFHA_HASTE_NONE,
	NFHA_HASTE_SLOW,
	NFHA_HASTE_FAST,
	NFHA_HASTE_NOW,		/* at once, unless something was sent a moment ago */
};

/**
 * struct nfha_queue - objects whose newest state was not sent yet
 * @heads: per CPU; producers add, the link worker takes all
 * @dirty: objects with NFHA_OBJ_DIRTY
 * @armed: enum nfha_haste of @flush
 * @due: what is queued has waited long enough
 * @since: ns: when the first object since the last take was added; 0: none
 * @taken: ns: when the link worker took something last
 * @batch: objects that were to be sent then
 * @flush: starts the link worker
 */
struct nfha_queue {
	struct llist_head __percpu *heads;
	atomic_t		dirty;
	atomic_t		armed;
	bool			due;
	atomic64_t		since;
	atomic64_t		taken;
	unsigned int		batch;
	struct hrtimer		flush;
};

/* Why nfha_mark() is called. */
enum nfha_mark {
	NFHA_MARK_CHANGED,	/* the connection is new or changed */
	NFHA_MARK_GONE,		/* it ended */
	NFHA_MARK_BULK,		/* it exists; skip it when sent in this generation */
	NFHA_MARK_ASKED,	/* the peer has it, whether it exists here or not */
};

int nfha_obj_cache_init(void);
void nfha_obj_cache_exit(void);

int nfha_table_init(struct nfha_table *table);
void nfha_table_exit(struct nfha_table *table);
u32 nfha_table_bucket(const struct nfha_table *table, const struct nfha_key *key);
struct nfha_obj *nfha_table_find(const struct nfha_table *table, u32 bucket,
				 const struct nfha_key *key);
struct nfha_obj *nfha_table_add(struct nfha_table *table, u32 bucket,
				const struct nfha_key *key);
void nfha_table_del(struct nfha_table *table, u32 bucket, struct nfha_obj *obj);

void nfha_table_watch(struct nfha_table *table, u32 bucket, struct nfha_obj *obj, u16 flags);

struct nfha_transit *nfha_transit_get(struct nfha_obj *obj, u32 bucket);
void nfha_transit_put(struct nfha_obj *obj);
void nfha_obj_key(const struct nfha_obj *obj, struct nfha_key *key);

static inline void nfha_table_lock(struct nfha_table *table, u32 bucket)
{
	spin_lock_bh(&table->locks[bucket % NFHA_STRIPES]);
}

static inline void nfha_table_unlock(struct nfha_table *table, u32 bucket)
{
	spin_unlock_bh(&table->locks[bucket % NFHA_STRIPES]);
}

void nfha_key_of(const struct nf_conn *ct, struct nfha_key *key);
void nfha_key_tuple(const struct nfha_key *key, struct nf_conntrack_tuple *tuple);
void nfha_key_zone(const struct nfha_key *key, struct nf_conntrack_zone *zone);
struct nf_conn *nfha_key_find(const struct nfha_key *key, struct net *net);

int nfha_queue_init(struct nfha_queue *queue);
void nfha_queue_exit(struct nfha_queue *queue);
void nfha_queue_add(struct nfha_repl *repl, struct nfha_obj *obj, enum nfha_haste haste);
void nfha_queue_hurry(struct nfha_queue *queue);
bool nfha_queue_is_due(struct nfha_queue *queue);
struct llist_node *nfha_queue_take(struct nfha_queue *queue, struct llist_node **last,
				   u64 *since);
void nfha_mark(struct nfha_repl *repl, const struct nfha_key *key, enum nfha_mark mark,
	       enum nfha_haste haste, u32 epoch);
bool nfha_queue_is_full(const struct nfha_repl *repl);

#endif /* _NFHA_TABLE_H */
