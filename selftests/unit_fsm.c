// SPDX-License-Identifier: GPL-2.0-or-later
/* unit_fsm.c - the election: named scenarios (unit_sim.c: random ones) */
#include "ktap.h"
#include "sim_pair.h"

/* -- boot (13-6) */

static void boot_together(void)
{
	sim_init(&s, 1, POLL, HOLD, true);
	sim_boot(&s, 1);
	sim_boot(&s, 0);
	sim_run(&s, 3 * POLL * MS);
	CHECK(sim_active(&s) == 0, "the primary does not wait for the hold time");
	settled(0);
	CHECK(state(1) == FSM_STANDBY);
	CHECK(s.unit[0].failovers == 0, "an election is no failover");
}

static void boot_alone(void)
{
	sim_init(&s, 1, POLL, HOLD, true);
	sim_boot(&s, 1);
	sim_run(&s, (ALONE - POLL) * MS);
	CHECK(sim_active(&s) == -1, "it listens first: for the hold time, or that of a restart");
	sim_run(&s, 3 * POLL * MS);
	CHECK(sim_active(&s) == 1);
	/* The primary joins later: no failback (13-8). */
	sim_boot(&s, 0);
	settled(1);
	CHECK(state(0) == FSM_STANDBY);
}

/* Whenever the second one comes: never two, and soon one. */
static void boot_at_any_time(void)
{
	for (unsigned int ms = 0; ms < 2 * HOLD; ms++) {
		for (int first = 0; first < SIM_UNITS; first++) {
			sim_init(&s, ms + 1, POLL, HOLD, true);
			for (int p = 0; p < SIM_PATHS; p++)
				s.net[p][0].delay_max = s.net[p][1].delay_max = s.poll / 4;
			sim_boot(&s, first);
			sim_run(&s, ms * MS);
			sim_boot(&s, !first);
			sim_run(&s, 2 * HOLD * MS);
			CHECK(!s.both_longest && sim_active(&s) >= 0, "unit %d first, by %u ms",
			      first, ms);
		}
	}
}

/* An hour of helpers that run late, and of paths that are slow, and of no fault. */
static void an_hour(uint64_t poll_ms, uint64_t hold_ms)
{
	unsigned int moves;
	uint64_t end;

	sim_init(&s, poll_ms, poll_ms, hold_ms, true);
	for (int p = 0; p < SIM_PATHS; p++)
		s.net[p][0].delay_max = s.net[p][1].delay_max = s.poll / 4;
	sim_boot(&s, 0);
	sim_boot(&s, 1);
	sim_run(&s, 4 * s.hold);
	moves = s.unit[0].failovers + s.unit[1].failovers;
	for (end = s.now + 3600 * NS_PER_S; s.now < end;) {
		int u = (int)sim_random(&s, SIM_UNITS);

		sim_run(&s, sim_random_ns(&s, 4 * s.hold));
		sim_pause(&s, u, true);
		sim_run(&s, sim_random_ns(&s, s.hold - 2 * s.poll));
		sim_pause(&s, u, false);
	}
	CHECK(sim_active(&s) == 0 && state(1) == FSM_STANDBY && !s.both_longest);
	CHECK(s.unit[0].failovers + s.unit[1].failovers == moves, "%u",
	      s.unit[0].failovers + s.unit[1].failovers);
}

/* So fast that the hold time did not pass: who holds the connections takes over. */
static void active_reboots(void)
{
	pair(true);
	sim_crash(&s, 0);
	sim_run(&s, 10 * MS);
	sim_boot(&s, 0);
	sim_run(&s, 2 * POLL * MS);
	CHECK(sim_active(&s) == 1);
	settled(1);
}

static void boot_links_down(void)
{
	sim_init(&s, 1, POLL, HOLD, true);
	sim_cut(&s, -1, -1, true);
	sim_boot(&s, 0);
	sim_boot(&s, 1);
	sim_run(&s, 3 * HOLD * MS);
	CHECK(sim_active(&s) == 2, "Table 13-2: both become active");
	for (int u = 0; u < SIM_UNITS; u++) {
		CHECK(s.unit[u].fsm.link_failed && s.unit[u].fsm.lan_failed[0], "marked as failed");
		CHECK(s.unit[u].fsm.peer.view == PEER_NOT_DETECTED);
	}
	sim_cut(&s, -1, -1, false);
	s.both_longest = s.both_since = 0;
	sim_run(&s, 2 * HOLD * MS);
	CHECK(sim_active(&s) == 0, "healed: equal terms, the primary stays");
	CHECK(s.both_longest <= HOLD * MS);
	CHECK(!s.unit[0].fsm.link_failed && !s.unit[1].fsm.link_failed);
}

static void boot_failover_link_down(void)
{
	sim_init(&s, 1, POLL, HOLD, true);
	sim_cut(&s, FSM_PATH_LINK, -1, true);
	sim_boot(&s, 0);
	sim_run(&s, 3 * HOLD * MS);
	sim_boot(&s, 1);
	settled(0);
	CHECK(state(1) == FSM_STANDBY, "the data interfaces show an active unit");
	CHECK(s.unit[1].fsm.link_failed && s.unit[0].fsm.link_failed);
}

static void boot_same_unit(void)
{
	sim_init(&s, 1, POLL, HOLD, true);
	s.same_unit = true;
	sim_boot(&s, 0);
	sim_run(&s, 3 * HOLD * MS);
	sim_boot(&s, 1);
	settled(0);
	CHECK(state(1) == FSM_NEGOTIATION, "a second primary does not become active");
	CHECK(s.unit[1].fsm.same_unit_ns && s.unit[0].fsm.same_unit_ns);
}

/* -- Table 13-2 */

static void active_dies(void)
{
	/* Whenever that is between two hellos. */
	for (unsigned int ms = 0; ms < POLL; ms += POLL / 20) {
		pair(true);
		sim_run(&s, ms * MS);
		sim_crash(&s, 0);
		s.none_longest = 0;
		sim_run(&s, (HOLD + 2 * POLL) * MS);
		CHECK(sim_active(&s) == 1);
		CHECK(s.none_longest <= (HOLD + 16) * MS, "none active for %.1f ms",
		      (double)s.none_longest / 1e6);
	}
	CHECK(s.unit[1].fsm.peer.view == PEER_FAILED);
	settled(1);
	/* The formerly active unit recovers: becomes standby. */
	sim_boot(&s, 0);
	settled(1);
	CHECK(state(0) == FSM_STANDBY);
}

static void standby_dies(void)
{
	pair(true);
	sim_crash(&s, 1);
	settled(0);
	CHECK(s.unit[0].fsm.peer.view == PEER_FAILED);
	CHECK(!s.unit[0].fsm.link_failed, "the unit is marked, not the link");
	CHECK(!strcmp(s.unit[0].note,
		      "nothing heard of the other unit for the hold time: marked as failed"),
	      "%s", s.unit[0].note);
	CHECK(s.unit[0].failovers == 0);
}

static void link_fails(void)
{
	pair(true);
	sim_cut(&s, FSM_PATH_LINK, -1, true);
	settled(0);
	CHECK(s.unit[0].fsm.link_failed && s.unit[1].fsm.link_failed);
	CHECK(s.unit[1].fsm.peer.view == PEER_ALIVE && s.unit[0].fsm.peer.view == PEER_ALIVE);
	CHECK(s.unit[0].failovers + s.unit[1].failovers == 0, "roles stay");
	/* Still, a death is seen. */
	sim_crash(&s, 0);
	settled(1);
}

static void link_fails_one_way(void)
{
	for (int u = 0; u < SIM_UNITS; u++) {
		pair(true);
		sim_cut(&s, FSM_PATH_LINK, u, true);
		settled(0);
		CHECK(s.unit[0].failovers + s.unit[1].failovers == 0, "deaf: unit %d", u);
	}
}

static void state_link_fails(void)
{
	pair(true);
	s.state_cut = true;
	settled(0);
	CHECK(s.unit[0].failovers + s.unit[1].failovers == 0);
}

/* -- fence, pause, restart */

static void helper_dies(void)
{
	pair(true);
	sim_helper_kill(&s, 0);
	settled(1);
	CHECK(s.unit[0].module.role == NFHA_ROLE_FENCED);
	sim_helper_start(&s, 0);
	settled(1);
	CHECK(state(0) == FSM_STANDBY && s.unit[0].module.role == NFHA_ROLE_STANDBY);
}

static void helper_restarts_in_time(void)
{
	uint32_t term;

	pair(true);
	term = s.unit[0].fsm.term;
	sim_helper_kill(&s, 0);
	sim_run(&s, 50 * MS);
	sim_helper_start(&s, 0);
	settled(0);
	CHECK(s.unit[0].fsm.term == term, "adopted, not elected");
	sim_helper_kill(&s, 1);
	sim_run(&s, 50 * MS);
	sim_helper_start(&s, 1);
	settled(0);
	CHECK(state(1) == FSM_STANDBY);
}

/* Whenever it dies and comes back: the lease of the new one is for hellos that are heard. */
static void helper_restarts_at_any_time(void)
{
	for (unsigned int i = 0; i < 20 * 60; i++) {
		sim_init(&s, i + 1, 5, 15, true);
		sim_boot(&s, 0);
		sim_boot(&s, 1);
		sim_run(&s, NS_PER_S + i % 20 * MS / 4);
		sim_helper_kill(&s, 0);
		sim_run(&s, i / 20 * MS / 4);
		sim_helper_start(&s, 0);
		sim_run(&s, 200 * MS);
		CHECK(!s.both_longest && sim_active(&s) >= 0, "run %u: two active for %.3f ms", i,
		      (double)s.both_longest / 1e6);
	}
}

/* Adopted as active, and the lease lapses before its first hello: no more hellos than ever. */
static void helper_restarts_too_late(void)
{
	struct fsm_event lapsed = { .type = FSM_EV_FENCED };
	struct fsm_actions a;
	uint64_t before;

	pair(true);
	sim_helper_kill(&s, 0);
	sim_helper_start(&s, 0);
	lapsed.term = s.unit[0].fsm.term;
	fsm_step(&s.unit[0].fsm, &lapsed, s.now, &a);
	CHECK(state(0) == FSM_FENCED);
	sim_run(&s, 3 * HOLD * MS);
	before = s.unit[0].fsm.count.hellos_sent;
	sim_run(&s, 10 * POLL * MS);
	CHECK(s.unit[0].fsm.count.hellos_sent - before <= 12, "%llu hellos in ten periods",
	      (unsigned long long)(s.unit[0].fsm.count.hellos_sent - before));
}

static void active_hangs(void)
{
	pair(true);
	sim_pause(&s, 0, true);
	sim_run(&s, 3 * HOLD * MS);
	CHECK(sim_active(&s) == 1);
	sim_pause(&s, 0, false);
	settled(1);
	CHECK(state(0) == FSM_STANDBY);
	CHECK(s.unit[0].module.role == NFHA_ROLE_STANDBY);
}

static void standby_hangs(void)
{
	pair(true);
	sim_pause(&s, 1, true);
	sim_run(&s, 3 * HOLD * MS);
	sim_pause(&s, 1, false);
	settled(0);
	CHECK(s.unit[1].failovers == 0, "who slept does not blame the other");
	CHECK(s.unit[1].fsm.count.late_ticks);
}

static void both_hang(void)
{
	pair(true);
	sim_pause(&s, 0, true);
	sim_pause(&s, 1, true);
	sim_run(&s, 2 * HOLD * MS);
	sim_pause(&s, 0, false);
	sim_run(&s, 10 * HOLD * MS / 8);
	sim_pause(&s, 1, false);
	sim_run(&s, 4 * HOLD * MS);
	CHECK(sim_active(&s) == 0 || sim_active(&s) == 1);
	settled(sim_active(&s));
}

/* A unit that cannot become active lets the other one, and does not try all the time. */
static void role_fails(void)
{
	for (int u = 0; u < SIM_UNITS; u++) {
		sim_init(&s, 1, POLL, HOLD, true);
		s.role_fail[u] = 1000;
		sim_boot(&s, u);
		sim_run(&s, (ALONE + HOLD) * MS);
		CHECK(s.unit[u].fsm.count.takeovers == 1, "%llu",
		      (unsigned long long)s.unit[u].fsm.count.takeovers);
		sim_boot(&s, !u);
		sim_run(&s, 2 * POLL * MS);
		CHECK(sim_active(&s) == !u, "unit %d failed", u);
		settled(!u);
	}
}

/* -- switchover */

static void handover(bool stateful, enum fsm_command command)
{
	int by = command == FSM_CMD_ACTIVE;

	pair(stateful);
	sim_command(&s, by, command);
	sim_run(&s, (2 * POLL + FSM_FLUSH_MS + 50) * MS);
	CHECK(sim_active(&s) == 1);
	CHECK(s.unit[by].reply == FSM_REPLY_DONE, "%d: %s", s.unit[by].reply,
	      s.unit[by].reply_text ? s.unit[by].reply_text : "");
	settled(1);
	CHECK(state(0) == FSM_STANDBY);
}

static void handover_state_link_cut(void)
{
	pair(true);
	s.state_cut = true;
	sim_command(&s, 1, FSM_CMD_ACTIVE);
	sim_run(&s, (POLL + FSM_FLUSH_MS + 100) * MS);
	CHECK(sim_active(&s) == 1, "the hello that says standby opens, too");
	settled(1);
}

static void handover_active_dies(void)
{
	pair(true);
	sim_command(&s, 1, FSM_CMD_ACTIVE);
	sim_run(&s, 1 * MS);
	sim_crash(&s, 0);
	sim_run(&s, (HOLD + 2 * POLL) * MS);
	CHECK(sim_active(&s) == 1);
	settled(1);
}

static void handover_standby_dies(void)
{
	pair(true);
	sim_command(&s, 0, FSM_CMD_NO_ACTIVE);
	sim_run(&s, 30 * MS);
	sim_crash(&s, 1);
	sim_run(&s, (3 * HOLD + FSM_FLUSH_MS) * MS);
	CHECK(sim_active(&s) == 0, "takes the role back");
	CHECK(s.unit[0].reply == FSM_REPLY_REFUSED);
	settled(0);
}

static void handover_unheard(void)
{
	pair(true);
	sim_cut(&s, -1, 0, true);
	sim_command(&s, 1, FSM_CMD_ACTIVE);
	sim_run(&s, (3 * HOLD + FSM_FLUSH_MS) * MS);
	CHECK(sim_active(&s) == 0, "the active unit heard nothing and stays");
	CHECK(s.unit[1].reply == FSM_REPLY_REFUSED, "%d", s.unit[1].reply);
	sim_cut(&s, -1, -1, false);
	settled(0);
}

static void refusals(void)
{
	pair(true);
	sim_command(&s, 0, FSM_CMD_ACTIVE);
	CHECK(s.unit[0].reply == FSM_REPLY_NOOP);
	sim_command(&s, 1, FSM_CMD_NO_ACTIVE);
	CHECK(s.unit[1].reply == FSM_REPLY_NOOP);
	sim_helper_kill(&s, 1);
	sim_helper_start(&s, 1);
	sim_command(&s, 1, FSM_CMD_ACTIVE);
	CHECK(s.unit[1].reply == FSM_REPLY_REFUSED, "it cannot know yet who is active");
	settled(0);
	s.unit[1].fsm.ready = false;
	sim_command(&s, 1, FSM_CMD_ACTIVE);
	CHECK(s.unit[1].reply == FSM_REPLY_REFUSED);
	sim_crash(&s, 1);
	sim_run(&s, 2 * HOLD * MS);
	sim_command(&s, 0, FSM_CMD_NO_ACTIVE);
	CHECK(s.unit[0].reply == FSM_REPLY_REFUSED);
	settled(0);
}

static void stop_active(void)
{
	pair(true);
	s.none_longest = 0;
	sim_command(&s, 0, FSM_CMD_STOP);
	sim_run(&s, (2 * POLL + FSM_FLUSH_MS + 100) * MS);
	CHECK(s.unit[0].left);
	CHECK(s.unit[0].released == 1, "it hands over first");
	CHECK(sim_active(&s) == 1);
	CHECK(s.none_longest < POLL * MS, "none active for %.1f ms", (double)s.none_longest / 1e6);
	settled(1);
	CHECK(s.unit[1].fsm.peer.view == PEER_NOT_DETECTED);
	sim_helper_start(&s, 0);
	settled(1);
}

/* "Leaving" opens the other gate at once: it must not be said before ours is shut. */
static void stop_unready(void)
{
	pair(true);
	sim_cut(&s, -1, 0, true);
	sim_command(&s, 0, FSM_CMD_STOP);
	sim_run(&s, 3 * HOLD * MS);
	CHECK(s.unit[0].left);
	settled(1);
}

/* The fence takes longer than a poll. */
static void stop_slow_module(void)
{
	sim_init(&s, 1, 5, 15, true);
	s.role_max_ms = 100;
	sim_boot(&s, 0);
	sim_run(&s, NS_PER_S);
	sim_boot(&s, 1);
	sim_run(&s, NS_PER_S);
	CHECK(sim_active(&s) == 0);
	sim_cut(&s, -1, 0, true);
	sim_command(&s, 0, FSM_CMD_STOP);
	sim_run(&s, 2 * NS_PER_S);
	CHECK(s.unit[0].left);
	settled(1);
}

static void stop_alone(void)
{
	pair(true);
	sim_command(&s, 1, FSM_CMD_STOP);
	sim_run(&s, 20 * MS);
	CHECK(s.unit[1].left);
	settled(0);
	sim_command(&s, 0, FSM_CMD_STOP);
	sim_run(&s, 20 * MS);
	CHECK(s.unit[0].fsm.state == FSM_LEAVING, "nobody to hand over to: stops at once");
}

/* -- freshness */

static void replay(void)
{
	struct fsm_hello old = {
		.unit = NFHA_UNIT_SECONDARY, .state = NFHA_HELLO_ACTIVE, .term = 99,
		.nonce = 4711, .peer_nonce = 815, .counter = 1000, .poll_ms = POLL,
		.hold_ms = HOLD,
	};
	uint64_t first;

	pair(true);
	first = s.unit[1].fsm.conf.nonce;
	sim_hello(&s, 0, 0, &old);
	CHECK(state(0) == FSM_ACTIVE && s.unit[0].fsm.max_term < 99, "a former life of ours");
	/* A hello of the peer's former life, with our nonce in it. */
	sim_boot(&s, 1);
	sim_run(&s, 2 * HOLD * MS);
	old.nonce = first;
	old.peer_nonce = s.unit[0].fsm.conf.nonce;
	sim_hello(&s, 0, 0, &old);
	CHECK(state(0) == FSM_ACTIVE && s.unit[0].fsm.max_term < 99, "a former life of the peer's");
	/* The present life, with a counter that was seen. */
	old.nonce = s.unit[1].fsm.conf.nonce;
	old.counter = s.unit[0].fsm.peer.counter;
	sim_hello(&s, 0, 0, &old);
	CHECK(state(0) == FSM_ACTIVE && s.unit[0].fsm.max_term < 99, "seen before");
	CHECK(s.unit[0].fsm.count.hellos_replayed >= 2);
	/* Our own, come back. */
	old.nonce = s.unit[0].fsm.conf.nonce;
	sim_hello(&s, 0, 0, &old);
	CHECK(s.unit[0].fsm.count.hellos_own == 1);
	/* Were it fresh, it would have counted. */
	old.nonce = s.unit[1].fsm.conf.nonce;
	old.counter = s.unit[0].fsm.peer.counter + 1;
	sim_hello(&s, 0, 0, &old);
	CHECK(state(0) == FSM_STANDBY && s.unit[0].fsm.max_term == 99);
}

static void answers_are_limited(void)
{
	struct fsm_hello stale = {
		.unit = NFHA_UNIT_SECONDARY, .state = NFHA_HELLO_NEGOTIATION, .counter = 1,
		.poll_ms = POLL, .hold_ms = HOLD, .flags = NFHA_HELLO_F_PROBE,
	};
	uint64_t before;

	pair(true);
	sim_crash(&s, 1);
	before = s.unit[0].fsm.count.hellos_sent;
	for (unsigned int i = 1; i <= 1000; i++) {
		stale.nonce = i;
		sim_hello(&s, 0, 0, &stale);
	}
	CHECK(s.unit[0].fsm.count.hellos_sent - before == 1, "%llu",
	      (unsigned long long)(s.unit[0].fsm.count.hellos_sent - before));
	CHECK(state(0) == FSM_ACTIVE);
}

static void paths_overtake(void)
{
	struct peer p = { .nonce = 7, .counter = 100, .window = 0 };
	struct fsm_hello h = { .nonce = 7, .peer_nonce = 1 };
	bool reborn;
	struct { uint64_t counter; enum peer_verdict verdict; } t[] = {
		{ 101, PEER_FRESH }, { 101, PEER_REFUSED }, { 105, PEER_FRESH },
		{ 103, PEER_LATE }, { 103, PEER_REFUSED }, { 101, PEER_REFUSED },
		{ 104, PEER_LATE }, { 102, PEER_LATE }, { 168, PEER_FRESH },
		{ 105, PEER_REFUSED }, { 106, PEER_LATE }, { 103, PEER_REFUSED },
		{ 1000, PEER_FRESH }, { 936, PEER_LATE }, { 935, PEER_REFUSED },
		{ UINT64_MAX, PEER_FRESH }, { 0, PEER_REFUSED }, { 1001, PEER_REFUSED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		enum peer_verdict v;

		h.counter = t[i].counter;
		v = peer_judge(&p, 1, &h, true, &reborn);
		CHECK(v == t[i].verdict, "step %zu: %d", i, v);
	}
}

static void lives_overtake(void)
{
	struct peer p = { .nonce = 7, .counter = 100 };
	struct fsm_hello h = { .peer_nonce = 1 };
	bool reborn;
	/* 8 follows 7; then the only hello of a life between them arrives. */
	struct { uint64_t nonce, counter; bool silent, reborn; enum peer_verdict verdict; } t[] = {
		{ 8, 3, false, true, PEER_FRESH }, { 9, 1, false, true, PEER_FRESH },
		{ 8, 4, false, false, PEER_REFUSED }, { 8, 3, true, false, PEER_REFUSED },
		{ 7, 100, true, false, PEER_REFUSED }, { 8, 5, true, true, PEER_FRESH },
		{ 8, 6, false, false, PEER_FRESH }, { 9, 1, true, false, PEER_REFUSED },
		{ 8, 4, true, false, PEER_REFUSED },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		enum peer_verdict v;

		h.nonce = t[i].nonce;
		h.counter = t[i].counter;
		v = peer_judge(&p, 1, &h, t[i].silent, &reborn);
		CHECK(v == t[i].verdict && reborn == t[i].reborn, "step %zu: %d", i, v);
	}
	CHECK(p.nonce == 8);
}

int main(void)
{
	ktap_begin();
	TEST(boot_together(), "boot: both together, the primary becomes active (13-6)");
	TEST(boot_alone(), "boot: one alone becomes active, and stays it (13-6)");
	TEST(boot_at_any_time(), "boot: any time between the two");
	TEST(an_hour(200, 800), "an hour of late helpers at msec 200 / 800: no false failover");
	TEST(an_hour(50, 150), "an hour of late helpers at msec 50 / 150: no false failover");
	TEST(boot_links_down(), "boot: failover link and data down: both active; heal (Table 13-2)");
	TEST(boot_failover_link_down(), "boot: failover link down, data up: one active");
	TEST(boot_same_unit(), "boot: two primaries: refused (13-5)");
	TEST(active_dies(), "active unit failed, recovers as standby (Table 13-2)");
	TEST(active_reboots(), "active unit reboots within the hold time");
	TEST(standby_dies(), "standby unit failed (Table 13-2)");
	TEST(link_fails(), "failover link failed during operation (Table 13-2)");
	TEST(link_fails_one_way(), "failover link failed in one direction");
	TEST(state_link_fails(), "state link failed (Table 13-2)");
	TEST(helper_dies(), "helper of the active unit killed");
	TEST(helper_restarts_in_time(), "helper restarted within the lease: adopted");
	TEST(helper_restarts_at_any_time(), "helper restarted at any time");
	TEST(helper_restarts_too_late(), "helper restarted as the lease lapses");
	TEST(active_hangs(), "active unit stopped for three holds");
	TEST(standby_hangs(), "standby unit stopped for three holds");
	TEST(both_hang(), "both stopped, one after the other resumed");
	TEST(role_fails(), "a unit that the module cannot make active");
	TEST(handover(true, FSM_CMD_ACTIVE), "failover active");
	TEST(handover(true, FSM_CMD_NO_ACTIVE), "no failover active");
	TEST(handover(false, FSM_CMD_ACTIVE), "failover active, stateless");
	TEST(handover_state_link_cut(), "failover active, state link cut");
	TEST(handover_active_dies(), "failover active, the active unit dies in it");
	TEST(handover_standby_dies(), "no failover active, the standby unit dies in it");
	TEST(handover_unheard(), "failover active, not heard");
	TEST(refusals(), "commands that are refused");
	TEST(stop_active(), "stop of the active unit");
	TEST(stop_unready(), "stop of an active unit that hears nothing");
	TEST(stop_slow_module(), "stop at the shortest poll time, slow module");
	TEST(stop_alone(), "stop of the standby, then of the last unit");
	TEST(replay(), "replayed hellos change nothing");
	TEST(answers_are_limited(), "answers to hellos that are not fresh are limited");
	TEST(paths_overtake(), "counters across paths");
	TEST(lives_overtake(), "a hello of a life that is over, held up on the way");
	return ktap_end();
}
