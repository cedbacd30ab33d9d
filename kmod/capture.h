/* SPDX-License-Identifier: GPL-2.0 */
/* capture.h - hears of new, changed and ended connections */
#ifndef _NFHA_CAPTURE_H
#define _NFHA_CAPTURE_H

#include <linux/list.h>
#include <linux/types.h>

struct nf_conn;
struct nf_ct_event_notifier;
struct nfha_key;
struct nfha_net;
struct nfha_repl;

/**
 * struct nfha_capture - the event hook of a namespace
 * @next: the notifier that was found there, called after ours; written under
 *	nfha_capture_lock, read by events under RCU
 * @started: between nfha_capture_start() and _stop(); under nfha_capture_lock
 * @paused: nf_conntrack_netlink is being loaded; under nfha_capture_lock
 * @events_was: the sysctl nf_conntrack_events as found
 * @list: all instances, for the module notifier; under nfha_capture_lock
 */
struct nfha_capture {
	const struct nf_ct_event_notifier __rcu *next;
	bool			started;
	bool			paused;
	u8			events_was;
	struct list_head	list;
};

int nfha_capture_init(void);
void nfha_capture_exit(void);
int nfha_capture_start(struct nfha_repl *repl);
void nfha_capture_stop(struct nfha_repl *repl);
void nfha_capture_check(struct nfha_repl *repl);

bool nfha_capture_wants(const struct nfha_net *nn, const struct nfha_key *key);
bool nfha_capture_sends(const struct nfha_net *nn, const struct nfha_key *key);
void nfha_capture_keep_masq(const struct nfha_net *nn, struct nf_conn *ct);

#endif /* _NFHA_CAPTURE_H */
