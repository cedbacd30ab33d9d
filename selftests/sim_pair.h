/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sim_pair.h - a simulated pair in its usual state, for tests by name */
#ifndef NFHA_SIM_PAIR_H
#define NFHA_SIM_PAIR_H

#include "ktap.h"
#include "sim.h"

#define MS	NS_PER_MS
#define POLL	200
#define HOLD	800
#define ALONE	NFHA_PAUSE_MS_MAX	/* until a unit that starts alone is active */

static struct sim s;

static inline enum fsm_state state(int u)
{
	return s.unit[u].fsm.state;
}

/* Both units boot; unit 0, the primary, is active soon. */
static inline void pair(bool stateful)
{
	sim_init(&s, 1, POLL, HOLD, stateful);
	sim_boot(&s, 0);
	sim_boot(&s, 1);
	sim_run(&s, 3 * HOLD * MS);
	CHECK(sim_active(&s) == 0, "active: %d", sim_active(&s));
	CHECK(state(1) == FSM_STANDBY, "%s", fsm_state_name(state(1)));
}

/* What must hold at the end of every scenario. */
static inline void settled(int active)
{
	sim_run(&s, 3 * HOLD * MS);
	CHECK(sim_active(&s) == active, "active: %d, not %d", sim_active(&s), active);
	CHECK(!s.both_longest, "two gates were open for %.3f ms", (double)s.both_longest / 1e6);
	/* A standby refuses the state of a lower term. */
	if (active >= 0 && state(!active) == FSM_STANDBY)
		CHECK(s.unit[!active].fsm.term <= s.unit[active].fsm.term, "standby in term %u, active in %u",
		      s.unit[!active].fsm.term, s.unit[active].fsm.term);
}

#endif /* NFHA_SIM_PAIR_H */
