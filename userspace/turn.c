// SPDX-License-Identifier: GPL-2.0-or-later
/* turn.c - the moves of the election */
#include "turn.h"

void turn_note(struct fsm_actions *out, const char *text)
{
	if (out->notes < FSM_NOTES_MAX)
		out->note[out->notes++] = text;
}

void turn_send(struct fsm_actions *out, int path, uint32_t flags, uint64_t echo)
{
	if (out->sends < FSM_SENDS_MAX)
		out->send[out->sends++] = (struct fsm_send){ path, flags, echo };
}

void turn_role(struct fsm *s, uint8_t role, bool wait_release)
{
	s->role_want = (struct fsm_role){ .role = role, .term = s->term,
					  .wait_release = wait_release };
	s->role_waiting = true;
	s->asked_ns = 0;
}

void turn_reply(struct fsm *s, struct fsm_actions *out, enum fsm_reply how, const char *text)
{
	out->reply = how;
	out->reply_text = text;
	if (s->command != FSM_CMD_STOP && s->command != FSM_CMD_RESTART)
		s->command = FSM_CMD_NONE;
}

void turn_become(struct fsm *s, enum fsm_state state, const char *reason, uint64_t now,
		   struct fsm_actions *out)
{
	if (!out->changed)
		out->from = s->state;
	out->changed = true;
	out->to = state;
	out->reason = reason;
	if (s->state == FSM_ACTIVE)
		s->active_total_ns += now - s->since_ns;
	if ((s->state == FSM_ACTIVE || state == FSM_ACTIVE) && s->state != FSM_NEGOTIATION)
		out->failover = true;
	/* A staged unit still counts the silence of the active one. */
	if (state != FSM_STAGED)
		s->ref_ns = now;
	s->state = state;
	s->since_ns = now;
	s->asked_ns = 0;
	s->adopted = false;
}

static uint32_t next_term(const struct fsm *s)
{
	return s->max_term == UINT32_MAX ? UINT32_MAX : s->max_term + 1;
}

void turn_take(struct fsm *s, const char *reason, uint64_t now, struct fsm_actions *out)
{
	if (s->state != FSM_NEGOTIATION && s->command != FSM_CMD_ACTIVE)
		health_moved(&s->health, now);
	if (s->state != FSM_STAGED)
		s->term = next_term(s);
	s->max_term = s->term > s->max_term ? s->term : s->max_term;
	s->count.takeovers++;
	if (s->command == FSM_CMD_NO_ACTIVE)
		turn_reply(s, out, FSM_REPLY_REFUSED, "the other unit did not take over: this one is active");
	turn_become(s, FSM_ACTIVE, reason, now, out);
	turn_role(s, NFHA_ROLE_ACTIVE, false);
}

void turn_stage(struct fsm *s, const char *reason, uint64_t now, struct fsm_actions *out)
{
	s->term = next_term(s);
	s->max_term = s->term;
	turn_become(s, FSM_STAGED, reason, now, out);
	turn_role(s, NFHA_ROLE_ACTIVE, true);
}

void turn_stand_by(struct fsm *s, const char *reason, uint64_t now, struct fsm_actions *out)
{
	if (s->state == FSM_ACTIVE)
		health_moved(&s->health, now);
	s->term = s->max_term;
	turn_become(s, FSM_STANDBY, reason, now, out);
	turn_role(s, NFHA_ROLE_STANDBY, false);
	if (s->command == FSM_CMD_ACTIVE)
		turn_reply(s, out, FSM_REPLY_REFUSED, reason);
}

void turn_fence(struct fsm *s, const char *reason, uint64_t now, struct fsm_actions *out)
{
	s->term = s->max_term;
	turn_become(s, FSM_FENCED, reason, now, out);
	turn_role(s, NFHA_ROLE_FENCED, false);
	if (s->command == FSM_CMD_ACTIVE || s->command == FSM_CMD_NO_ACTIVE)
		turn_reply(s, out, FSM_REPLY_REFUSED, reason);
}

void turn_leave_now(struct fsm *s, uint64_t now, struct fsm_actions *out)
{
	turn_become(s, FSM_LEAVING, "told to stop", now, out);
	s->role_waiting = false;
	turn_send(out, FSM_PATH_LINKS, 0, s->peer.nonce);
	turn_send(out, FSM_PATH_DATA, 0, s->peer.nonce);
	out->reply = FSM_REPLY_DONE;
	out->exit = true;
}

void turn_leave(struct fsm *s, uint64_t now, struct fsm_actions *out)
{
	if (s->state != FSM_ACTIVE && s->state != FSM_STAGED)
		turn_leave_now(s, now, out);
	else if (fsm_last_role(s)->role != NFHA_ROLE_FENCED)
		turn_role(s, NFHA_ROLE_FENCED, false);
}

/*
 * The lease is renewed for hellos that the peer takes for fresh: its hold goes on otherwise.
 * A helper that has just started has to hear it first, for a poll at most; and the first
 * such hello ends what the peer may have agreed to for the restart, so the lease goes with it.
 */
void turn_renew(struct fsm *s, bool tick, uint64_t now, struct fsm_actions *out)
{
	bool fresh = false;

	for (unsigned int i = 0; i < out->sends; i++)
		fresh |= out->send[i].echo != 0;
	if (!s->adopted)
		out->renew |= tick;
	else
		out->renew |= fresh || (tick && now - s->start_ns >= s->conf.poll_ns);
	s->adopted &= !out->renew;
}
