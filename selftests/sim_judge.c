// SPDX-License-Identifier: GPL-2.0-or-later
/* sim_judge.c - what must hold after every event of a simulation */
#include "pause.h"
#include "sim.h"

/* A unit gives up the active role without being asked only to a higher right. */
void sim_judge_loser(struct sim *s, int u, bool was_active, bool released, uint32_t term)
{
	const struct fsm *f = &s->unit[u].fsm;
	uint32_t other = s->unit[!u].high_term;

	if (f->term > s->unit[u].high_term && f->state == FSM_ACTIVE)
		s->unit[u].high_term = f->term;
	if (!was_active || released || f->state != FSM_STANDBY)
		return;
	if (other < term || (other == term && u == 0 && !s->same_unit))
		s->broken = "the lower term survived";
}

static bool path_works(const struct sim *s, unsigned int p)
{
	for (int u = 0; u < SIM_UNITS; u++) {
		const struct sim_net *net = &s->net[p][u];

		if (!sim_runs(&s->unit[u]) || net->cut || net->mute || net->loss ||
		    net->link != NFHA_IFACE_UP)
			return false;
	}
	return true;
}

static void judge_both(struct sim *s)
{
	/* Who has no peer asks for one each hold time; then it shuts its gate. */
	uint64_t limit = s->hold + 2 * s->poll + s->role_max_ms * NS_PER_MS;
	bool met = false;

	if (!s->both_since)
		s->both_since = s->met_since = s->now;
	s->both_longest = max_u64(s->both_longest, s->now - s->both_since);
	for (unsigned int p = 0; p < sim_paths(s); p++)
		met |= path_works(s, p);
	if (!met)
		s->met_since = s->now;
	if (s->now - s->met_since > limit)
		s->broken = "two active, though a path works";
	else if (s->strict && s->now > s->both_since)
		s->broken = "two active, though no path ever failed";
}

/* Could be active: it runs, and an interface of it works. */
static uint64_t able_since(const struct sim *s, int u)
{
	const struct sim_unit *unit = &s->unit[u];

	if (!sim_runs(unit) || unit->fsm.command == FSM_CMD_STOP ||
	    health_is_isolated(&unit->fsm.health))
		return s->now;
	return unit->healthy_since;
}

/*
 * How long were two gates open, or none while a unit could? The specification
 * accepts: a unit that was told to stop; one of which no interface works; one that waits
 * for a restart of the other one's helper, or would, had it not just started; a hold time
 * of silence, and as much for units that boot and wait for each other.
 */
void sim_measure(struct sim *s)
{
	uint64_t limit = 3 * s->hold + (FSM_FLUSH_MS + 200) * NS_PER_MS;
	uint64_t able = s->now;
	int active = sim_active(s);

	for (int u = 0; u < SIM_UNITS; u++) {
		if (health_is_isolated(&s->unit[u].fsm.health) ||
		    pause_runs(&s->unit[u].fsm, sim_clock(s, u)))
			s->unit[u].healthy_since = s->now;
		able = min_u64(able, able_since(s, u));
	}
	if (active == 2)
		judge_both(s);
	else
		s->both_since = 0;
	if (active >= 0)
		s->none_since = s->now;
	able = max_u64(able, s->none_since);
	s->none_longest = max_u64(s->none_longest, s->now - able);
	if (s->alive && s->now - able > limit)
		s->broken = "none active, though a unit could be";
}
