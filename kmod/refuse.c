// SPDX-License-Identifier: GPL-2.0
/*
 * refuse.c - records that could not be injected, to be tried again
 *
 * The table was full, a tuple taken, memory short, or the connection that expected
 * this one was not here yet. What is not in the list any more (it is bounded) comes
 * with the next change of the connection or the next walk.
 */
#include <linux/slab.h>

#include "inject.h"
#include "nfha.h"
#include "record.h"
#include "repl_inst.h"

#define NFHA_REFUSED_MAX	1024		/* records kept */
#define NFHA_REFUSED_BATCH	64		/* tried in one pass */
#define NFHA_REFUSED_NS		(100 * NSEC_PER_MSEC)	/* between two passes */
#define NFHA_REFUSED_BACKOFF	5		/* doublings of a record's pause */
/* About three seconds: then it goes in without its master. */
#define NFHA_REFUSED_ORPHAN	5

/**
 * struct nfha_refused - a record
 * @list: nfha_refusals.list
 * @key: of the connection
 * @version: of the record: a newer one makes it void
 * @due: ns: not to be tried before
 * @tries: how often it was
 * @rec: the record as received
 */
struct nfha_refused {
	struct list_head	list;
	struct nfha_key		key;
	u64			version;
	u64			due;
	unsigned int		tries;
	u8			rec[] __aligned(8);
};

static void nfha_refused_free(struct nfha_repl *repl, struct nfha_refused *r)
{
	list_del(&r->list);
	repl->rx.refusals.num--;
	kfree(r);
}

/**
 * nfha_refuse - keep a record that could not be injected
 * @repl: instance
 * @rec: well formed; copied
 * @key: of its connection
 * @version: of the record
 *
 * Context: link worker.
 */
void nfha_refuse(struct nfha_repl *repl, const struct nfha_rec_hdr *rec,
		 const struct nfha_key *key, u64 version)
{
	struct nfha_refusals *list = &repl->rx.refusals;
	unsigned int len = be16_to_cpu(rec->len);
	struct nfha_refused *r;

	r = list->num < NFHA_REFUSED_MAX ?
	    kmalloc(struct_size(r, rec, len), GFP_KERNEL | __GFP_NOWARN) : NULL;
	if (!r) {
		nfha_count(repl->nn, REFUSED_DROPPED);
		return;
	}
	r->key = *key;
	r->version = version;
	r->tries = 0;
	r->due = ktime_get_ns() + NFHA_REFUSED_NS;
	memcpy(r->rec, rec, len);
	list_add_tail(&r->list, &list->list);
	list->num++;
}

/* The object that @r is the newest record of, or NULL. */
static struct nfha_obj *nfha_refused_obj(struct nfha_repl *repl, const struct nfha_refused *r)
{
	struct nfha_table *table = &repl->table;
	u32 bucket = nfha_table_bucket(table, &r->key);
	struct nfha_obj *obj;

	nfha_table_lock(table, bucket);
	obj = nfha_table_find(table, bucket, &r->key);
	if (obj && (obj->epoch != repl->rx.epoch || obj->version != r->version ||
		    obj->flags & NFHA_OBJ_TOMB))
		obj = NULL;
	nfha_table_unlock(table, bucket);
	return obj;
}

/* Returns true when @r is settled. */
static bool nfha_refused_try(struct nfha_repl *repl, struct nfha_refused *r)
{
	const struct nfha_rec_hdr *rec = (const struct nfha_rec_hdr *)r->rec;
	struct nfha_obj *obj = nfha_refused_obj(repl, r);
	struct nfha_cursor body = {
		(const u8 *)(rec + 1), r->rec + be16_to_cpu(rec->len),
	};
	struct nfha_ct ct;

	if (!obj || nfha_record_parse(rec, &body, &ct))
		return true;
	r->tries++;
	if (r->tries > NFHA_REFUSED_ORPHAN)
		ct.ext.has &= ~NFHA_EXT_MASTER;
	if (nfha_inject(repl, obj, &ct))
		return false;
	nfha_rx_replica(repl, obj, &ct);
	nfha_count(repl->nn, REFUSED_SETTLED);
	return true;
}

/**
 * nfha_refused_run - try again what is due
 * @repl: instance
 * @now: ns
 *
 * Context: link worker.
 */
void nfha_refused_run(struct nfha_repl *repl, u64 now)
{
	struct nfha_refusals *list = &repl->rx.refusals;
	enum nfha_role role = READ_ONCE(repl->role);
	unsigned int budget = NFHA_REFUSED_BATCH;
	struct nfha_refused *r, *tmp;

	if (!list->num || now < list->tried + NFHA_REFUSED_NS)
		return;
	list->tried = now;
	if (role != NFHA_ROLE_STANDBY && role != NFHA_ROLE_STAGED)
		return;
	list_for_each_entry_safe(r, tmp, &list->list, list) {
		if (now < r->due)
			continue;
		if (nfha_refused_try(repl, r))
			nfha_refused_free(repl, r);
		else
			r->due = now + (NFHA_REFUSED_NS <<
					min(r->tries, (unsigned int)NFHA_REFUSED_BACKOFF));
		if (!--budget)
			break;
	}
}

/**
 * nfha_refused_deadline - when nfha_refused_run() is due
 * @repl: instance
 *
 * Context: link worker. Return: ns, or U64_MAX.
 */
u64 nfha_refused_deadline(const struct nfha_repl *repl)
{
	const struct nfha_refusals *list = &repl->rx.refusals;

	return list->num ? list->tried + NFHA_REFUSED_NS : U64_MAX;
}

/**
 * nfha_refused_forget - the records are void
 * @repl: instance
 *
 * Context: link worker, or it is stopped.
 */
void nfha_refused_forget(struct nfha_repl *repl)
{
	struct nfha_refused *r, *tmp;

	list_for_each_entry_safe(r, tmp, &repl->rx.refusals.list, list)
		nfha_refused_free(repl, r);
}
