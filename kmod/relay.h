/* SPDX-License-Identifier: GPL-2.0 */
/* relay.h - in a handover, what still arrives here goes to the new active unit */
#ifndef _NFHA_RELAY_H
#define _NFHA_RELAY_H

#include <linux/skbuff.h>
#include <linux/types.h>

struct nfha_iface;
struct nfha_net;

/**
 * enum nfha_relay_state - what happens to frames for the active unit
 * @NFHA_RELAY_OFF: nothing: the gate drops them
 * @NFHA_RELAY_HOLDS: they wait for the new active unit to speak
 * @NFHA_RELAY_PASSES: they go on to it at once
 */
enum nfha_relay_state {
	NFHA_RELAY_OFF,
	NFHA_RELAY_HOLDS,
	NFHA_RELAY_PASSES,
};

/**
 * struct nfha_relay - of one data interface
 * @held: while NFHA_RELAY_HOLDS; its lock, BH off, is innermost
 * @state: enum nfha_relay_state; written under the lock of @held
 */
struct nfha_relay {
	struct sk_buff_head	held;
	u8			state;
};

/* Frames are held or passed on. A racy look, for each frame that arrives. */
static inline bool nfha_relay_is_on(const struct nfha_relay *relay)
{
	return READ_ONCE(relay->state) != NFHA_RELAY_OFF;
}

void nfha_relay_init(struct nfha_relay *relay);
void nfha_relay_begin(struct nfha_net *nn);
void nfha_relay_wait(struct nfha_net *nn, unsigned int ms);
void nfha_relay_end(struct nfha_net *nn);
void nfha_relay_stop(struct nfha_iface *iface);
bool nfha_relay_take(struct nfha_iface *iface, struct sk_buff *skb);

#endif /* _NFHA_RELAY_H */
