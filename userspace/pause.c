// SPDX-License-Identifier: GPL-2.0-or-later
/* pause.c - a restart of a helper, agreed with the other unit */
#include "pause.h"
#include "turn.h"

#define PAUSE_NS	(NFHA_PAUSE_MS_MAX * NS_PER_MS)

/* Nothing is under way, and will not be before the answer: a change ends the question. */
static bool is_at_rest(const struct fsm *s)
{
	return !s->role_busy && !s->role_waiting &&
	       (s->state == FSM_ACTIVE || s->state == FSM_STANDBY || s->state == FSM_FAILED);
}

static void go(struct fsm *s, struct fsm_actions *out)
{
	s->away = true;
	out->exit = true;
}

void pause_ask(struct fsm *s, uint64_t now, struct fsm_actions *out)
{
	/* Once: an answer to an earlier question would be taken for one to this. */
	bool first = s->command_ns == now + FSM_ASK_MS * NS_PER_MS;

	if (s->peer.view != PEER_ALIVE || now >= s->command_ns || (!s->asked_ns && !first)) {
		turn_note(out, "the other unit does not wait for the restart: the lease ends as ever");
		s->asked_ns = 0;
		go(s, out);
	} else if (first && is_at_rest(s)) {
		s->asked_ns = now;
	}
}

/* The peer waits. */
static void granted(struct fsm *s, uint32_t ms, uint64_t now, struct fsm_actions *out)
{
	uint64_t margin = s->conf.hold_ns - fsm_lease_ns(&s->conf);
	uint64_t end = s->asked_ns + ms * NS_PER_MS;

	turn_note(out, "the other unit waits for the restart");
	/* No hello goes with it: the usual lease would end too late. */
	if (s->state == FSM_ACTIVE && end > now + margin) {
		out->renew = true;
		out->pause_ns = end - margin;
	}
	go(s, out);
}

void pause_heard(struct fsm *s, const struct fsm_hello *h, uint64_t now,
		 struct fsm_actions *out)
{
	bool active = h->state == FSM_ACTIVE || h->state == FSM_STAGED;
	bool rival = s->state == FSM_ACTIVE || s->state == FSM_STAGED;
	struct peer *p = &s->peer;

	if (h->ask_ms && !(active && rival)) {
		if (!p->pause_ns)
			turn_note(out, "the other unit restarts its helper: waiting for it");
		p->pause_ms = (uint32_t)min_size(h->ask_ms, NFHA_PAUSE_MS_MAX);
		p->pause_ns = now + p->pause_ms * NS_PER_MS;
	} else {
		p->pause_ns = 0;
	}
	if (s->asked_ns && h->grant_ms && is_at_rest(s) && !(active && rival))
		granted(s, h->grant_ms, now, out);
}

void pause_say(const struct fsm *s, uint64_t now, struct fsm_hello *h)
{
	if (s->asked_ns) {
		h->ask_ms = NFHA_PAUSE_MS_MAX;
		/* Two that ask each other would answer answers for ever. */
		if (!(h->flags & NFHA_HELLO_F_ANSWER))
			h->flags |= NFHA_HELLO_F_PROBE;
		/* One thing at a time. */
		h->flags &= ~(uint32_t)NFHA_HELLO_F_TAKE;
	}
	if (now < s->peer.pause_ns)
		h->grant_ms = s->peer.pause_ms;
}

bool pause_runs(const struct fsm *s, uint64_t now)
{
	/* A former life of ours may have granted one. */
	bool unknown = !s->peer.fresh_ns && now - s->start_ns < PAUSE_NS;

	return now < s->peer.pause_ns || unknown;
}
