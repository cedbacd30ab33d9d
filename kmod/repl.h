/* SPDX-License-Identifier: GPL-2.0 */
/*
 * repl.h - the seam between replication (capture, table, record, inject, link)
 * and the rest of the module (gate, addresses, netlink)
 */
#ifndef _NFHA_REPL_H
#define _NFHA_REPL_H

#include <linux/in6.h>
#include <linux/types.h>
#include <linux/nfha.h>

struct nfha_keys;
struct nfha_net;

/**
 * struct nfha_link_conf - the state link
 * @ifindex: device
 * @family: AF_INET or AF_INET6; AF_PACKET: Ethernet frames, on a data interface
 * @port: UDP port of both ends, host order
 * @clear: frames are in clear text
 * @local: this unit's address; IPv4 in @local.s6_addr32[0], a MAC address in the
 *	first bytes
 * @peer: the peer's address
 */
struct nfha_link_conf {
	int		ifindex;
	sa_family_t	family;
	u16		port;
	bool		clear;
	struct in6_addr	local;
	struct in6_addr	peer;
};

/**
 * struct nfha_repl_state - what NFHA_CMD_STATE_GET says about replication
 * Fields as the attributes NFHA_A_* and NFHA_QUEUE_A_* of the same names.
 */
struct nfha_repl_state {
	bool	peer_seen;
	u8	bulk;
	u32	dirty;
	u32	in_flight;
	u32	objects;
	u32	lag_us;
	u32	generation;
	u8	bulk_percent;
	u32	bulk_objects;
	u8	digest;
	u32	digest_ranges, digest_differ;
	u64	digest_ns;
	u32	rx_cur, rx_max;
	u32	tx_cur, tx_max;
};

/* Module load and unload: slab cache, workqueue, module notifier. */
int nfha_repl_init(void);
void nfha_repl_exit(void);

/**
 * nfha_repl_start - open the state link and hook conntrack events
 * @nn: instance; nn->lock held; sets nn->repl
 * @conf: copied
 *
 * The role is negotiation: nothing is captured, nothing is injected.
 * Context: may sleep. Return: 0 or a negative error; nothing is left behind then.
 */
int nfha_repl_start(struct nfha_net *nn, const struct nfha_link_conf *conf);

/**
 * nfha_repl_stop - undo nfha_repl_start
 * @nn: instance; nn->lock held (or the namespace is going away)
 *
 * Replicated connections stay in the conntrack table with their real timeouts.
 * Context: may sleep; no rtnl.
 */
void nfha_repl_stop(struct nfha_net *nn);

/**
 * nfha_repl_set_role - tell replication the role that now holds
 * @nn: instance; nn->lock held, except for the staged -> active step that
 *	nfha_gate_released() makes
 * @role: active: captures and sends. Anything else: stops capturing, discards
 *	what is dirty. Standby, staged: injects.
 * @term: carried in every frame
 *
 * Idempotent. Context: any (BH safe); never walks the table itself.
 */
void nfha_repl_set_role(struct nfha_net *nn, enum nfha_role role, u32 term);

/**
 * nfha_repl_flush - wait until the peer has acknowledged everything
 * @nn: instance; nn->lock held
 * @ms: at most this long
 *
 * Context: may sleep. Return: 0, -ETIMEDOUT, or -ENOTCONN without a session.
 */
int nfha_repl_flush(struct nfha_net *nn, unsigned int ms);

/**
 * nfha_repl_release - send RELEASED(term) to the peer's module, reliably
 * @nn: instance; nn->lock held; call after the gate is shut
 * @term: the term that the peer takes over with
 *
 * Returns at once; repeated until acknowledged or until the next role.
 */
void nfha_repl_release(struct nfha_net *nn, u32 term);

/**
 * nfha_repl_wait_released - wait until the peer has heard RELEASED
 * @nn: instance; nn->lock held
 * @ms: at most so long
 *
 * The caller's thread may have a real-time priority and the only processor: what
 * it goes on to do would hold up the worker that sends.
 * Context: may sleep.
 */
void nfha_repl_wait_released(struct nfha_net *nn, unsigned int ms);

/**
 * nfha_repl_resync - everything is to be sent once more
 * @nn: instance; nn->lock held
 *
 * On a standby unit: asks the peer until it begins.
 *
 * Return: 0; -EALREADY: a bulk walk is running; -ENOTCONN: no peer that takes or
 * sends state; -EPERM: neither active nor standby.
 */
int nfha_repl_resync(struct nfha_net *nn);

void nfha_repl_get_state(struct nfha_net *nn, struct nfha_repl_state *state);

/**
 * nfha_repl_keys - the keys of the state link
 * @nn: instance; nn->lock held
 *
 * Context: may sleep. Return: NULL without a state link.
 */
struct nfha_keys *nfha_repl_keys(struct nfha_net *nn);

/**
 * nfha_repl_key_used - there is a key to send with
 * @nn: instance, with a state link; nn->lock held
 *
 * Context: any.
 */
void nfha_repl_key_used(struct nfha_net *nn);

/*
 * What replication uses of the rest:
 *
 * nfha_gate_released(nn, term)	RELEASED(term) arrived; process context, no locks
 * nfha_iface_is_managed(nn, family, addr)	one of the active addresses; RCU
 * nfha_iface_is_own(nn, family, addr)	a standby or link address; RCU
 * nfha_event(nn, event, ...)	multicast (netlink.h); any context
 */

#endif /* _NFHA_REPL_H */
