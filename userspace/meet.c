// SPDX-License-Identifier: GPL-2.0-or-later
/* meet.c - what a fresh hello of the other unit means for this one's role */
#include "meet.h"
#include "turn.h"

static int rank(enum fsm_state state)
{
	static const int ranks[] = {
		[FSM_LEAVING] = 0, [FSM_FAILED] = 1, [FSM_NEGOTIATION] = 2,
		[FSM_FENCED] = 3, [FSM_STANDBY] = 4, [FSM_STAGED] = 5, [FSM_ACTIVE] = 6,
	};

	return ranks[state];
}

bool meet_is_present(const struct fsm *s, uint64_t now)
{
	return now - s->tick_ns <= 2 * s->conf.poll_ns;
}

/* Ours is the right, where both units claim the same. */
static bool wins(const struct fsm *s, int64_t mine, int64_t peers)
{
	return mine != peers ? mine > peers : s->conf.unit == NFHA_UNIT_PRIMARY;
}

/*
 * Barred, a unit says Failed, and afterwards its rank is another one: the other unit has heard
 * of that, or has become active and said so, before this one acts on it.
 */
static bool is_known(const struct fsm *s, uint64_t now)
{
	return !s->barred_ns || now >= s->barred_ns + 2 * s->conf.poll_ns;
}

bool meet_is_able(struct fsm *s, struct fsm_actions *out)
{
	bool isolated = health_is_isolated(&s->health);

	if (isolated && !s->isolated)
		turn_note(out, "no monitored interface works: not taking over");
	s->isolated = isolated;
	return !isolated;
}

/*
 * @again: the other unit came back, or was active, too: its frames may have drawn
 * the switches' attention.
 */
static void meet_as_active(struct fsm *s, bool again, uint64_t now, struct fsm_actions *out)
{
	const struct peer *p = &s->peer;

	if (p->state == FSM_ACTIVE && !wins(s, s->term, p->term)) {
		turn_stand_by(s, "the other unit is active by the higher right", now, out);
	} else if (p->state == FSM_STAGED && p->term > s->term && !fsm_is_releasing(s)) {
		turn_note(out, "the other unit takes over: flushing, then shutting the gate");
		turn_role(s, NFHA_ROLE_STANDBY, false);
		s->role_want.term = p->term;
		s->role_want.release = s->conf.stateful;
		/* Done before the other unit could take our silence for death. */
		s->role_want.flush_ms = (uint32_t)min_size(s->conf.hold_ns / NS_PER_MS / 2,
							   FSM_FLUSH_MS);
	} else if (fsm_is_releasing(s)) {
		return;
	} else if (p->state != FSM_ACTIVE && p->state != FSM_STAGED && p->term > s->term) {
		/* Left by a handover that failed; the other unit's module refuses a lower one. */
		turn_note(out, "staying active, in the term that the other unit gave up");
		s->term = p->term;
		turn_role(s, NFHA_ROLE_ACTIVE, false);
	} else if (again) {
		turn_note(out, "announcing the active addresses again");
		turn_role(s, NFHA_ROLE_ACTIVE, false);
	}
}

static void meet_as_staged(struct fsm *s, uint64_t now, struct fsm_actions *out)
{
	const struct peer *p = &s->peer;

	if (p->state == FSM_ACTIVE) {
		/* With a lower term it is about to release. */
		if (!wins(s, s->term, p->term))
			turn_stand_by(s, "the other unit is active by the higher right", now, out);
	} else if (p->state == FSM_STAGED && !wins(s, s->term, p->term)) {
		turn_stand_by(s, "the other unit takes over by the higher right", now, out);
	} else if (meet_is_present(s, now)) {
		turn_take(s, "the other unit has shut its gate", now, out);
	}
}

static void meet_as_waiting(struct fsm *s, bool reborn, uint64_t now, struct fsm_actions *out)
{
	const struct peer *p = &s->peer;

	if (p->state == FSM_ACTIVE) {
		s->ref_ns = now;
		if (now < s->barred_ns)
			return;
		if (s->state == FSM_NEGOTIATION || s->state == FSM_FENCED)
			turn_stand_by(s, "the other unit is active", now, out);
		else if (s->state == FSM_STANDBY && p->flags & NFHA_HELLO_F_TAKE)
			turn_stage(s, p->flags & NFHA_HELLO_F_FAILING ?
			      "too many interfaces of the other unit failed" :
			      "the other unit hands over", now, out);
	} else if (p->state != FSM_STAGED && wins(s, rank(s->state), rank(p->state)) &&
		   is_known(s, now) && meet_is_present(s, now) && meet_is_able(s, out)) {
		turn_take(s, "no unit is active, and this one has the right", now, out);
	} else if (reborn || now < s->barred_ns) {
		/* It has the right, or we are not able: let it, for one hold. */
		s->ref_ns = now;
	}
}

void meet(struct fsm *s, bool reborn, bool again, uint64_t now, struct fsm_actions *out)
{
	switch (s->state) {
	case FSM_ACTIVE:
		meet_as_active(s, again, now, out);
		break;
	case FSM_STAGED:
		meet_as_staged(s, now, out);
		break;
	case FSM_NEGOTIATION:
	case FSM_STANDBY:
	case FSM_FENCED:
	case FSM_FAILED:
		/* A stopping unit stays what it is until it leaves. */
		if (s->command != FSM_CMD_STOP)
			meet_as_waiting(s, reborn, now, out);
		break;
	case FSM_LEAVING:
		break;
	}
	if (s->peer.state != FSM_ACTIVE || (s->state != FSM_STANDBY && s->state != FSM_FAILED))
		return;
	if (s->command == FSM_CMD_NO_ACTIVE)
		turn_reply(s, out, FSM_REPLY_DONE, "the other unit is active");
	else if (s->command == FSM_CMD_STOP)
		turn_leave(s, now, out);
}
