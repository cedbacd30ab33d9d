// SPDX-License-Identifier: GPL-2.0-or-later
/* state.c - the state of the election: its beginning, its names, what hellos say of it */
#include "pause.h"

static const char *const state_names[] = {
	[FSM_NEGOTIATION] = "Negotiation",
	[FSM_STANDBY]	= "Standby",
	[FSM_ACTIVE]	= "Active",
	[FSM_STAGED]	= "Standby",
	[FSM_FENCED]	= "Failed",
	[FSM_FAILED]	= "Failed",
	[FSM_LEAVING]	= "Leaving",
};

const char *fsm_state_name(enum fsm_state state)
{
	return (unsigned int)state < ARRAY_SIZE(state_names) ? state_names[state] : "Unknown";
}

uint64_t fsm_active_ns(const struct fsm *s, uint64_t now_ns)
{
	return s->active_total_ns + (s->state == FSM_ACTIVE ? now_ns - s->since_ns : 0);
}

void fsm_init(struct fsm *s, const struct fsm_conf *conf, uint8_t role, uint32_t term,
	      uint64_t now)
{
	static const enum fsm_state adopted[] = {
		[NFHA_ROLE_NONE] = FSM_NEGOTIATION,
		[NFHA_ROLE_NEGOTIATION] = FSM_NEGOTIATION,
		[NFHA_ROLE_STANDBY] = FSM_STANDBY,
		[NFHA_ROLE_STAGED] = FSM_STAGED,
		[NFHA_ROLE_ACTIVE] = FSM_ACTIVE,
		[NFHA_ROLE_FENCED] = FSM_FENCED,
	};

	memset(s, 0, sizeof(*s));
	s->conf = *conf;
	s->state = adopted[role];
	s->role_now.role = role;
	s->role_now.term = term;
	s->term = term;
	s->max_term = term;
	s->since_ns = now;
	s->ref_ns = now;
	s->start_ns = now;
	s->tick_ns = now;
	s->ready = !conf->stateful;
	s->adopted = role == NFHA_ROLE_ACTIVE || role == NFHA_ROLE_STAGED;
	health_init(&s->health, &conf->health, now);
}

void fsm_hello(struct fsm *s, const struct fsm_send *send, unsigned int path, uint64_t now,
	       struct fsm_hello *h)
{
	/* Shut, and not able to open: the other unit need not wait for this one. */
	bool failed = s->state == FSM_FENCED && now < s->barred_ns;
	int link = fsm_link(&s->conf, path);
	uint32_t flags = send->flags;

	if (s->state == FSM_ACTIVE && !fsm_is_releasing(s) &&
	    (s->command == FSM_CMD_NO_ACTIVE || s->command == FSM_CMD_STOP || s->shedding))
		flags |= NFHA_HELLO_F_TAKE;
	if (health_is_failing(&s->health))
		flags |= NFHA_HELLO_F_FAILING;
	if (health_is_isolated(&s->health))
		flags |= NFHA_HELLO_F_ISOLATED;
	if (s->state_link)
		flags |= NFHA_HELLO_F_STATE_LINK;
	if (s->ready && s->conf.stateful && s->state == FSM_STANDBY)
		flags |= NFHA_HELLO_F_SYNCED;
	*h = (struct fsm_hello){
		.unit = s->conf.unit,
		.state = failed ? NFHA_HELLO_FAILED : (uint8_t)s->state,
		.flags = flags,
		.term = s->term,
		.nonce = s->conf.nonce,
		.peer_nonce = send->echo,
		.counter = ++s->counter,
		.poll_ms = (uint32_t)(s->conf.poll_ns / NS_PER_MS),
		.hold_ms = (uint32_t)(s->conf.hold_ns / NS_PER_MS),
		.active_s = (uint32_t)(fsm_active_ns(s, now) / NS_PER_S),
	};
	pause_say(s, now, h);
	if (link >= 0)
		rtt_stamp(&s->rtt[link], now, h);
	s->count.hellos_sent++;
}
