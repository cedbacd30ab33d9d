/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pause.h - a restart of a helper, agreed with the other unit
 *
 * The one that restarts asks in its hellos; the other one says that it waits; then the
 * module's lease goes on for as long, and the helper ends. What the gate stays open for
 * counts from the first question, what the other one waits from the last that it heard.
 */
#ifndef NFHA_PAUSE_H
#define NFHA_PAUSE_H

#include "fsm.h"

/* FSM_CMD_RESTART has begun, or goes on. */
void pause_ask(struct fsm *s, uint64_t now, struct fsm_actions *out);

/* After a fresh hello was judged: does it ask, or grant? */
void pause_heard(struct fsm *s, const struct fsm_hello *h, uint64_t now,
		 struct fsm_actions *out);

/* What our hello says. */
void pause_say(const struct fsm *s, uint64_t now, struct fsm_hello *h);

/* Silence proves nothing: the other unit's helper restarts, or may do so unknown to us. */
bool pause_runs(const struct fsm *s, uint64_t now);

#endif /* NFHA_PAUSE_H */
