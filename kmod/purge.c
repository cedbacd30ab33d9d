// SPDX-License-Identifier: GPL-2.0
/*
 * purge.c - a standby forgets what the active unit does not have
 *
 * At the end of a bulk walk the active unit has named every connection that it
 * has. What this unit holds beyond that ended while nobody could tell it: first
 * its objects of older generations, then conntrack entries without an object (of
 * the time before the module was loaded, or before this unit was demoted), then
 * neighbours of older generations. The host's own connections stay.
 */
#include <net/addrconf.h>
#include <net/route.h>

#include "http.h"
#include "inject.h"
#include "netlink.h"
#include "nfha.h"
#include "repl_inst.h"

#define NFHA_PURGE_BUDGET	1024	/* buckets in one pass of the worker */
#define NFHA_PURGE_SLICE	16	/* buckets of conntrack between deletions */
#define NFHA_PURGE_BATCH	64	/* entries deleted at a time */

struct nfha_purge_batch {
	struct nfha_repl	*repl;
	unsigned int		num;
	bool			full;
	struct nf_conn		*conn[NFHA_PURGE_BATCH];
};

/**
 * nfha_purge_start - BULK_END arrived
 * @repl: instance
 *
 * Context: link worker.
 */
void nfha_purge_start(struct nfha_repl *repl)
{
	repl->rx.purge = (struct nfha_purge){ .running = true };
}

/* Some buckets of objects. Returns true when there are more. */
static bool nfha_purge_objs(struct nfha_repl *repl)
{
	struct nfha_purge *purge = &repl->rx.purge;
	struct nfha_table *table = &repl->table;
	struct nfha_obj *obj;
	struct nfha_key key;
	int budget;

	for (budget = NFHA_PURGE_BUDGET; budget && purge->pos < table->size; budget--) {
		if (READ_ONCE(repl->role) != NFHA_ROLE_STANDBY)
			return true;
		nfha_table_lock(table, purge->pos);
		for (obj = table->buckets[purge->pos]; obj; obj = obj->next)
			if (obj->epoch != repl->rx.epoch && !(obj->flags & NFHA_OBJ_DIRTY))
				break;
		if (obj) {
			nfha_obj_key(obj, &key);
			nfha_table_del(table, purge->pos, obj);
		}
		nfha_table_unlock(table, purge->pos);
		if (obj)
			nfha_inject_delete(repl, &key);
		else
			purge->pos++;
	}
	return purge->pos < table->size;
}

/* Anything but a unicast address of somebody else. */
static bool nfha_purge_is_local(struct net *net, u8 family, const union nf_inet_addr *addr)
{
	if (family == AF_INET)
		return inet_addr_type(net, addr->ip) != RTN_UNICAST;
	if (!(ipv6_addr_type(&addr->in6) & IPV6_ADDR_UNICAST))
		return true;
	/* With ipv6.disable=1 there is no list of addresses to be looked at. */
	return ipv6_mod_enabled() && ipv6_chk_addr(net, &addr->in6, NULL, 0);
}

static bool nfha_purge_is_named(struct nfha_repl *repl, const struct nfha_key *key)
{
	struct nfha_table *table = &repl->table;
	u32 bucket = nfha_table_bucket(table, key);
	const struct nfha_obj *obj;
	bool named;

	nfha_table_lock(table, bucket);
	obj = nfha_table_find(table, bucket, key);
	named = obj && obj->epoch == repl->rx.epoch && !(obj->flags & NFHA_OBJ_TOMB);
	nfha_table_unlock(table, bucket);
	return named;
}

/* Not the peer's, and not the host's own either. */
static bool nfha_purge_is_left(struct nfha_repl *repl, const struct nfha_key *key)
{
	return !nfha_purge_is_named(repl, key) &&
	       !nfha_purge_is_local(repl->net, key->family, &key->src) &&
	       !nfha_purge_is_local(repl->net, key->family, &key->dst);
}

/**
 * nfha_purge_is_shared - does the active unit say whether this connection exists?
 * @repl: instance
 * @key: connection in this unit's table
 *
 * Context: RCU read side. Return: false for the host's own, and for what an active unit
 * leaves out.
 */
bool nfha_purge_is_shared(struct nfha_repl *repl, const struct nfha_key *key)
{
	if (!nfha_capture_wants(repl->nn, key))
		return false;
	if (READ_ONCE(repl->tx.epoch))
		return !nfha_http_is_left_out(repl->nn, key);
	return nfha_purge_is_named(repl, key) || nfha_purge_is_left(repl, key);
}

static void nfha_purge_one(struct nf_conn *ct, void *arg)
{
	struct nfha_purge_batch *batch = arg;
	struct nfha_repl *repl = batch->repl;
	struct nfha_key key;
	bool keep;

	nfha_key_of(ct, &key);
	rcu_read_lock();
	keep = !nfha_capture_wants(repl->nn, &key) || !nfha_purge_is_left(repl, &key);
	rcu_read_unlock();
	if (keep)
		return;
	if (batch->num == NFHA_PURGE_BATCH)
		batch->full = true;
	else if (refcount_inc_not_zero(&ct->ct_general.use))
		batch->conn[batch->num++] = ct;
}

/* Some buckets of conntrack. Returns true when there are more. */
static bool nfha_purge_entries(struct nfha_repl *repl)
{
	struct nfha_purge_batch batch = { .repl = repl };
	struct nfha_purge *purge = &repl->rx.purge;
	struct nfha_walk before;
	bool more = true;
	int budget;

	for (budget = NFHA_PURGE_BUDGET; more && budget > 0; budget -= NFHA_PURGE_SLICE) {
		/* On the way to become active nothing is left over any more. */
		if (READ_ONCE(repl->role) != NFHA_ROLE_STANDBY)
			return true;
		before = purge->walk;
		batch.num = 0;
		batch.full = false;
		more = nfha_walk_slice(&purge->walk, repl->net, NFHA_PURGE_SLICE,
				       nfha_purge_one, &batch);
		while (batch.num) {
			struct nf_conn *ct = batch.conn[--batch.num];

			if (nf_ct_delete(ct, 0, 0))
				nfha_count(repl->nn, DELETED);
			nf_ct_put(ct);
		}
		if (batch.full) {
			purge->walk = before;
			more = true;
		}
	}
	return more;
}

/**
 * nfha_purge_run - go on with it
 * @repl: instance
 *
 * Context: link worker. Return: true when there is more to do now.
 */
bool nfha_purge_run(struct nfha_repl *repl)
{
	struct nfha_rx *rx = &repl->rx;

	/* A staged unit keeps what it has until it is clear what it becomes. */
	if (!rx->purge.running || READ_ONCE(repl->role) != NFHA_ROLE_STANDBY)
		return false;
	if (nfha_purge_objs(repl) || nfha_purge_entries(repl))
		return true;
	nfha_neigh_purge(repl);
	rx->purge.running = false;
	WRITE_ONCE(rx->bulk, NFHA_BULK_DONE);
	nfha_event(repl->nn, NFHA_EVENT_BULK_DONE, rx->generation);
	return false;
}
