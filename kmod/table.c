// SPDX-License-Identifier: GPL-2.0
/* table.c - the connections that the pair shares, and the queue of changed ones */
#include <linux/mm.h>
#include <linux/slab.h>
#include <net/netfilter/nf_conntrack_core.h>

#include "nfha.h"
#include "obj.h"
#include "params.h"
#include "repl_inst.h"

#define NFHA_BATCH_FEW	4U	/* objects: up to so many frames are as close as flush_us allows */
#define NFHA_BATCH_MANY	16U	/* from so many on they are as far apart as they get */

static struct kmem_cache *nfha_obj_cache;	/* of IPv4 connections */
static struct kmem_cache *nfha_obj6_cache;
static struct kmem_cache *nfha_transit_cache;

/**
 * nfha_obj_cache_init - at module load
 * Context: may sleep. Return: 0 or -ENOMEM.
 */
int nfha_obj_cache_init(void)
{
	/* The bound on memory per connection in sync: 56 bytes, or 80, and one bucket head. */
	BUILD_BUG_ON(sizeof(struct nfha_obj) != 48);

	nfha_obj_cache = kmem_cache_create("nfha_obj", struct_size_t(struct nfha_obj, addr, 2),
					   0, 0, NULL);
	if (!nfha_obj_cache)
		return -ENOMEM;
	nfha_obj6_cache = kmem_cache_create("nfha_obj6", struct_size_t(struct nfha_obj, addr, 8),
					    0, 0, NULL);
	if (!nfha_obj6_cache)
		goto destroy_obj;
	nfha_transit_cache = KMEM_CACHE(nfha_transit, 0);
	if (!nfha_transit_cache)
		goto destroy_obj6;
	return 0;

destroy_obj6:
	kmem_cache_destroy(nfha_obj6_cache);
destroy_obj:
	kmem_cache_destroy(nfha_obj_cache);
	return -ENOMEM;
}

/**
 * nfha_obj_cache_exit - at module unload; every object is freed
 * Context: may sleep.
 */
void nfha_obj_cache_exit(void)
{
	kmem_cache_destroy(nfha_transit_cache);
	kmem_cache_destroy(nfha_obj6_cache);
	kmem_cache_destroy(nfha_obj_cache);
}

static struct kmem_cache *nfha_obj_cache_of(u8 family)
{
	return family == AF_INET ? nfha_obj_cache : nfha_obj6_cache;
}

static void nfha_obj_free(struct nfha_obj *obj)
{
	if (obj->transit)
		kmem_cache_free(nfha_transit_cache, obj->transit);
	kmem_cache_free(nfha_obj_cache_of(obj->family), obj);
}

/**
 * nfha_table_init - an empty table as large as conntrack's own
 * @table: to initialise
 *
 * Context: may sleep. Return: 0 or -ENOMEM.
 */
int nfha_table_init(struct nfha_table *table)
{
	int i;

	table->size = roundup_pow_of_two(max(READ_ONCE(nf_conntrack_htable_size), 1024U));
	table->buckets = kvcalloc(table->size, sizeof(*table->buckets), GFP_KERNEL);
	if (!table->buckets)
		return -ENOMEM;
	table->busy = kvcalloc(BITS_TO_LONGS(table->size), sizeof(long), GFP_KERNEL);
	if (!table->busy) {
		kvfree(table->buckets);
		return -ENOMEM;
	}
	get_random_bytes(&table->hash_key, sizeof(table->hash_key));
	atomic_set(&table->count, 0);
	for (i = 0; i < NFHA_STRIPES; i++)
		spin_lock_init(&table->locks[i]);
	return 0;
}

/**
 * nfha_table_exit - free the table and every object in it
 * @table: no longer used by anybody
 *
 * Context: may sleep.
 */
void nfha_table_exit(struct nfha_table *table)
{
	struct nfha_obj *obj;
	u32 i;

	for (i = 0; i < table->size; i++) {
		while ((obj = table->buckets[i])) {
			table->buckets[i] = obj->next;
			nfha_obj_free(obj);
		}
		cond_resched();
	}
	kvfree(table->busy);
	kvfree(table->buckets);
	table->buckets = NULL;
}

/**
 * nfha_table_bucket - where a key belongs
 * @table: table
 * @key: key
 *
 * Context: any. Return: index of the bucket.
 */
u32 nfha_table_bucket(const struct nfha_table *table, const struct nfha_key *key)
{
	u32 hash;

	/* The rest of an IPv4 key is 0. */
	if (key->family == AF_INET)
		hash = hsiphash_4u32((__force u32)key->src.ip, (__force u32)key->dst.ip,
				     (__force u32)key->sport << 16 | (__force u32)key->dport,
				     (u32)key->zone << 16 | key->zone_dir << 8 | key->proto,
				     &table->hash_key);
	else
		hash = hsiphash(key, sizeof(*key), &table->hash_key);
	return reciprocal_scale(hash, table->size);
}

/* In the order in which keys differ. */
static bool nfha_obj_is(const struct nfha_obj *obj, const struct nfha_key *key)
{
	if (obj->sport != key->sport || obj->dport != key->dport || obj->zone != key->zone ||
	    obj->zone_dir != key->zone_dir || obj->proto != key->proto ||
	    obj->family != key->family)
		return false;
	if (key->family == AF_INET)
		return obj->addr[0] == key->src.ip && obj->addr[1] == key->dst.ip;
	return !memcmp(&obj->addr[0], &key->src, sizeof(key->src)) &&
	       !memcmp(&obj->addr[4], &key->dst, sizeof(key->dst));
}

/**
 * nfha_obj_key - the key of an object
 * @obj: object
 * @key: filled
 *
 * Context: any; who calls it keeps @obj.
 */
void nfha_obj_key(const struct nfha_obj *obj, struct nfha_key *key)
{
	memset(key, 0, sizeof(*key));
	if (obj->family == AF_INET) {
		key->src.ip = obj->addr[0];
		key->dst.ip = obj->addr[1];
	} else {
		memcpy(&key->src, &obj->addr[0], sizeof(key->src));
		memcpy(&key->dst, &obj->addr[4], sizeof(key->dst));
	}
	key->sport = obj->sport;
	key->dport = obj->dport;
	key->zone = obj->zone;
	key->zone_dir = obj->zone_dir;
	key->proto = obj->proto;
	key->family = obj->family;
}

static void nfha_obj_set_key(struct nfha_obj *obj, const struct nfha_key *key)
{
	if (key->family == AF_INET) {
		obj->addr[0] = key->src.ip;
		obj->addr[1] = key->dst.ip;
	} else {
		memcpy(&obj->addr[0], &key->src, sizeof(key->src));
		memcpy(&obj->addr[4], &key->dst, sizeof(key->dst));
	}
	obj->sport = key->sport;
	obj->dport = key->dport;
	obj->zone = key->zone;
	obj->zone_dir = key->zone_dir;
	obj->proto = key->proto;
	obj->family = key->family;
}

/**
 * nfha_table_find - look a key up
 * @table: table; @bucket is locked
 * @bucket: of @key
 * @key: key
 *
 * Context: BH off. Return: the object or NULL.
 */
struct nfha_obj *nfha_table_find(const struct nfha_table *table, u32 bucket,
				 const struct nfha_key *key)
{
	struct nfha_obj *obj;

	lockdep_assert_held(&table->locks[bucket % NFHA_STRIPES]);
	for (obj = table->buckets[bucket]; obj; obj = obj->next)
		if (nfha_obj_is(obj, key))
			return obj;
	return NULL;
}

/**
 * nfha_table_add - a new object
 * @table: table; @bucket is locked and does not have @key
 * @bucket: of @key
 * @key: copied
 *
 * Context: BH off. Return: the object or NULL.
 */
struct nfha_obj *nfha_table_add(struct nfha_table *table, u32 bucket,
				const struct nfha_key *key)
{
	struct nfha_obj *obj;

	lockdep_assert_held(&table->locks[bucket % NFHA_STRIPES]);
	obj = kmem_cache_zalloc(nfha_obj_cache_of(key->family), GFP_ATOMIC | __GFP_NOWARN);
	if (!obj)
		return NULL;
	nfha_obj_set_key(obj, key);
	obj->next = table->buckets[bucket];
	table->buckets[bucket] = obj;
	atomic_inc(&table->count);
	return obj;
}

/**
 * nfha_table_del - remove and free an object
 * @table: table; @bucket is locked
 * @bucket: of @obj
 * @obj: in no queue and no list
 *
 * Context: link worker, BH off.
 */
void nfha_table_del(struct nfha_table *table, u32 bucket, struct nfha_obj *obj)
{
	struct nfha_obj **p = &table->buckets[bucket];

	lockdep_assert_held(&table->locks[bucket % NFHA_STRIPES]);
	while (*p != obj)
		p = &(*p)->next;
	*p = obj->next;
	atomic_dec(&table->count);
	nfha_obj_free(obj);
}

/**
 * nfha_transit_get - see to it that an object can be dirty, in flight, or a tombstone
 * @obj: its bucket is locked
 * @bucket: of @obj
 *
 * Context: BH off. Return: NULL: no memory.
 */
struct nfha_transit *nfha_transit_get(struct nfha_obj *obj, u32 bucket)
{
	struct nfha_transit *transit = obj->transit;

	if (transit)
		return transit;
	transit = kmem_cache_alloc(nfha_transit_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!transit)
		return NULL;
	INIT_LIST_HEAD(&transit->link);
	transit->obj = obj;
	transit->bucket = bucket;
	obj->transit = transit;
	return transit;
}

/**
 * nfha_transit_put - undo nfha_transit_get(), unless the object is still under way
 * @obj: its bucket is locked
 *
 * Context: link worker, BH off.
 */
void nfha_transit_put(struct nfha_obj *obj)
{
	if (!obj->transit || obj->flags & (NFHA_OBJ_DIRTY | NFHA_OBJ_TOMB) ||
	    !list_empty(&obj->transit->link))
		return;
	kmem_cache_free(nfha_transit_cache, obj->transit);
	obj->transit = NULL;
}

/**
 * nfha_table_watch - look at a connection's windows more often than once in a lap
 * @table: table; @bucket is locked
 * @bucket: of @obj
 * @obj: TCP connection that is sent
 * @flags: NFHA_OBJ_YOUNG, with NFHA_OBJ_FRESH or without, or NFHA_OBJ_BUSY
 *
 * Context: BH off.
 */
void nfha_table_watch(struct nfha_table *table, u32 bucket, struct nfha_obj *obj, u16 flags)
{
	lockdep_assert_held(&table->locks[bucket % NFHA_STRIPES]);
	obj->flags |= flags;
	if (!test_bit(bucket, table->busy))
		set_bit(bucket, table->busy);
}

/**
 * nfha_key_of - the key of a connection
 * @ct: connection
 * @key: filled
 *
 * Context: any.
 */
void nfha_key_of(const struct nf_conn *ct, struct nfha_key *key)
{
	const struct nf_conntrack_tuple *t = nf_ct_tuple(ct, IP_CT_DIR_ORIGINAL);
	const struct nf_conntrack_zone *zone = nf_ct_zone(ct);

	memset(key, 0, sizeof(*key));
	key->family = t->src.l3num;
	if (key->family == AF_INET) {
		key->src.ip = t->src.u3.ip;
		key->dst.ip = t->dst.u3.ip;
	} else {
		key->src = t->src.u3;
		key->dst = t->dst.u3;
	}
	key->sport = t->src.u.all;
	key->dport = t->dst.u.all;
	key->proto = t->dst.protonum;
	key->zone = zone->id;
	key->zone_dir = zone->dir;
}

/**
 * nfha_key_tuple - the original tuple of a key
 * @key: key
 * @tuple: filled
 *
 * Context: any.
 */
void nfha_key_tuple(const struct nfha_key *key, struct nf_conntrack_tuple *tuple)
{
	memset(tuple, 0, sizeof(*tuple));
	tuple->src.l3num = key->family;
	tuple->src.u3 = key->src;
	tuple->src.u.all = key->sport;
	tuple->dst.u3 = key->dst;
	tuple->dst.u.all = key->dport;
	tuple->dst.protonum = key->proto;
	tuple->dst.dir = IP_CT_DIR_ORIGINAL;
}

/**
 * nfha_key_zone - the conntrack zone of a key
 * @key: key
 * @zone: filled
 *
 * Context: any.
 */
void nfha_key_zone(const struct nfha_key *key, struct nf_conntrack_zone *zone)
{
	nf_ct_zone_init(zone, key->zone, key->zone_dir, 0);
}

/**
 * nfha_key_find - the living conntrack entry of a key
 * @key: key; of the original direction
 * @net: namespace
 *
 * Context: process or softirq. Return: the entry with a reference, or NULL.
 */
struct nf_conn *nfha_key_find(const struct nfha_key *key, struct net *net)
{
	struct nf_conntrack_tuple_hash *h;
	struct nf_conntrack_tuple tuple;
	struct nf_conntrack_zone zone;
	struct nf_conn *ct;

	nfha_key_tuple(key, &tuple);
	nfha_key_zone(key, &zone);
	h = nf_conntrack_find_get(net, &zone, &tuple);
	if (!h)
		return NULL;
	ct = nf_ct_tuplehash_to_ctrack(h);
	if (NF_CT_DIRECTION(h) == IP_CT_DIR_ORIGINAL && nf_ct_is_confirmed(ct) &&
	    !nf_ct_is_dying(ct) && nf_ct_zone(ct)->id == key->zone &&
	    nf_ct_zone(ct)->dir == key->zone_dir)
		return ct;
	nf_ct_put(ct);
	return NULL;
}

static enum hrtimer_restart nfha_queue_flush(struct hrtimer *timer)
{
	struct nfha_queue *queue = container_of(timer, struct nfha_queue, flush);
	struct nfha_repl *repl = container_of(queue, struct nfha_repl, queue);

	/* Before the worker takes: who adds from now on arms again. */
	atomic_set(&queue->armed, NFHA_HASTE_NONE);
	nfha_queue_hurry(queue);
	nfha_repl_kick(repl);
	return HRTIMER_NORESTART;
}

/**
 * nfha_queue_init - an empty queue
 * @queue: to initialise; part of struct nfha_repl
 *
 * Context: may sleep. Return: 0 or -ENOMEM.
 */
int nfha_queue_init(struct nfha_queue *queue)
{
	int cpu;

	queue->heads = alloc_percpu(struct llist_head);
	if (!queue->heads)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		init_llist_head(per_cpu_ptr(queue->heads, cpu));
	hrtimer_init(&queue->flush, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	queue->flush.function = nfha_queue_flush;
	return 0;
}

/**
 * nfha_queue_exit - undo nfha_queue_init
 * @queue: no producer is left; the objects belong to the table
 *
 * Context: may sleep.
 */
void nfha_queue_exit(struct nfha_queue *queue)
{
	hrtimer_cancel(&queue->flush);
	free_percpu(queue->heads);
}

/*
 * ns between two frames. While many connections change each frame waits for more of them,
 * and what frames cost is shared.
 */
static u64 nfha_queue_spacing(const struct nfha_queue *queue)
{
	u32 num = clamp(READ_ONCE(queue->batch), NFHA_BATCH_FEW, NFHA_BATCH_MANY);

	return (u64)(READ_ONCE(nfha_flush_us) * num / NFHA_BATCH_FEW) * NSEC_PER_USEC;
}

/* ns until the link worker has to take what is queued. */
static u64 nfha_queue_delay(const struct nfha_queue *queue, enum nfha_haste haste)
{
	u64 flush, passed;

	if (haste == NFHA_HASTE_SLOW)
		return (u64)READ_ONCE(nfha_flush_closing_us) * NSEC_PER_USEC;
	flush = nfha_queue_spacing(queue);
	if (haste == NFHA_HASTE_FAST)
		return flush;
	/* Frames are no closer to each other than if each had waited for more to send. */
	passed = ktime_get_ns() - atomic64_read(&queue->taken);
	return passed < flush ? flush - passed : 0;
}

static void nfha_queue_arm(struct nfha_queue *queue, enum nfha_haste haste)
{
	int armed = atomic_read(&queue->armed);

	do {
		if (armed >= (int)haste)
			return;
	} while (!atomic_try_cmpxchg(&queue->armed, &armed, haste));

	hrtimer_start(&queue->flush, ns_to_ktime(nfha_queue_delay(queue, haste)), HRTIMER_MODE_REL);
}

/**
 * nfha_queue_add - queue an object to be sent
 * @repl: instance
 * @obj: its bucket is locked; NFHA_OBJ_DIRTY not set; has a transit
 * @haste: how soon
 *
 * Context: BH off.
 */
void nfha_queue_add(struct nfha_repl *repl, struct nfha_obj *obj, enum nfha_haste haste)
{
	struct nfha_queue *queue = &repl->queue;

	obj->flags |= NFHA_OBJ_DIRTY;
	atomic_inc(&queue->dirty);
	llist_add(&obj->transit->dirty, this_cpu_ptr(queue->heads));
	/* The worker may have taken all before, with the timer still running. */
	if (!atomic64_read(&queue->since))
		atomic64_cmpxchg(&queue->since, 0, ktime_get_ns());
	nfha_queue_arm(queue, haste);
}

/**
 * nfha_queue_hurry - what is queued now has waited long enough
 * @queue: queue
 *
 * A pass of the link worker that begins later takes it; whoever calls this starts one, or
 * knows that there will be one.
 *
 * Context: any.
 */
void nfha_queue_hurry(struct nfha_queue *queue)
{
	/* What was added before is there for who sees this; pairs with the exchange below. */
	smp_mb();
	WRITE_ONCE(queue->due, true);
}

/**
 * nfha_queue_is_due - whether to take what is queued
 * @queue: queue
 *
 * The worker has other reasons to run, most of all acknowledgements: if it took each time what
 * there is, it would send a frame for each one, and get the next acknowledgement for that.
 *
 * Context: link worker, which takes it then. Return: true once after nfha_queue_hurry().
 */
bool nfha_queue_is_due(struct nfha_queue *queue)
{
	return READ_ONCE(queue->due) && xchg(&queue->due, false);
}

/**
 * nfha_queue_take - take what all CPUs queued
 * @queue: queue
 * @last: set to the last node when there is any
 * @since: set to the time in ns at which the first one was added
 *
 * Context: link worker. Return: the first node of a chain, or NULL.
 */
struct llist_node *nfha_queue_take(struct nfha_queue *queue, struct llist_node **last,
				   u64 *since)
{
	struct llist_node *first = NULL, *chain, *node;
	int cpu;

	*since = atomic64_xchg(&queue->since, 0);
	for_each_possible_cpu(cpu) {
		chain = llist_del_all(per_cpu_ptr(queue->heads, cpu));
		if (!chain)
			continue;
		/* The chain is newest first: its head becomes the tail. */
		node = chain;
		chain = llist_reverse_order(chain);
		node->next = first;
		if (!first)
			*last = node;
		first = chain;
	}
	if (first) {
		atomic64_set(&queue->taken, ktime_get_ns());
		WRITE_ONCE(queue->batch, atomic_read(&queue->dirty));
	}
	return first;
}

/**
 * nfha_queue_is_full - no further object should be queued
 * @repl: instance
 *
 * Racy by some objects per CPU: the limit bounds memory and latency, nothing
 * depends on its exact value.
 *
 * Context: any. Return: true when the limit is reached.
 */
bool nfha_queue_is_full(const struct nfha_repl *repl)
{
	return nfha_repl_outstanding(repl) >= READ_ONCE(nfha_queue_limit);
}

/*
 * Does a connection without an object get one? One that has it passed here; should it be
 * left out since, the worker sees that. Most events are of such.
 */
static bool nfha_mark_adds(const struct nfha_repl *repl, const struct nfha_key *key,
			   enum nfha_mark mark)
{
	bool sends;

	if (mark == NFHA_MARK_GONE || mark == NFHA_MARK_ASKED)
		return mark == NFHA_MARK_ASKED;
	rcu_read_lock();
	sends = nfha_capture_sends(repl->nn, key);
	rcu_read_unlock();
	return sends;
}

/* No memory. */
static void nfha_mark_failed(struct nfha_repl *repl, enum nfha_mark mark)
{
	nfha_count(repl->nn, TX_NOMEM);
	if (mark == NFHA_MARK_BULK)
		repl->bulk.missed = true;
}

/**
 * nfha_mark - a connection has to be sent, if it is shared and not left out
 * @repl: instance
 * @key: the connection
 * @mark: why
 * @haste: how soon
 * @epoch: NFHA_MARK_BULK: of the generation that walks; NFHA_MARK_ASKED: that is sent
 *
 * Context: any, BH may be on or off. An object that cannot be queued is counted;
 * a sweep, the walk itself or a new one makes up for it.
 */
void nfha_mark(struct nfha_repl *repl, const struct nfha_key *key, enum nfha_mark mark,
	       enum nfha_haste haste, u32 epoch)
{
	struct nfha_table *table = &repl->table;
	u32 bucket = nfha_table_bucket(table, key);
	struct nfha_obj *obj;

	nfha_table_lock(table, bucket);
	obj = nfha_table_find(table, bucket, key);
	if (!obj) {
		if (!nfha_mark_adds(repl, key, mark))
			goto out;
		obj = nfha_table_add(table, bucket, key);
		if (!obj) {
			nfha_mark_failed(repl, mark);
			goto out;
		}
		obj->sweep = READ_ONCE(repl->sweep.number);
	}
	if (mark == NFHA_MARK_BULK) {
		if (obj->flags & NFHA_OBJ_BULK ||
		    (obj->epoch == epoch && !(obj->flags & NFHA_OBJ_UNACKED)))
			goto out;
		obj->flags |= NFHA_OBJ_BULK;
		atomic_inc(&repl->bulk.left);
		atomic_inc(&repl->bulk.queued);
		/* On its way already: only the end of the walk waits for it. */
		if (obj->epoch == epoch)
			goto out;
	} else if (mark == NFHA_MARK_GONE) {
		/* GONE and not queued: its DELETE is on its way already. */
		if (obj->flags & NFHA_OBJ_GONE)
			goto out;
		obj->flags |= NFHA_OBJ_GONE;
	} else {
		obj->flags &= ~NFHA_OBJ_GONE;
		if (mark == NFHA_MARK_ASKED)
			obj->epoch = epoch;
	}
	if (obj->flags & NFHA_OBJ_DIRTY) {
		nfha_queue_arm(&repl->queue, haste);
		goto out;
	}
	if (mark != NFHA_MARK_BULK && nfha_queue_is_full(repl)) {
		obj->flags &= ~NFHA_OBJ_GONE;
		nfha_count(repl->nn, TX_OVERFLOW);
		WRITE_ONCE(repl->bulk.rewalk, true);
		goto out;
	}
	if (!nfha_transit_get(obj, bucket)) {
		/* Nothing of it is in flight that a synchronisation could wait for. */
		obj->flags &= ~NFHA_OBJ_GONE;
		if (mark == NFHA_MARK_BULK)
			atomic_dec(&repl->bulk.queued);
		nfha_obj_settle_bulk(repl, obj);
		nfha_mark_failed(repl, mark);
		goto out;
	}
	nfha_queue_add(repl, obj, haste);
out:
	nfha_table_unlock(table, bucket);
}
