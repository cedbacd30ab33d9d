/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * turn.h - the moves of the election, which fsm.c decides upon
 *
 * Each changes the state and adds to the actions of the present step; @now is its
 * time.
 */
#ifndef NFHA_TURN_H
#define NFHA_TURN_H

#include "fsm.h"

/* A line for the log. */
void turn_note(struct fsm_actions *out, const char *text);

/* A hello: see struct fsm_send. */
void turn_send(struct fsm_actions *out, int path, uint32_t flags, uint64_t echo);

/* An order to the module, in the present term; replaces one that waits. */
void turn_role(struct fsm *s, uint8_t role, bool wait_release);

/* Answers the operator, who waits no longer, but for a stop. */
void turn_reply(struct fsm *s, struct fsm_actions *out, enum fsm_reply how, const char *text);

void turn_become(struct fsm *s, enum fsm_state state, const char *reason, uint64_t now,
		 struct fsm_actions *out);

/* Becomes active without anybody's leave: no other gate is open. */
void turn_take(struct fsm *s, const char *reason, uint64_t now, struct fsm_actions *out);

/* First half of a handover: everything but the gate. */
void turn_stage(struct fsm *s, const char *reason, uint64_t now, struct fsm_actions *out);
void turn_stand_by(struct fsm *s, const char *reason, uint64_t now, struct fsm_actions *out);
void turn_fence(struct fsm *s, const char *reason, uint64_t now, struct fsm_actions *out);

/* The gate has to be shut before a hello says "leaving". */
void turn_leave(struct fsm *s, uint64_t now, struct fsm_actions *out);

/* It is shut. */
void turn_leave_now(struct fsm *s, uint64_t now, struct fsm_actions *out);

/* Renews the lease, if it is time: after everything that is to be sent is known. */
void turn_renew(struct fsm *s, bool tick, uint64_t now, struct fsm_actions *out);

#endif /* NFHA_TURN_H */
