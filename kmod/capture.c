// SPDX-License-Identifier: GPL-2.0
/*
 * capture.c - hears of new, changed and ended connections
 *
 * Conntrack has one event notifier per namespace. nf_conntrack_netlink takes it,
 * so ours goes in front and calls the one it found. That module sets the pointer
 * when it is loaded (and warns when it is not NULL) and clears it when it is
 * unloaded: a module notifier steps aside and comes back.
 */
#include <linux/module.h>
#include <linux/netfilter_ipv6.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_labels.h>
#include <net/netfilter/nf_nat.h>

#include "http.h"
#include "nfha.h"
#include "purge.h"
#include "repl_inst.h"

/* Protects nfha_captures and the hooks' pointers. Innermost mutex. */
static DEFINE_MUTEX(nfha_capture_lock);
static LIST_HEAD(nfha_captures);

/**
 * nfha_capture_wants - is this connection shared with the peer
 * @nn: instance
 * @key: connection
 *
 * Not shared: the host's own (loopback, to itself, standby and link addresses).
 *
 * Context: RCU read side. Return: true when it is replicated.
 */
bool nfha_capture_wants(const struct nfha_net *nn, const struct nfha_key *key)
{
	if (!memcmp(&key->src, &key->dst, sizeof(key->src)))
		return false;
	if (key->family == AF_INET) {
		if (ipv4_is_loopback(key->src.ip) || ipv4_is_loopback(key->dst.ip))
			return false;
	} else if (ipv6_addr_loopback(&key->src.in6) || ipv6_addr_loopback(&key->dst.in6)) {
		return false;
	}
	return !nfha_iface_is_own(nn, key->family, &key->src.in6) &&
	       !nfha_iface_is_own(nn, key->family, &key->dst.in6);
}

/**
 * nfha_capture_sends - does an active unit tell the peer of this connection
 * @nn: instance
 * @key: connection
 *
 * Context: RCU read side. Return: false for what is not shared, and for what the
 * configuration leaves out.
 */
bool nfha_capture_sends(const struct nfha_net *nn, const struct nfha_key *key)
{
	return nfha_capture_wants(nn, key) && !nfha_http_is_left_out(nn, key);
}

/**
 * nfha_capture_keep_masq - let a masqueraded connection outlive its address here
 * @nn: instance
 * @ct: connection
 *
 * When an address leaves an interface the kernel deletes the connections that
 * are masqueraded to it, found by masq_index. A managed address leaves when this
 * unit becomes standby, and the connections have to stay. The kernel writes the
 * field while it handles the first packet and then only reads it: a plain write
 * is fine.
 *
 * Context: RCU read side; @ct cannot go away.
 */
void nfha_capture_keep_masq(const struct nfha_net *nn, struct nf_conn *ct)
{
#if IS_ENABLED(CONFIG_NF_NAT_MASQUERADE)
	struct nf_conn_nat *nat = nfct_nat(ct);
	const struct nf_conntrack_tuple *reply;

	if (!nat || !READ_ONCE(nat->masq_index))
		return;
	reply = nf_ct_tuple(ct, IP_CT_DIR_REPLY);
	if (nfha_iface_is_managed(nn, reply->src.l3num, &reply->dst.u3.in6))
		WRITE_ONCE(nat->masq_index, 0);
#endif
}

static enum nfha_haste nfha_capture_haste(const struct nf_conn *ct, unsigned int events)
{
	/* Both sides speak: from now on its loss would be felt. What comes before it changes soon. */
	if (events & 1 << IPCT_ASSURED && nf_ct_protonum(ct) == IPPROTO_TCP)
		return NFHA_HASTE_NOW;
	if (events & (1 << IPCT_NEW | 1 << IPCT_RELATED | 1 << IPCT_REPLY | 1 << IPCT_ASSURED |
		      1 << IPCT_DESTROY))
		return NFHA_HASTE_FAST;
	/* Racy read: a state that just changes brings its own event. */
	if (nf_ct_protonum(ct) == IPPROTO_TCP &&
	    READ_ONCE(ct->proto.tcp.state) <= TCP_CONNTRACK_ESTABLISHED)
		return NFHA_HASTE_FAST;
	return NFHA_HASTE_SLOW;
}

/* The link worker's own changes on a unit that is not active are no news. */
static bool nfha_capture_is_own(const struct nfha_repl *repl)
{
	return !READ_ONCE(repl->capture) && current_work() == &repl->link.work;
}

static void nfha_capture_event(struct nfha_repl *repl, unsigned int events, struct nf_conn *ct)
{
	struct nfha_key key;

	if (events & (1 << IPCT_NEW | 1 << IPCT_RELATED))
		nfha_capture_keep_masq(repl->nn, ct);
	if (nfha_capture_is_own(repl))
		return;
	nfha_key_of(ct, &key);
	if (!READ_ONCE(repl->capture)) {
		if (nfha_purge_is_shared(repl, &key))
			nfha_digest_stir(repl);
		return;
	}
	if (events & (1 << IPCT_NEW | 1 << IPCT_RELATED) &&
	    nfha_http_is_left_out(repl->nn, &key) && nfha_capture_wants(repl->nn, &key))
		nfha_count(repl->nn, TX_HTTP);
	nfha_mark(repl, &key,
		  events & 1 << IPCT_DESTROY ? NFHA_MARK_GONE : NFHA_MARK_CHANGED,
		  nfha_capture_haste(ct, events), 0);
}

/* Both called under rcu_read_lock(). */
static int nfha_ct_event(unsigned int events, const struct nf_ct_event *item)
{
	struct nfha_repl *repl = READ_ONCE(nfha_pernet(nf_ct_net(item->ct))->repl);
	const struct nf_ct_event_notifier *next;

	if (!repl)
		return 0;
	nfha_capture_event(repl, events, item->ct);
	next = rcu_dereference(repl->capturing.next);
	return next ? next->ct_event(events, item) : 0;
}

/* The expectations of a connection travel with it. */
static void nfha_capture_expect(struct nfha_repl *repl, const struct nf_conn *master)
{
	struct nfha_key key;

	if (!nf_ct_is_confirmed(master) || nf_ct_is_dying(master) || nfha_capture_is_own(repl))
		return;
	nfha_key_of(master, &key);
	if (!nfha_capture_sends(repl->nn, &key))
		return;
	if (!READ_ONCE(repl->capture))
		nfha_digest_stir(repl);
	else
		nfha_mark(repl, &key, NFHA_MARK_CHANGED, NFHA_HASTE_FAST, 0);
}

/* Called with nf_conntrack_expect_lock held, too. */
static int nfha_exp_event(unsigned int events, const struct nf_exp_event *item)
{
	struct nfha_repl *repl = READ_ONCE(nfha_pernet(nf_ct_net(item->exp->master))->repl);
	const struct nf_ct_event_notifier *next;

	if (!repl)
		return 0;
	nfha_capture_expect(repl, item->exp->master);
	next = rcu_dereference(repl->capturing.next);
	return next ? next->exp_event(events, item) : 0;
}

static const struct nf_ct_event_notifier nfha_notifier = {
	.ct_event	= nfha_ct_event,
	.exp_event	= nfha_exp_event,
};

#define nfha_event_cb(net) \
	((struct nf_ct_event_notifier __force **)&(net)->ct.nf_conntrack_event_cb)

static void nfha_capture_hook(struct nfha_repl *repl)
{
	struct nfha_capture *cap = &repl->capturing;
	struct nf_ct_event_notifier *found, **cb = nfha_event_cb(repl->net);

	lockdep_assert_held(&nfha_capture_lock);
	do {
		found = READ_ONCE(*cb);
		if (found == &nfha_notifier)
			return;
		/* Whoever calls ours then finds the right one to go on with. */
		rcu_assign_pointer(cap->next, found);
	} while (cmpxchg(cb, found, (struct nf_ct_event_notifier *)&nfha_notifier) != found);
}

static void nfha_capture_unhook(struct nfha_repl *repl)
{
	struct nfha_capture *cap = &repl->capturing;
	const struct nf_ct_event_notifier *next;

	lockdep_assert_held(&nfha_capture_lock);
	next = rcu_dereference_protected(cap->next, lockdep_is_held(&nfha_capture_lock));
	/* Fails when somebody replaced ours; then there is nothing to take out. */
	cmpxchg(nfha_event_cb(repl->net), (struct nf_ct_event_notifier *)&nfha_notifier,
		(struct nf_ct_event_notifier *)next);
}

/**
 * nfha_capture_check - put back what somebody else changed
 * @repl: instance
 *
 * Entries made while events were off are found by the sweep.
 *
 * Context: may sleep; about once a second.
 */
void nfha_capture_check(struct nfha_repl *repl)
{
	struct nfha_capture *cap = &repl->capturing;

	mutex_lock(&nfha_capture_lock);
	if (!cap->started)
		goto out;
	if (!cap->paused && READ_ONCE(*nfha_event_cb(repl->net)) != &nfha_notifier) {
		nfha_capture_hook(repl);
		nfha_count(repl->nn, HOOK_REWRAPPED);
	}
	if (READ_ONCE(repl->net->ct.sysctl_events) != 1)
		WRITE_ONCE(repl->net->ct.sysctl_events, 1);
out:
	mutex_unlock(&nfha_capture_lock);
}

static int nfha_capture_module(struct notifier_block *nb, unsigned long state, void *data)
{
	const struct module *mod = data;
	struct nfha_capture *cap;
	struct nfha_repl *repl;

	if (strcmp(mod->name, "nf_conntrack_netlink"))
		return NOTIFY_DONE;

	mutex_lock(&nfha_capture_lock);
	list_for_each_entry(cap, &nfha_captures, list) {
		repl = container_of(cap, struct nfha_repl, capturing);
		/*
		 * COMING: before its init, which expects no notifier.
		 * LIVE: after its init. GOING: after its exit, which cleared
		 * the pointer, or after a failed init.
		 */
		if (state == MODULE_STATE_COMING) {
			cap->paused = true;
			nfha_capture_unhook(repl);
		} else if (state == MODULE_STATE_LIVE || state == MODULE_STATE_GOING) {
			cap->paused = false;
			nfha_capture_hook(repl);
			nfha_count(repl->nn, HOOK_REWRAPPED);
		}
	}
	mutex_unlock(&nfha_capture_lock);
	return NOTIFY_OK;
}

static struct notifier_block nfha_capture_nb = {
	.notifier_call = nfha_capture_module,
};

/**
 * nfha_capture_init - at module load
 * Context: may sleep. Return: 0 or a negative error.
 */
int nfha_capture_init(void)
{
	return register_module_notifier(&nfha_capture_nb);
}

/**
 * nfha_capture_exit - at module unload; no instance is left
 * Context: may sleep.
 */
void nfha_capture_exit(void)
{
	unregister_module_notifier(&nfha_capture_nb);
}

/**
 * nfha_capture_start - hook conntrack events
 * @repl: instance; nfha_net.repl is set
 *
 * Context: may sleep. Return: 0 or a negative error.
 */
int nfha_capture_start(struct nfha_repl *repl)
{
	struct nfha_capture *cap = &repl->capturing;
	int err;

	/* Also keeps a reload of the ruleset from ending conntrack meanwhile. */
	err = nf_ct_netns_get(repl->net, NFPROTO_INET);
	if (err)
		return err;
	/* So that a replica has room for the labels that it may be given later. */
	err = nf_connlabels_get(repl->net, XT_CONNLABEL_MAXBIT);
	if (err) {
		nf_ct_netns_put(repl->net, NFPROTO_INET);
		return err;
	}

	mutex_lock(&nfha_capture_lock);
	cap->started = true;
	cap->events_was = READ_ONCE(repl->net->ct.sysctl_events);
	WRITE_ONCE(repl->net->ct.sysctl_events, 1);
	list_add_tail(&cap->list, &nfha_captures);
	nfha_capture_hook(repl);
	mutex_unlock(&nfha_capture_lock);
	return 0;
}

/**
 * nfha_capture_stop - undo nfha_capture_start
 * @repl: instance
 *
 * The caller waits for an RCU grace period before it frees anything.
 *
 * Context: may sleep.
 */
void nfha_capture_stop(struct nfha_repl *repl)
{
	struct nfha_capture *cap = &repl->capturing;

	mutex_lock(&nfha_capture_lock);
	cap->started = false;
	list_del(&cap->list);
	nfha_capture_unhook(repl);
	WRITE_ONCE(repl->net->ct.sysctl_events, cap->events_was);
	mutex_unlock(&nfha_capture_lock);
	nf_connlabels_put(repl->net);
	nf_ct_netns_put(repl->net, NFPROTO_INET);
}
