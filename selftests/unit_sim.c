// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * unit_sim.c - the election: random schedules of faults and commands
 *
 * SIM_SEED=N replays one and prints what happens in it. SIM_RUNS=N runs so many.
 */
#include <stdlib.h>

#include "ktap.h"
#include "sim.h"

static struct sim s;

enum { FAULT_NET = 1, FAULT_CRASH = 2, FAULT_PAUSE = 4, FAULT_COMMAND = 8, FAULT_ROLE = 16 };

static void random_net(void)
{
	int path = (int)sim_random(&s, SIM_PATHS + 1) - 1;
	int to = (int)sim_random(&s, SIM_UNITS + 1) - 1;

	switch (sim_random(&s, 5)) {
	case 0:
	case 1:
		sim_cut(&s, path, to, true);
		break;
	case 2:
		sim_cut(&s, path, to, false);
		break;
	case 3:
		if (path >= 0 && to >= 0)
			s.net[path][to].loss = sim_random(&s, 80);
		break;
	default:
		s.state_cut = !s.state_cut;
	}
}

static void random_unit(unsigned int faults)
{
	int u = (int)sim_random(&s, SIM_UNITS);

	switch (sim_random(&s, 8)) {
	case 0:
		if (faults & FAULT_CRASH)
			sim_crash(&s, u);
		break;
	case 1:
	case 2:
		if (!s.unit[u].up)
			sim_boot(&s, u);
		else
			sim_helper_start(&s, u);
		break;
	case 3:
		if (faults & FAULT_CRASH && s.unit[u].helper)
			sim_helper_kill(&s, u);
		break;
	case 4:
		if (faults & FAULT_PAUSE)
			sim_pause(&s, u, true);
		break;
	case 5:
	case 6:
		sim_pause(&s, u, false);
		break;
	default:
		if (faults & FAULT_COMMAND)
			sim_command(&s, u, FSM_CMD_ACTIVE + sim_random(&s, 3));
	}
}

static void heal(void)
{
	sim_cut(&s, -1, -1, false);
	for (int p = 0; p < SIM_PATHS; p++)
		for (int u = 0; u < SIM_UNITS; u++)
			s.net[p][u].loss = 0;
	s.state_cut = false;
	s.role_fail[0] = s.role_fail[1] = 0;
	for (int u = 0; u < SIM_UNITS; u++) {
		sim_pause(&s, u, false);
		if (!s.unit[u].up)
			sim_boot(&s, u);
		else if (s.unit[u].left || !s.unit[u].helper)
			sim_helper_start(&s, u);
	}
}

static bool comes_to_rest(uint64_t seed)
{
	unsigned int moves;
	int active;

	/* A stop that came last is over by now. */
	heal();
	sim_run(&s, 4 * s.hold + 2 * NS_PER_S);
	moves = s.unit[0].failovers + s.unit[1].failovers;
	active = sim_active(&s);
	sim_run(&s, 10 * s.hold);
	if ((active == 0 || active == 1) && sim_active(&s) == active &&
	    s.unit[!active].fsm.state == FSM_STANDBY &&
	    moves == s.unit[0].failovers + s.unit[1].failovers)
		return true;
	printf("# seed %llu: healed, and active is %d, then %d; units: %s, %s\n",
	       (unsigned long long)seed, active, sim_active(&s), fsm_state_name(s.unit[0].fsm.state),
	       fsm_state_name(s.unit[1].fsm.state));
	return false;
}

/*
 * One schedule. With a path that always works, never two open gates, and never none
 * for long while a unit is healthy; without, at most for a hold after a path heals;
 * healed: one active, one standby, and nothing moves any more.
 */
static bool schedule(uint64_t seed, bool trace)
{
	static const struct { unsigned int poll, hold, role; } speed[] = {
		{ 200, 800, 20 }, { 5, 15, 10 }, { 10, 30, 40 }, { 1000, 15000, 50 },
	};
	unsigned int faults, i;
	bool path_works, good = true;

	sim_init(&s, seed, 1, 3, true);
	i = sim_random(&s, ARRAY_SIZE(speed));
	sim_init(&s, seed, speed[i].poll, speed[i].hold, sim_random(&s, 3));
	s.role_max_ms = speed[i].role;
	s.trace = trace;
	faults = sim_random(&s, 32);
	path_works = !(faults & FAULT_NET);
	if (faults & FAULT_ROLE)
		s.role_fail[0] = s.role_fail[1] = 100;
	for (i = 0; i < 40; i++) {
		sim_run(&s, (uint64_t)sim_random(&s, 1000) * s.hold / 500);
		if (faults & FAULT_NET && sim_random(&s, 2))
			random_net();
		else
			random_unit(faults);
		/* A path that works: the third never fails. */
		if (sim_random(&s, 2) && !(faults & FAULT_COMMAND)) {
			sim_cut(&s, 2, -1, false);
			s.net[2][0].loss = s.net[2][1].loss = 0;
		}
	}
	if (path_works && s.both_longest) {
		printf("# seed %llu: two gates open for %.3f ms\n", (unsigned long long)seed,
		       (double)s.both_longest / 1e6);
		good = false;
	}
	if (path_works && !s.role_fail[0] &&
	    s.none_longest > 3 * s.hold + (FSM_FLUSH_MS + 200) * NS_PER_MS) {
		printf("# seed %llu: no gate open for %.3f ms\n", (unsigned long long)seed,
		       (double)s.none_longest / 1e6);
		good = false;
	}
	heal();
	s.both_longest = s.both_since = 0;
	sim_run(&s, 4 * s.hold + 2 * NS_PER_S);
	if (s.both_longest > s.hold) {
		printf("# seed %llu: two gates open for %.3f ms after healing\n",
		       (unsigned long long)seed, (double)s.both_longest / 1e6);
		good = false;
	}
	return comes_to_rest(seed) && good;
}

static void schedules(void)
{
	const char *runs = getenv("SIM_RUNS"), *seed = getenv("SIM_SEED");
	uint64_t n = runs ? strtoull(runs, NULL, 10) : 3000;
	unsigned int bad = 0;

	if (seed) {
		CHECK(schedule(strtoull(seed, NULL, 10), true));
		return;
	}
	for (uint64_t i = 1; i <= n && bad < 5; i++)
		bad += !schedule(i, false);
	CHECK(!bad, "replay one with SIM_SEED=");
	printf("# %llu schedules\n", (unsigned long long)n);
}

int main(void)
{
	ktap_begin();
	TEST(schedules(), "random schedules");
	return ktap_end();
}
