// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * unit_health.c - health of interfaces and units: named scenarios (13-16, 13-23)
 *
 * Interface poll 1 s, hold 5 s: half of it, then slots of 0.6 s.
 */
#include "ktap.h"
#include "sim.h"

#define MS	NS_PER_MS
#define POLL	200
#define HOLD	800
#define IF_HOLD	5000
#define INSIDE	1
#define OUTSIDE	2

static struct sim s;

static enum fsm_state state(int u)
{
	return s.unit[u].fsm.state;
}

static enum iftest_state iface(int u, unsigned int path)
{
	return s.unit[u].fsm.health.iface[path - 1].state;
}

static bool works(int u, unsigned int path)
{
	return iface(u, path) == IFTEST_NORMAL || iface(u, path) == IFTEST_PASSED;
}

/* Unit 0, the primary, is active; all interfaces are Normal. */
static void pair_of(unsigned int nets, unsigned int policy, bool percent)
{
	sim_init(&s, 1, POLL, HOLD, true);
	s.nets = nets;
	s.policy = policy;
	s.percent = percent;
	s.if_poll = NS_PER_S;
	s.if_hold = IF_HOLD * MS;
	sim_boot(&s, 0);
	sim_boot(&s, 1);
	sim_run(&s, 3 * HOLD * MS);
	CHECK(sim_active(&s) == 0 && state(1) == FSM_STANDBY);
	for (unsigned int p = 1; p <= nets; p++)
		CHECK(works(0, p) && works(1, p), "interface %u: %s, %s", p,
		      iftest_state_name(iface(0, p)), iftest_state_name(iface(1, p)));
	s.none_longest = 0;
}

static void pair(void)
{
	pair_of(2, 1, false);
}

/* Stays so: nothing moves any more. */
static void settled(int active)
{
	unsigned int moves;

	sim_run(&s, 2 * IF_HOLD * MS);
	moves = s.unit[0].failovers + s.unit[1].failovers;
	CHECK(sim_active(&s) == active, "active: %d, not %d", sim_active(&s), active);
	sim_run(&s, 4 * IF_HOLD * MS);
	CHECK(sim_active(&s) == active && moves == s.unit[0].failovers + s.unit[1].failovers,
	      "oscillates: active %d, %u moves, then %u", sim_active(&s), moves,
	      s.unit[0].failovers + s.unit[1].failovers);
	CHECK(!s.both_longest, "two gates were open for %.3f ms", (double)s.both_longest / 1e6);
}

/* -- the link test (13-16, 13-23) */

static void link_of_active(void)
{
	pair();
	sim_link(&s, 0, INSIDE, NFHA_IFACE_NO_CARRIER);
	CHECK(iface(0, INSIDE) == IFTEST_NO_LINK, "skips the tests");
	sim_run(&s, NS_PER_S);
	CHECK(sim_active(&s) == 1, "within an interface polling period (13-23)");
	CHECK(state(0) == FSM_FAILED, "the active is marked as failed (Table 13-2)");
	CHECK(s.none_longest <= 60 * MS, "none active for %.1f ms", (double)s.none_longest / 1e6);
	settled(1);
	CHECK(state(0) == FSM_FAILED);
	sim_link(&s, 0, INSIDE, NFHA_IFACE_UP);
	sim_run(&s, 100 * MS);
	CHECK(state(0) == FSM_STANDBY, "below the threshold: standby by itself (13-17)");
	settled(1);
	CHECK(works(0, INSIDE));
}

static void link_of_standby(void)
{
	pair();
	sim_link(&s, 1, INSIDE, NFHA_IFACE_NO_CARRIER);
	sim_run(&s, POLL * MS);
	CHECK(state(1) == FSM_FAILED && s.unit[0].fsm.peer.flags & NFHA_HELLO_F_FAILING);
	/* Table 13-2: the active does not attempt to fail over, even above the threshold. */
	sim_link(&s, 0, OUTSIDE, NFHA_IFACE_NO_CARRIER);
	settled(0);
	CHECK(s.unit[0].failovers == 0 && state(1) == FSM_FAILED);
	sim_link(&s, 1, INSIDE, NFHA_IFACE_UP);
	settled(1);
	CHECK(state(0) == FSM_FAILED, "the standby recovered, and is better");
}

static void two_cuts(void)
{
	for (unsigned int ms = 0; ms < 1000; ms += 90) {
		pair();
		sim_link(&s, 0, INSIDE, NFHA_IFACE_NO_CARRIER);
		sim_run(&s, ms * MS);
		sim_link(&s, 0, OUTSIDE, NFHA_IFACE_NO_CARRIER);
		settled(1);
		CHECK(state(0) == FSM_FAILED && s.unit[1].failovers == 1, "after %u ms", ms);
	}
	for (unsigned int ms = 0; ms < 1000; ms += 90) {
		pair();
		sim_link(&s, 0, INSIDE, NFHA_IFACE_NO_CARRIER);
		sim_run(&s, ms * MS);
		sim_link(&s, 1, OUTSIDE, NFHA_IFACE_NO_CARRIER);
		settled(ms ? 1 : sim_active(&s));
		CHECK(s.unit[0].failovers <= 1 && s.unit[1].failovers <= 1, "after %u ms", ms);
	}
}

static void administrative(void)
{
	pair();
	sim_link(&s, 0, INSIDE, NFHA_IFACE_DOWN);
	sim_run(&s, NS_PER_S);
	CHECK(sim_active(&s) == 1 && iface(0, INSIDE) == IFTEST_LINK_DOWN,
	      "it counts: the other unit's is up");
	pair();
	sim_link(&s, 1, INSIDE, NFHA_IFACE_DOWN);
	sim_run(&s, 2 * POLL * MS);
	sim_link(&s, 0, INSIDE, NFHA_IFACE_DOWN);
	settled(0);
	CHECK(s.unit[0].failovers == 0, "down on both: counts on neither");
	CHECK(state(1) == FSM_STANDBY);
}

/* -- the network tests */

/* A cable out of the switch: no carrier change. Found by the tests, within the hold time. */
static void cable_of_active(void)
{
	static const enum sim_hosts hosts[] = { SIM_HOSTS_BUSY, SIM_HOSTS_QUIET };

	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		pair();
		s.hosts[INSIDE] = hosts[i];
		sim_unplug(&s, 0, INSIDE, true);
		sim_run(&s, (IF_HOLD / 2 - 1000) * MS);
		CHECK(iface(0, INSIDE) == IFTEST_NORMAL, "half the hold time first");
		sim_run(&s, (IF_HOLD / 2 + 1000 + POLL) * MS);
		CHECK(iface(0, INSIDE) == IFTEST_FAILED && works(1, INSIDE), "%s, %s",
		      iftest_state_name(iface(0, INSIDE)), iftest_state_name(iface(1, INSIDE)));
		settled(1);
		CHECK(state(0) == FSM_FAILED);
		sim_unplug(&s, 0, INSIDE, false);
		settled(1);
		CHECK(state(0) == FSM_STANDBY && works(0, INSIDE) && works(1, INSIDE),
		      "recovery on any traffic");
	}
}

static void cable_of_standby(void)
{
	pair();
	sim_unplug(&s, 1, INSIDE, true);
	settled(0);
	CHECK(state(1) == FSM_FAILED && s.unit[0].failovers == 0);
}

/* The switch between them is dead: nobody has failed. */
static void no_network(void)
{
	pair();
	s.hosts[INSIDE] = SIM_HOSTS_NONE;
	sim_unplug(&s, 0, INSIDE, true);
	sim_unplug(&s, 1, INSIDE, true);
	settled(0);
	CHECK(iface(0, INSIDE) == IFTEST_UNKNOWN && iface(1, INSIDE) == IFTEST_UNKNOWN);
	CHECK(s.unit[0].failovers == 0 && state(1) == FSM_STANDBY, "Unknown does not count");
	sim_unplug(&s, 0, INSIDE, false);
	sim_unplug(&s, 1, INSIDE, false);
	settled(0);
	CHECK(works(0, INSIDE) && works(1, INSIDE) && s.unit[0].failovers == 0);
}

static void one_way(void)
{
	/* What the active sends is lost: it hears, so that it works. */
	pair();
	s.net[INSIDE][0].mute = true;
	s.hosts[INSIDE] = SIM_HOSTS_BUSY;
	settled(0);
	CHECK(works(0, INSIDE) && works(1, INSIDE));
	/* It hears nothing. */
	pair();
	s.net[INSIDE][0].cut = true;
	settled(1);
	CHECK(iface(0, INSIDE) == IFTEST_FAILED);
}

/* The peer died: what it said of its interfaces is of the past. */
static void silent_peer(void)
{
	sim_init(&s, 1, 1000, 15000, true);
	s.if_poll = NS_PER_S;
	s.if_hold = IF_HOLD * MS;
	sim_boot(&s, 0);
	sim_boot(&s, 1);
	sim_run(&s, 30 * NS_PER_S);
	CHECK(sim_active(&s) == 0);
	s.hosts[INSIDE] = s.hosts[OUTSIDE] = SIM_HOSTS_NONE;
	sim_crash(&s, 0);
	sim_run(&s, 17 * NS_PER_S);
	CHECK(sim_active(&s) == 1, "no interface failed by the silence of a dead unit");
	CHECK(iface(1, INSIDE) == IFTEST_WAITING);
}

static void late_helper(void)
{
	pair();
	s.hosts[INSIDE] = s.hosts[OUTSIDE] = SIM_HOSTS_QUIET;
	for (int i = 0; i < 20; i++) {
		sim_run(&s, 3 * NS_PER_S);
		sim_pause(&s, 1, true);
		sim_run(&s, (2 + i % 5) * NS_PER_S);
		sim_pause(&s, 1, false);
		sim_run(&s, 10 * MS);
		CHECK(works(1, INSIDE) || iface(1, INSIDE) == IFTEST_WAITING ||
		      iface(1, INSIDE) == IFTEST_TESTING, "%s",
		      iftest_state_name(iface(1, INSIDE)));
		CHECK(state(1) == FSM_STANDBY && sim_active(&s) == 0);
	}
	settled(0);
}

/* -- the policy (13-23) */

static void policy_not_met(void)
{
	pair_of(3, 2, false);
	sim_link(&s, 0, 1, NFHA_IFACE_NO_CARRIER);
	settled(0);
	CHECK(s.unit[0].failovers == 0);
	sim_link(&s, 0, 3, NFHA_IFACE_NO_CARRIER);
	settled(1);
	pair_of(4, 50, true);
	sim_link(&s, 0, 1, NFHA_IFACE_NO_CARRIER);
	settled(0);
	sim_link(&s, 0, 2, NFHA_IFACE_NO_CARRIER);
	settled(1);
}

static void failed_standby_takes(void)
{
	pair();
	sim_link(&s, 1, INSIDE, NFHA_IFACE_NO_CARRIER);
	sim_run(&s, NS_PER_S);
	CHECK(state(1) == FSM_FAILED);
	sim_crash(&s, 0);
	settled(1);
	/* Of no use to anybody: it does not take over. */
	pair();
	sim_link(&s, 1, INSIDE, NFHA_IFACE_NO_CARRIER);
	sim_link(&s, 1, OUTSIDE, NFHA_IFACE_NO_CARRIER);
	sim_run(&s, NS_PER_S);
	sim_cut(&s, -1, -1, true);
	s.state_cut = true;
	sim_run(&s, 5 * HOLD * MS);
	CHECK(sim_active(&s) == 0 && s.unit[1].fsm.isolated, "isolated");
	CHECK(s.unit[1].fsm.term <= s.unit[0].fsm.term, "its term could win later");
	sim_cut(&s, -1, -1, false);
	sim_link(&s, 1, INSIDE, NFHA_IFACE_UP);
	sim_link(&s, 1, OUTSIDE, NFHA_IFACE_UP);
	settled(0);
}

static void failover_link_down(void)
{
	pair();
	sim_cut(&s, FSM_PATH_LINK, -1, true);
	sim_run(&s, 5 * POLL * MS);
	CHECK(s.unit[0].fsm.link_failed);
	sim_link(&s, 0, INSIDE, NFHA_IFACE_NO_CARRIER);
	settled(0);
	CHECK(s.unit[0].failovers == 0, "it cannot fail over while the link is down (13-16)");
	sim_cut(&s, FSM_PATH_LINK, -1, false);
	settled(1);
}

/* -- flapping */

static void flap_once(int u)
{
	sim_link(&s, u, INSIDE, NFHA_IFACE_NO_CARRIER);
	sim_run(&s, 5 * NS_PER_S);
	sim_link(&s, u, INSIDE, NFHA_IFACE_UP);
	sim_run(&s, 5 * NS_PER_S);
}

static void flapping(void)
{
	pair();
	for (int i = 0; i < HEALTH_FLAPS; i++)
		flap_once(i & 1);
	CHECK(sim_active(&s) == 1);
	sim_link(&s, 1, INSIDE, NFHA_IFACE_NO_CARRIER);
	sim_run(&s, 5 * NS_PER_S);
	CHECK(sim_active(&s) == 1 && s.unit[1].fsm.damped, "held back, and says so");
	sim_crash(&s, 1);
	sim_run(&s, 2 * HOLD * MS);
	CHECK(sim_active(&s) == 0, "a hold-time takeover never is");
	/* Ten minutes later it is forgotten. */
	pair();
	for (int i = 0; i < HEALTH_FLAPS; i++)
		flap_once(i & 1);
	sim_run(&s, HEALTH_FLAP_NS);
	sim_link(&s, 1, INSIDE, NFHA_IFACE_NO_CARRIER);
	settled(0);
}

static void reset(void)
{
	pair();
	sim_command(&s, 0, FSM_CMD_RESET);
	CHECK(s.unit[0].reply == FSM_REPLY_NOOP);
	s.net[INSIDE][1].cut = true;
	sim_run(&s, 2 * IF_HOLD * MS);
	CHECK(state(1) == FSM_FAILED);
	sim_command(&s, 1, FSM_CMD_RESET);
	CHECK(s.unit[1].reply == FSM_REPLY_DONE && state(1) == FSM_STANDBY);
	settled(0);
	CHECK(state(1) == FSM_FAILED, "the condition persists: it fails again");
	for (int i = 0; i < HEALTH_FLAPS; i++)
		health_moved(&s.unit[0].fsm.health, s.now);
	s.net[INSIDE][1].cut = false;
	sim_run(&s, 2 * IF_HOLD * MS);
	sim_link(&s, 0, INSIDE, NFHA_IFACE_NO_CARRIER);
	sim_run(&s, NS_PER_S);
	CHECK(sim_active(&s) == 0 && s.unit[0].fsm.damped);
	sim_command(&s, 0, FSM_CMD_RESET);
	settled(1);
}

static void stop_while_failed(void)
{
	pair();
	sim_link(&s, 1, INSIDE, NFHA_IFACE_NO_CARRIER);
	sim_run(&s, NS_PER_S);
	sim_command(&s, 1, FSM_CMD_STOP);
	sim_run(&s, 2 * HOLD * MS);
	CHECK(s.unit[1].left && sim_active(&s) == 0);
}

/* -- numbers */

/* Table 13-7: the tests fit into the hold time. */
static void slots(void)
{
	CHECK(iftest_slot_ns(25 * NS_PER_S) == 3100 * MS);
	CHECK(iftest_slot_ns(5 * NS_PER_S) == 600 * MS);
	CHECK(iftest_slot_ns(75 * NS_PER_S) == 5 * NS_PER_S);
	for (uint64_t ms = 25; ms <= 75000; ms++)
		CHECK(ms * MS / 2 + IFTEST_TESTS * iftest_slot_ns(ms * MS) < ms * MS, "%llu ms",
		      (unsigned long long)ms);
}

int main(void)
{
	ktap_begin();
	TEST(link_of_active(), "interface failure on active unit above threshold (Table 13-2)");
	TEST(link_of_standby(), "interface failure on standby unit above threshold (Table 13-2)");
	TEST(two_cuts(), "two cuts within a second");
	TEST(administrative(), "administratively down");
	TEST(cable_of_active(), "connection problem of the active unit: tests");
	TEST(cable_of_standby(), "connection problem of the standby unit: tests");
	TEST(no_network(), "a dead network: Unknown on both");
	TEST(one_way(), "one direction of an interface");
	TEST(silent_peer(), "the other unit died: its interfaces prove nothing");
	TEST(late_helper(), "a helper that did not run blames nobody");
	TEST(policy_not_met(), "interface policy: number, percentage");
	TEST(failed_standby_takes(), "failed standby, dead active; isolated standby");
	TEST(failover_link_down(), "failover link down: the threshold moves nothing");
	TEST(flapping(), "protection against flapping");
	TEST(reset(), "failover reset");
	TEST(stop_while_failed(), "stop of a failed standby");
	TEST(slots(), "lengths of the tests (Table 13-7)");
	return ktap_end();
}
