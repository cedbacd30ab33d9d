// SPDX-License-Identifier: GPL-2.0
/*
 * neigh.c - ARP and ND entries of the data interfaces (Table 13-6, 13-22)
 *
 * The active unit tells the standby which MAC address each neighbour has, and which
 * neighbours are gone. The standby keeps that beside its own tables: its kernel would
 * probe the entries, and the MAC swap flushes them. On the way to become active, when
 * the swap is done and the gate still shut, they become entries of the kernel, STALE:
 * good for the first packet, and verified by the kernel while it flows.
 *
 * What is heard of a neighbour is only that it changed; the walks find what was not
 * heard. Entries an administrator made (PERMANENT) are configuration, not state.
 */
#include <linux/etherdevice.h>
#include <linux/slab.h>
#include <net/arp.h>
#include <net/ipv6_stubs.h>
#include <net/neighbour.h>
#include <net/netevent.h>

#include "inject.h"
#include "neigh.h"
#include "nfha.h"
#include "params.h"
#include "record.h"
#include "repl_inst.h"

#define NFHA_NEIGH_WALK_NS	(5 * NSEC_PER_SEC)	/* pause between two walks */
#define NFHA_NEIGH_SLICE	256	/* entries between two chances to reschedule */

static enum nfha_kind nfha_neigh_kind(u8 family)
{
	return family == AF_INET ? NFHA_KIND_ARP : NFHA_KIND_ND;
}

static bool nfha_neigh_is_used(const struct nfha_neigh *n)
{
	return !hlist_unhashed(&n->hash);
}

static struct hlist_head *nfha_neigh_bucket(const struct nfha_neighs *ns,
					    const struct nfha_neigh_key *key)
{
	return &ns->buckets[siphash(key, sizeof(*key), &ns->hash_key) >> (64 - ns->bits)];
}

static struct nfha_neigh *nfha_neigh_find(const struct nfha_neighs *ns,
					  const struct nfha_neigh_key *key)
{
	struct nfha_neigh *n;

	lockdep_assert_held(&ns->lock);
	hlist_for_each_entry(n, nfha_neigh_bucket(ns, key), hash)
		if (!memcmp(&n->key, key, sizeof(*key)))
			return n;
	return NULL;
}

static void nfha_neigh_del(struct nfha_neighs *ns, struct nfha_neigh *n)
{
	lockdep_assert_held(&ns->lock);
	hlist_del_init(&n->hash);
	n->flags = 0;
	list_move(&n->link, &ns->free);
}

static struct nfha_neigh *nfha_neigh_add(struct nfha_neighs *ns, const struct nfha_neigh_key *key)
{
	struct nfha_neigh *n = list_first_entry_or_null(&ns->free, struct nfha_neigh, link);

	lockdep_assert_held(&ns->lock);
	if (!n)
		return NULL;
	list_del_init(&n->link);
	n->key = *key;
	n->epoch = 0;
	hlist_add_head(&n->hash, nfha_neigh_bucket(ns, key));
	return n;
}

static void nfha_neigh_set_dirty(struct nfha_neighs *ns, struct nfha_neigh *n)
{
	lockdep_assert_held(&ns->lock);
	if (n->flags & NFHA_NEIGH_DIRTY)
		return;
	n->flags |= NFHA_NEIGH_DIRTY;
	list_move_tail(&n->link, &ns->dirty);
}

/* The neighbour is there. Returns true when the peer has to hear of it. */
static bool nfha_neigh_seen(struct nfha_repl *repl, const struct nfha_neigh_key *key,
			    const u8 *lladdr)
{
	struct nfha_neighs *ns = &repl->neighs;
	struct nfha_neigh *n;
	bool news = false;

	spin_lock_bh(&ns->lock);
	n = nfha_neigh_find(ns, key) ?: nfha_neigh_add(ns, key);
	if (!n) {
		/* A walk comes back to it when there is room. */
		nfha_count(repl->nn, NEIGH_FULL);
		nfha_count_kind(repl->nn, nfha_neigh_kind(key->family), XERR);
		goto unlock;
	}
	n->walk = ns->number;
	news = n->epoch != READ_ONCE(repl->tx.epoch) || n->flags & NFHA_NEIGH_GONE ||
	       !ether_addr_equal(n->lladdr, lladdr);
	if (news) {
		ether_addr_copy(n->lladdr, lladdr);
		n->flags &= ~NFHA_NEIGH_GONE;
		nfha_neigh_set_dirty(ns, n);
	}
unlock:
	spin_unlock_bh(&ns->lock);
	return news;
}

/* The neighbour is not there. Returns true when the peer has to hear of it. */
static bool nfha_neigh_gone(struct nfha_repl *repl, const struct nfha_neigh_key *key)
{
	struct nfha_neighs *ns = &repl->neighs;
	struct nfha_neigh *n;
	bool news;

	spin_lock_bh(&ns->lock);
	n = nfha_neigh_find(ns, key);
	news = n && !(n->flags & NFHA_NEIGH_GONE);
	if (news) {
		n->flags |= NFHA_NEIGH_GONE;
		nfha_neigh_set_dirty(ns, n);
	}
	spin_unlock_bh(&ns->lock);
	return news;
}

/* An address of the pair itself: which unit has it is not to be learnt from anybody. */
static bool nfha_neigh_is_pair(const struct nfha_net *nn, u8 family, const struct in6_addr *addr)
{
	return nfha_iface_is_managed(nn, family, addr) || nfha_iface_is_own(nn, family, addr);
}

/*
 * Look at an entry of the kernel's tables. RCU read side; the table may be locked.
 * Returns true when the peer has to hear of it.
 */
static bool nfha_neigh_look(struct nfha_repl *repl, const struct neighbour *neigh)
{
	struct nfha_iface_set *set = rcu_dereference(repl->nn->ifaces.set);
	const struct nfha_iface *iface = nfha_iface_of_dev(set, neigh->dev);
	struct nfha_neigh_key key = { .family = neigh->tbl->family };
	u8 lladdr[ETH_ALEN] __aligned(2), state = READ_ONCE(neigh->nud_state);

	if (!iface || iface->type != NFHA_IFACE_DATA || !iface->num_pairs ||
	    neigh->dev->addr_len != ETH_ALEN)
		return false;
	key.iface = iface - set->iface;
	memcpy(&key.addr, neigh->primary_key, neigh->tbl->key_len);
	if (!nfha_record_neigh_is_unicast(key.family, &key.addr) ||
	    nfha_neigh_is_pair(repl->nn, key.family, &key.addr))
		return false;
	if (READ_ONCE(neigh->dead) || !(state & NUD_VALID) ||
	    state & (NUD_NOARP | NUD_PERMANENT))
		/* Flushed with its link: a unit that takes over because of that needs it. */
		return nfha_iface_status(neigh->dev) == NFHA_IFACE_UP &&
		       nfha_neigh_gone(repl, &key);
	neigh_ha_snapshot(lladdr, neigh, neigh->dev);
	return is_valid_ether_addr(lladdr) && nfha_neigh_seen(repl, &key, lladdr);
}

static struct neigh_table *nfha_neigh_table(u8 family)
{
	/* NULL with ipv6.disable=1. */
	return family == AF_INET ? &arp_tbl : ipv6_stub->nd_tbl;
}

/* Softirq, task; with the table locked while a device is flushed. */
static int nfha_neigh_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct neighbour *neigh = ptr;
	struct nfha_repl *repl;

	if (event != NETEVENT_NEIGH_UPDATE || neigh->tbl != nfha_neigh_table(neigh->tbl->family))
		return NOTIFY_DONE;
	rcu_read_lock();
	repl = READ_ONCE(nfha_pernet(dev_net(neigh->dev))->repl);
	if (repl && READ_ONCE(repl->capture) && nfha_neigh_look(repl, neigh))
		nfha_repl_kick(repl);
	rcu_read_unlock();
	return NOTIFY_DONE;
}

static struct notifier_block nfha_neigh_nb = { .notifier_call = nfha_neigh_event };

/**
 * nfha_neigh_init - begin to hear of neighbours, in all namespaces
 *
 * Context: process; the instances exist. Return: 0 or a negative error.
 */
int nfha_neigh_init(void)
{
	return register_netevent_notifier(&nfha_neigh_nb);
}

/**
 * nfha_neigh_exit - undo nfha_neigh_init()
 *
 * Context: process.
 */
void nfha_neigh_exit(void)
{
	unregister_netevent_notifier(&nfha_neigh_nb);
}

/**
 * nfha_neigh_start - room for the entries of an instance
 * @repl: instance
 *
 * Context: may sleep. Return: 0 or -ENOMEM.
 */
int nfha_neigh_start(struct nfha_repl *repl)
{
	struct nfha_neighs *ns = &repl->neighs;
	unsigned int i;

	spin_lock_init(&ns->lock);
	INIT_LIST_HEAD(&ns->free);
	INIT_LIST_HEAD(&ns->dirty);
	INIT_LIST_HEAD(&ns->tombs);
	get_random_bytes(&ns->hash_key, sizeof(ns->hash_key));
	ns->size = READ_ONCE(nfha_neigh_limit);
	ns->bits = order_base_2(ns->size);
	ns->entries = kvcalloc(ns->size, sizeof(*ns->entries), GFP_KERNEL_ACCOUNT);
	ns->buckets = kvcalloc(BIT(ns->bits), sizeof(*ns->buckets), GFP_KERNEL_ACCOUNT);
	if (!ns->entries || !ns->buckets) {
		nfha_neigh_stop(repl);
		return -ENOMEM;
	}
	for (i = 0; i < ns->size; i++)
		list_add_tail(&ns->entries[i].link, &ns->free);
	return 0;
}

/**
 * nfha_neigh_stop - undo nfha_neigh_start()
 * @repl: instance; nobody uses it any more
 *
 * Context: may sleep.
 */
void nfha_neigh_stop(struct nfha_repl *repl)
{
	kvfree(repl->neighs.buckets);
	kvfree(repl->neighs.entries);
}

/* The walk that just ended did not see it: it is gone, if its interface works. */
static void nfha_neigh_reap_one(struct nfha_repl *repl, const struct nfha_iface_set *set,
				struct nfha_neigh *n)
{
	struct nfha_neighs *ns = &repl->neighs;

	lockdep_assert_held(&ns->lock);
	if (!nfha_neigh_is_used(n) || n->flags & NFHA_NEIGH_GONE || n->walk == ns->number ||
	    nfha_iface_status(rcu_dereference(set->iface[n->key.iface].dev)) != NFHA_IFACE_UP)
		return;
	if (n->epoch == repl->tx.epoch) {
		n->flags |= NFHA_NEIGH_GONE;
		nfha_neigh_set_dirty(ns, n);
	} else {
		nfha_neigh_del(ns, n);
	}
}

static void nfha_neigh_walk_one(struct neighbour *neigh, void *arg)
{
	struct nfha_repl *repl = arg;

	if (dev_net(neigh->dev) == repl->net)
		nfha_neigh_look(repl, neigh);
}

/**
 * nfha_neigh_run - walk the kernel's tables when it is time: in a new generation, and
 *	for what was not heard of
 * @repl: instance
 * @now: ns
 *
 * Context: link worker.
 */
void nfha_neigh_run(struct nfha_repl *repl, u64 now)
{
	static const u8 families[] = { AF_INET, AF_INET6 };
	struct nfha_neighs *ns = &repl->neighs;
	const struct nfha_iface_set *set;
	struct neigh_table *tbl;
	unsigned int i;

	if (!READ_ONCE(repl->capture) ||
	    (ns->epoch == repl->tx.epoch && now < ns->walked + NFHA_NEIGH_WALK_NS))
		return;
	ns->epoch = repl->tx.epoch;
	ns->walked = now;
	spin_lock_bh(&ns->lock);
	ns->number++;
	spin_unlock_bh(&ns->lock);
	rcu_read_lock();
	set = rcu_dereference(repl->nn->ifaces.set);
	for (i = 0; i < ARRAY_SIZE(families); i++) {
		tbl = nfha_neigh_table(families[i]);
		if (tbl)
			neigh_for_each(tbl, nfha_neigh_walk_one, repl);
	}
	for (i = 0; i < ns->size; i++) {
		spin_lock_bh(&ns->lock);
		/* A unit that was just demoted flushes its tables. */
		if (READ_ONCE(repl->capture))
			nfha_neigh_reap_one(repl, set, &ns->entries[i]);
		spin_unlock_bh(&ns->lock);
	}
	rcu_read_unlock();
}

/**
 * nfha_neigh_is_dirty - there is something to be sent
 * @repl: instance
 *
 * Context: any.
 */
bool nfha_neigh_is_dirty(const struct nfha_repl *repl)
{
	return !list_empty(&repl->neighs.dirty);
}

static u8 *nfha_neigh_put_one(struct nfha_repl *repl, const struct nfha_iface_set *set,
			      const struct nfha_neigh *n, u8 *p)
{
	const struct nfha_pair *pair = &set->iface[n->key.iface].pairs[0];
	struct nfha_record_neigh rec = {
		.family = n->key.family,
		.addr = n->key.addr,
		.iface_family = pair->family,
		.iface_addr = pair->active,
	};
	u8 type = n->flags & NFHA_NEIGH_GONE ? NFHA_REC_NEIGH_DELETE : NFHA_REC_NEIGH_STATE;

	if (type == NFHA_REC_NEIGH_STATE)
		ether_addr_copy(rec.lladdr, n->lladdr);
	nfha_count_kind(repl->nn, nfha_neigh_kind(rec.family), XMIT);
	return p + nfha_record_neigh(type, &rec, p);
}

/**
 * nfha_neigh_put - write records of what is dirty into a frame
 * @repl: instance
 * @sent: what the frame carries
 * @p: where
 * @end: end of the room for them
 *
 * Context: link worker. Return: end of what was written.
 */
u8 *nfha_neigh_put(struct nfha_repl *repl, struct list_head *sent, u8 *p, const u8 *end)
{
	struct nfha_neighs *ns = &repl->neighs;
	const struct nfha_iface_set *set;
	struct nfha_neigh *n;

	if (!nfha_neigh_is_dirty(repl))
		return p;
	rcu_read_lock();
	set = rcu_dereference(repl->nn->ifaces.set);
	spin_lock_bh(&ns->lock);
	while (p + NFHA_REC_NEIGH_MAX <= end) {
		n = list_first_entry_or_null(&ns->dirty, struct nfha_neigh, link);
		if (!n)
			break;
		n->flags &= ~NFHA_NEIGH_DIRTY;
		if (n->flags & NFHA_NEIGH_GONE && n->epoch != repl->tx.epoch) {
			/* The peer never heard of it. */
			nfha_neigh_del(ns, n);
			continue;
		}
		list_move_tail(&n->link, sent);
		n->epoch = repl->tx.epoch;
		p = nfha_neigh_put_one(repl, set, n, p);
		repl->tx.version++;
	}
	spin_unlock_bh(&ns->lock);
	rcu_read_unlock();
	return p;
}

/* What is in @list is no longer waited for; what is gone is forgotten. */
static void nfha_neigh_settle(struct nfha_neighs *ns, struct list_head *list)
{
	struct nfha_neigh *n, *tmp;

	spin_lock_bh(&ns->lock);
	list_for_each_entry_safe(n, tmp, list, link) {
		list_del_init(&n->link);
		n->flags &= ~NFHA_NEIGH_DIRTY;
		if (n->flags & NFHA_NEIGH_GONE)
			nfha_neigh_del(ns, n);
	}
	spin_unlock_bh(&ns->lock);
}

/**
 * nfha_neigh_acked - a frame arrived
 * @repl: instance
 * @sent: what it carried and what did not change since
 *
 * Context: link worker.
 */
void nfha_neigh_acked(struct nfha_repl *repl, struct list_head *sent)
{
	nfha_neigh_settle(&repl->neighs, sent);
}

/**
 * nfha_neigh_lost - a frame is given up: what it carried is dirty again
 * @repl: instance
 * @sent: what it carried and what did not change since
 *
 * Context: link worker.
 */
void nfha_neigh_lost(struct nfha_repl *repl, struct list_head *sent)
{
	struct nfha_neighs *ns = &repl->neighs;
	struct nfha_neigh *n, *tmp;

	spin_lock_bh(&ns->lock);
	list_for_each_entry_safe(n, tmp, sent, link) {
		nfha_neigh_set_dirty(ns, n);
		nfha_count(repl->nn, TX_REDIRTIED);
		nfha_count_kind(repl->nn, nfha_neigh_kind(n->key.family), XERR);
	}
	spin_unlock_bh(&ns->lock);
}

/**
 * nfha_neigh_discard - nothing is sent any more: forget what is dirty
 * @repl: instance; no frame is in flight
 *
 * Entries stay: they are older than any generation that comes now.
 * Context: link worker.
 */
void nfha_neigh_discard(struct nfha_repl *repl)
{
	nfha_neigh_settle(&repl->neighs, &repl->neighs.dirty);
}

/* The data interface that has an active address. RCU read side; NULL: none. */
static const struct nfha_iface *nfha_neigh_iface(const struct nfha_iface_set *set, u8 family,
						 const struct in6_addr *addr)
{
	const struct nfha_iface *iface;
	unsigned int i;

	nfha_for_each_iface(iface, set) {
		for (i = 0; iface->type == NFHA_IFACE_DATA && i < iface->num_pairs; i++)
			if (iface->pairs[i].family == family &&
			    ipv6_addr_equal(&iface->pairs[i].active, addr))
				return iface;
	}
	return NULL;
}

/* Is there room? What is left of an older generation makes some. */
static struct nfha_neigh *nfha_neigh_make(struct nfha_repl *repl, const struct nfha_neigh_key *key)
{
	struct nfha_neighs *ns = &repl->neighs;
	unsigned int i;

	lockdep_assert_held(&ns->lock);
	for (i = 0; list_empty(&ns->free) && i < ns->size; i++)
		if (ns->entries[i].epoch != repl->rx.epoch && list_empty(&ns->entries[i].link))
			nfha_neigh_del(ns, &ns->entries[i]);
	return nfha_neigh_add(ns, key);
}

/* Keep what the peer said of @key. Returns false when it was no news, or there is no room. */
static bool nfha_neigh_keep(struct nfha_repl *repl, const struct nfha_neigh_key *key,
			    const u8 *lladdr, u64 version, u64 seq)
{
	struct nfha_neighs *ns = &repl->neighs;
	struct nfha_neigh *n;
	bool kept = false;

	spin_lock_bh(&ns->lock);
	n = nfha_neigh_find(ns, key);
	if (n && n->epoch == repl->rx.epoch && version <= n->version) {
		nfha_count(repl->nn, RX_STALE);
		goto unlock;
	}
	n = n ?: nfha_neigh_make(repl, key);
	if (!n) {
		nfha_count(repl->nn, NEIGH_FULL);
		nfha_count_kind(repl->nn, nfha_neigh_kind(key->family), RERR);
		goto unlock;
	}
	list_del_init(&n->link);
	n->epoch = repl->rx.epoch;
	n->version = version;
	n->flags = 0;
	if (lladdr) {
		ether_addr_copy(n->lladdr, lladdr);
	} else {
		n->flags = NFHA_NEIGH_GONE;
		n->tomb_seq = seq;
		list_add_tail(&n->link, &ns->tombs);
	}
	nfha_count_kind(repl->nn, nfha_neigh_kind(key->family), RCV);
	kept = true;
unlock:
	spin_unlock_bh(&ns->lock);
	return kept;
}

/* Make it an entry of the kernel's, unless the kernel has a better one. RCU read side. */
static void nfha_neigh_install_one(struct nfha_net *nn, const struct nfha_neigh_key *key,
				   const u8 *lladdr)
{
	const struct nfha_iface_set *set = rcu_dereference(nn->ifaces.set);
	struct net_device *dev = rcu_dereference(set->iface[key->iface].dev);
	struct neigh_table *tbl = nfha_neigh_table(key->family);
	struct neighbour *neigh;
	int err = -ENETDOWN;

	if (tbl && nfha_iface_status(dev) == NFHA_IFACE_UP) {
		neigh = __neigh_lookup_errno(tbl, &key->addr, dev);
		err = PTR_ERR_OR_ZERO(neigh);
		if (!err) {
			/* Without a flag: a valid entry with another address stays. */
			err = neigh_update(neigh, lladdr, NUD_STALE, 0, 0);
			neigh_release(neigh);
		}
	}
	if (err)
		nfha_count(nn, NEIGH_ERRORS);
	else
		nfha_count(nn, NEIGH_INSTALLED);
}

/**
 * nfha_neigh_receive - NFHA_REC_NEIGH_STATE or NFHA_REC_NEIGH_DELETE arrived
 * @repl: instance
 * @h: header of the record
 * @body: what follows the header
 * @version: of the record
 * @seq: number of its frame
 *
 * What this unit does not take is counted.
 * Context: link worker. Return: 0, or -EINVAL: malformed.
 */
int nfha_neigh_receive(struct nfha_repl *repl, const struct nfha_rec_hdr *h,
		       struct nfha_cursor *body, u64 version, u64 seq)
{
	bool gone = h->type == NFHA_REC_NEIGH_DELETE;
	const struct nfha_iface_set *set;
	const struct nfha_iface *iface;
	struct nfha_neigh_key key = {};
	struct nfha_record_neigh rec;
	int err;

	err = nfha_record_neigh_parse(h, body, &rec);
	if (err)
		return err;
	rcu_read_lock();
	set = rcu_dereference(repl->nn->ifaces.set);
	iface = nfha_neigh_iface(set, rec.iface_family, &rec.iface_addr);
	if (!iface || nfha_neigh_is_pair(repl->nn, rec.family, &rec.addr)) {
		nfha_count(repl->nn, NEIGH_REFUSED);
		nfha_count_kind(repl->nn, nfha_neigh_kind(rec.family), RERR);
		goto unlock;
	}
	key.addr = rec.addr;
	key.family = rec.family;
	key.iface = iface - set->iface;
	/* Staged, the installation may be over already. */
	if (nfha_neigh_keep(repl, &key, gone ? NULL : rec.lladdr, version, seq) && !gone &&
	    READ_ONCE(repl->role) == NFHA_ROLE_STAGED)
		nfha_neigh_install_one(repl->nn, &key, rec.lladdr);
unlock:
	rcu_read_unlock();
	return 0;
}

/**
 * nfha_neigh_tombs_free - forget deleted entries that no older record can revive
 * @repl: instance
 * @settled: frames up to this number do not come any more
 *
 * Context: link worker.
 */
void nfha_neigh_tombs_free(struct nfha_repl *repl, u64 settled)
{
	struct nfha_neighs *ns = &repl->neighs;
	struct nfha_neigh *n, *tmp;

	spin_lock_bh(&ns->lock);
	list_for_each_entry_safe(n, tmp, &ns->tombs, link) {
		if (n->tomb_seq > settled)
			break;
		nfha_neigh_del(ns, n);
	}
	spin_unlock_bh(&ns->lock);
}

/**
 * nfha_neigh_purge - forget what is older than the generation that was received
 * @repl: instance
 *
 * Context: link worker.
 */
void nfha_neigh_purge(struct nfha_repl *repl)
{
	struct nfha_neighs *ns = &repl->neighs;
	struct nfha_neigh *n;
	unsigned int i;

	for (i = 0; i < ns->size; i++) {
		n = &ns->entries[i];
		spin_lock_bh(&ns->lock);
		if (nfha_neigh_is_used(n) && n->epoch != repl->rx.epoch && list_empty(&n->link))
			nfha_neigh_del(ns, n);
		spin_unlock_bh(&ns->lock);
	}
}

static bool nfha_neigh_copy(struct nfha_neighs *ns, const struct nfha_neigh *n,
			    struct nfha_neigh_key *key, u8 *lladdr)
{
	bool live;

	spin_lock_bh(&ns->lock);
	live = nfha_neigh_is_used(n) && !(n->flags & NFHA_NEIGH_GONE);
	if (live) {
		*key = n->key;
		ether_addr_copy(lladdr, n->lladdr);
	}
	spin_unlock_bh(&ns->lock);
	return live;
}

/**
 * nfha_neigh_install - the MAC addresses are those of the active unit: its neighbours
 *	become this unit's
 * @nn: instance; nn->lock held; the gate is shut
 *
 * Context: may sleep, no rtnl.
 */
void nfha_neigh_install(struct nfha_net *nn)
{
	struct nfha_repl *repl = nn->repl;
	u8 lladdr[ETH_ALEN] __aligned(2);
	struct nfha_neigh_key key;
	unsigned int i;

	lockdep_assert_held(&nn->lock);
	for (i = 0; repl && i < repl->neighs.size; i++) {
		if (i % NFHA_NEIGH_SLICE == 0)
			cond_resched();
		if (!nfha_neigh_copy(&repl->neighs, &repl->neighs.entries[i], &key, lladdr))
			continue;
		rcu_read_lock();
		nfha_neigh_install_one(nn, &key, lladdr);
		rcu_read_unlock();
	}
}
