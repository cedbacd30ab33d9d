// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * unit_sim.c - the election: random schedules of faults and commands
 *
 * A schedule is a list of faults that follows from its seed; it runs until the
 * elections were given SIM_STEPS events (1,000). The invariants are looked at after
 * each of them (sim.c, judge()), and at the end everything is healed and has to come to
 * rest. A schedule that fails is made shorter, and printed.
 *
 * SIM_SEED=N replays one and prints what happens in it. SIM_RUNS=N runs so many, in
 * SIM_JOBS processes, from seed SIM_FIRST (1) on.
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ktap.h"
#include "sim.h"

#define FAULTS_MAX	64
#define ROUNDS_MAX	1000

enum what {
	CUT, MEND, LOSS, TWICE, SLOW, STATE_LINK,
	CRASH, BOOT, KILL, STOP, GO, FREEZE, THAW,
	COMMAND,
	LINK, UNPLUG, PLUG, HOSTS,
	JUMP, STOP_CLOCK,
	WHATS
};

/**
 * struct fault - one line of a schedule
 * @after_ns: since the one before
 * @what: what happens
 * @unit, @path: to whom
 * @value: how much
 */
struct fault {
	uint64_t	after_ns;
	enum what	what;
	int		unit;
	unsigned int	path;
	unsigned int	value;
};

static const char *const words[WHATS] = {
	"cut", "mend", "loss", "twice", "slow", "state link",
	"crash", "boot", "kill helper", "stop helper", "go on", "freeze", "thaw",
	"command", "link", "unplug", "plug", "hosts", "clock jumps", "machine and clock stop",
};

/* Classes of faults: a schedule has some of them. */
enum { C_NET = 1, C_CRASH = 2, C_PAUSE = 4, C_COMMAND = 8, C_ROLE = 16, C_IFACE = 32,
       C_FREEZE = 64, C_CLOCK = 128 };

static const unsigned int class_of[WHATS] = {
	C_NET, C_NET, C_NET, C_NET, C_NET, C_NET,
	C_CRASH, 0, C_CRASH, C_PAUSE, 0, C_FREEZE, 0,
	C_COMMAND,
	C_IFACE, C_IFACE, C_IFACE, C_IFACE,
	C_CLOCK, C_CLOCK,
};

static struct sim s;
static uint64_t steps_max = 1000;

/* -- a schedule from its seed */

static unsigned int set_up(uint64_t seed)
{
	static const struct { unsigned int poll, hold, role; } speed[] = {
		{ 200, 800, 20 }, { 5, 15, 10 }, { 10, 30, 40 }, { 1000, 15000, 50 },
		{ 50, 150, 20 }, { 1000, 3000, 50 },
	};
	unsigned int faults, i;

	sim_init(&s, seed, 1, 3, true);
	i = sim_random(&s, ARRAY_SIZE(speed));
	sim_init(&s, seed, speed[i].poll, speed[i].hold, sim_random(&s, 3));
	s.role_max_ms = speed[i].role;
	s.nets = 1 + sim_random(&s, SIM_NETS_MAX);
	s.backup = sim_random(&s, 2);
	s.percent = sim_random(&s, 2);
	s.policy = 1 + sim_random(&s, s.percent ? 100 : s.nets);
	s.if_poll = s.poll * (1 + sim_random(&s, 4));
	s.if_hold = s.if_poll * (5 + sim_random(&s, 10));
	for (unsigned int p = 1; p <= s.nets; p++)
		s.hosts[p] = sim_random(&s, 3);
	faults = sim_random(&s, 256);
	/* Within the pause, or not. */
	s.restart_max_ms = 3000;
	if (faults & C_ROLE)
		s.role_fail[0] = s.role_fail[1] = 100;
	return faults;
}

static unsigned int make(struct fault *list, unsigned int classes)
{
	unsigned int n = 0, max = 4 + sim_random(&s, FAULTS_MAX - 4);

	while (n < max) {
		struct fault *f = &list[n];

		*f = (struct fault){
			.after_ns = (uint64_t)sim_random(&s, 1000) * s.hold / 500,
			.what = sim_random(&s, WHATS),
			.unit = (int)sim_random(&s, SIM_UNITS + 1) - 1,
			.path = sim_random(&s, sim_paths(&s)),
			.value = sim_random(&s, 100),
		};
		n += !class_of[f->what] || class_of[f->what] & classes;
	}
	return n;
}

static void apply_net(const struct fault *f)
{
	for (int u = 0; u < SIM_UNITS; u++) {
		struct sim_net *net = &s.net[f->path][u];

		if (f->unit >= 0 && f->unit != u)
			continue;
		switch (f->what) {
		case CUT: net->cut = true; break;
		case MEND: net->cut = net->mute = false; break;
		case LOSS: net->loss = f->value * 4 / 5; break;
		case TWICE: net->twice = f->value; break;
		default: net->delay_max = f->value * s.poll / 200; break;
		}
	}
}

static void apply_iface(const struct fault *f)
{
	int u = f->unit < 0 ? 0 : f->unit;

	if (!f->path || f->path > s.nets)
		return;
	if (f->what == LINK)
		sim_link(&s, u, f->path, f->value % 4 ? NFHA_IFACE_UP - f->value % 4 : NFHA_IFACE_UP);
	else if (f->what == HOSTS)
		s.hosts[f->path] = f->value % 3;
	else
		sim_unplug(&s, u, f->path, f->what == UNPLUG);
}

static void apply(const struct fault *f)
{
	int u = f->unit < 0 ? 0 : f->unit;

	if (s.trace)
		printf("# %9.3f ms -- %s, unit %d, path %u, %u\n", (double)s.now / 1e6,
		       words[f->what], f->unit, f->path, f->value);
	switch (f->what) {
	case STATE_LINK: s.state_cut = !s.state_cut; break;
	case CRASH: sim_crash(&s, u); break;
	case BOOT:
		if (!s.unit[u].up)
			sim_boot(&s, u);
		else
			sim_helper_start(&s, u);
		break;
	case KILL:
		if (s.unit[u].helper)
			sim_helper_kill(&s, u);
		break;
	case STOP: sim_pause(&s, u, true); break;
	case GO: sim_pause(&s, u, false); break;
	case FREEZE: sim_freeze(&s, u, true); break;
	case THAW: sim_freeze(&s, u, false); break;
	case JUMP: sim_jump(&s, u, f->value * s.hold / 50); break;
	case STOP_CLOCK: sim_stop_clock(&s, u); break;
	case COMMAND: sim_command(&s, u, FSM_CMD_ACTIVE + f->value % 5); break;
	case LINK:
	case UNPLUG:
	case PLUG:
	case HOSTS: apply_iface(f); break;
	default: apply_net(f); break;
	}
}

static void heal(void)
{
	sim_cut(&s, -1, -1, false);
	for (unsigned int p = 0; p < sim_paths(&s); p++)
		for (int u = 0; u < SIM_UNITS; u++)
			s.net[p][u] = (struct sim_net){ .delay_max = s.poll / 20,
							.link = NFHA_IFACE_UP,
							.rx = s.net[p][u].rx };
	s.state_cut = false;
	s.role_fail[0] = s.role_fail[1] = 0;
	for (int u = 0; u < SIM_UNITS; u++) {
		sim_freeze(&s, u, false);
		sim_pause(&s, u, false);
		if (!s.unit[u].up)
			sim_boot(&s, u);
		else if (s.unit[u].left || !s.unit[u].helper)
			sim_helper_start(&s, u);
	}
}

/* -- running one */

static bool complain(const char *what, bool quiet)
{
	if (!quiet)
		printf("# %s\n", what);
	return false;
}

static bool comes_to_rest(bool commands, bool quiet)
{
	/* A command that came last has to be over, and what interfaces owe. */
	uint64_t owed = 4 * s.hold + 3 * s.if_hold + (commands ? 2 * NS_PER_S : s.hold);
	unsigned int moves;
	int active;

	heal();
	sim_run(&s, owed);
	/* A stop may have been on its way. */
	heal();
	sim_run(&s, 6 * s.hold);
	moves = s.unit[0].failovers + s.unit[1].failovers;
	active = sim_active(&s);
	sim_run(&s, 10 * s.hold + s.if_hold);
	if ((active == 0 || active == 1) && sim_active(&s) == active &&
	    s.unit[!active].fsm.state == FSM_STANDBY &&
	    moves == s.unit[0].failovers + s.unit[1].failovers)
		return true;
	if (!quiet)
		printf("# healed, and active is %d, then %d; units: %s, %s\n", active,
		       sim_active(&s), fsm_state_name(s.unit[0].fsm.state),
		       fsm_state_name(s.unit[1].fsm.state));
	return false;
}

static bool run(uint64_t seed, const struct fault *list, unsigned int n, unsigned int classes,
		bool trace, bool quiet)
{
	set_up(seed);
	s.trace = trace;
	/* What is sent to a suspended machine is lost, as on a path that fails; clocks hold all up. */
	s.strict = !(classes & (C_NET | C_IFACE | C_FREEZE | C_CLOCK));
	s.alive = !(classes & C_ROLE);
	sim_boot(&s, 0);
	sim_boot(&s, 1);
	/* Two dead units count no steps. */
	for (unsigned int i = 0; s.steps < steps_max && i < ROUNDS_MAX && !s.broken; i++) {
		/* The list again, when it is over early. */
		const struct fault *f = n ? &list[i % n] : NULL;

		sim_run(&s, f ? f->after_ns : s.hold);
		if (f)
			apply(f);
	}
	if (s.broken)
		return complain(s.broken, quiet);
	s.strict = false;
	if (!comes_to_rest(classes & C_COMMAND, quiet))
		return false;
	return !s.broken || complain(s.broken, quiet);
}

/* Without whatever is not needed to fail. */
static unsigned int shrink(uint64_t seed, struct fault *list, unsigned int n, unsigned int classes)
{
	for (unsigned int size = n / 2; size; size /= 2) {
		for (unsigned int i = 0; i + size <= n;) {
			struct fault less[FAULTS_MAX];

			memcpy(less, list, i * sizeof(*list));
			memcpy(less + i, list + i + size, (n - i - size) * sizeof(*list));
			if (run(seed, less, n - size, classes, false, true)) {
				i += size;
				continue;
			}
			n -= size;
			memcpy(list, less, n * sizeof(*list));
		}
	}
	return n;
}

static bool schedule(uint64_t seed, bool trace)
{
	struct fault list[FAULTS_MAX] = { 0 };
	unsigned int classes = set_up(seed), n = make(list, classes);

	if (run(seed, list, n, classes, trace, true))
		return true;
	printf("# seed %llu fails; replay with SIM_SEED=%llu\n", (unsigned long long)seed,
	       (unsigned long long)seed);
	n = shrink(seed, list, n, classes);
	printf("# poll %.0f ms, hold %.0f ms, interfaces %.0f, %.0f ms, %u networks%s, policy %u%s; "
	       "shrunk to %u faults:\n", (double)s.poll / 1e6, (double)s.hold / 1e6,
	       (double)s.if_poll / 1e6, (double)s.if_hold / 1e6, s.nets,
	       s.backup ? ", backup link" : "", s.policy,
	       s.percent ? "%" : "", n);
	for (unsigned int i = 0; i < n; i++)
		printf("#   after %9.3f ms %s, unit %d, path %u, %u\n",
		       (double)list[i].after_ns / 1e6, words[list[i].what], list[i].unit,
		       list[i].path, list[i].value);
	run(seed, list, n, classes, trace, false);
	return false;
}

static uint64_t number(const char *name, uint64_t def)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 10) : def;
}

static unsigned int share(uint64_t first, uint64_t end, uint64_t jobs)
{
	unsigned int bad = 0;

	for (uint64_t i = first; i < end && bad < 3; i += jobs)
		bad += !schedule(i, false);
	fflush(stdout);
	return bad;
}

static void schedules(void)
{
	uint64_t n = number("SIM_RUNS", 1500), jobs = number("SIM_JOBS", 1);
	uint64_t first = number("SIM_FIRST", 1), end = first + n;
	unsigned int bad = 0;
	int status;

	steps_max = number("SIM_STEPS", steps_max);
	if (getenv("SIM_SEED")) {
		CHECK(schedule(number("SIM_SEED", 0), true));
		return;
	}
	fflush(stdout);
	for (uint64_t j = 1; j < jobs; j++)
		if (!fork())
			_exit(share(first + j, end, jobs) ? 1 : 0);
	bad = share(first, end, jobs);
	while (wait(&status) > 0)
		bad += !WIFEXITED(status) || WEXITSTATUS(status);
	CHECK(!bad);
	printf("# %llu schedules of %llu steps, seeds from %llu on\n", (unsigned long long)n,
	       (unsigned long long)steps_max, (unsigned long long)first);
}

/* Each of them was once one in a hundred thousand. */
static void found(void)
{
	static const uint64_t seeds[] = {
		2000128160, 2000376357, 2000391912, 2000451656, 2000621920, 2002104383,
		19725, 3000245433, 3000403522, 4000253035, 5000259609,
	};

	for (size_t i = 0; i < ARRAY_SIZE(seeds); i++)
		CHECK(schedule(seeds[i], false));
}

int main(void)
{
	ktap_begin();
	TEST(found(), "schedules that found something");
	TEST(schedules(), "random schedules");
	return ktap_end();
}
