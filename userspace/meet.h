/* SPDX-License-Identifier: GPL-2.0-or-later */
/* meet.h - what a fresh hello of the other unit means for this one's role; a part of fsm.h */
#ifndef NFHA_MEET_H
#define NFHA_MEET_H

#include "fsm.h"

/*
 * After a stop of our own, the hellos that wait are old: a peer that was not active
 * then may be now. Only those that come after the next tick open a gate.
 */
bool meet_is_present(const struct fsm *s, uint64_t now);

/* A unit of which no interface works is of no use, and its term must not win. */
bool meet_is_able(struct fsm *s, struct fsm_actions *out);

/*
 * Decides. @reborn: the first fresh hello of another life of the peer; @again: of that, or it
 * was active and is not any more.
 */
void meet(struct fsm *s, bool reborn, bool again, uint64_t now, struct fsm_actions *out);

#endif /* NFHA_MEET_H */
