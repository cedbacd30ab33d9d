// SPDX-License-Identifier: GPL-2.0
/*
 * http.c - connections that are not replicated (13-22)
 *
 * The active unit decides: what it leaves out it neither sends nor adds up, and when
 * asked says that it is gone. A standby needs no list for that, so that a change of
 * the list is no matter of both units at the same moment: the active unit's sweep finds
 * what has to be sent from now on, or to be taken back.
 */
#include <linux/slab.h>

#include "http.h"
#include "nfha.h"
#include "table.h"

/**
 * struct nfha_http - the list in use
 * @rcu: frees it
 * @conf: the list
 */
struct nfha_http {
	struct rcu_head		rcu;
	struct nfha_http_conf	conf;
};

/**
 * nfha_http_set - leave connections to these ports out from now on
 * @nn: instance; nn->lock held
 * @conf: copied
 *
 * Context: may sleep. Return: 0, or -ENOMEM: nothing has changed.
 */
int nfha_http_set(struct nfha_net *nn, const struct nfha_http_conf *conf)
{
	struct nfha_http *http, *old;

	lockdep_assert_held(&nn->lock);
	if (!conf->num) {
		nfha_http_clear(nn);
		return 0;
	}
	http = kmalloc(sizeof(*http), GFP_KERNEL_ACCOUNT);
	if (!http)
		return -ENOMEM;
	http->conf = *conf;
	old = rcu_replace_pointer(nn->http, http, lockdep_is_held(&nn->lock));
	if (old)
		kfree_rcu(old, rcu);
	return 0;
}

/**
 * nfha_http_clear - leave nothing out
 * @nn: instance; nn->lock held
 *
 * Context: any that may hold nn->lock.
 */
void nfha_http_clear(struct nfha_net *nn)
{
	struct nfha_http *old;

	lockdep_assert_held(&nn->lock);
	old = rcu_replace_pointer(nn->http, NULL, lockdep_is_held(&nn->lock));
	if (old)
		kfree_rcu(old, rcu);
}

/**
 * nfha_http_is_left_out - does an active unit keep this connection for itself
 * @nn: instance
 * @key: connection
 *
 * Context: RCU read side. Return: true when it is not replicated.
 */
bool nfha_http_is_left_out(const struct nfha_net *nn, const struct nfha_key *key)
{
	const struct nfha_http *http;
	unsigned int i;

	if (key->proto != IPPROTO_TCP)
		return false;
	http = rcu_dereference(nn->http);
	for (i = 0; http && i < http->conf.num; i++)
		if (http->conf.port[i] == ntohs(key->dport))
			return true;
	return false;
}
