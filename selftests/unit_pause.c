// SPDX-License-Identifier: GPL-2.0-or-later
/* unit_pause.c - a planned restart of a helper */
#include "ktap.h"
#include "sim_pair.h"

/* @ms: the next helper needs so long. */
static void restart(int u, unsigned int ms)
{
	s.restart_max_ms = 3600 * 1000;
	sim_command(&s, u, FSM_CMD_RESTART);
	sim_run(&s, 25 * MS);
	CHECK(!s.unit[u].helper && s.unit[u].back_at, "it has gone");
	s.unit[u].back_at = s.now + ms * MS;
}

static void fast_pair(void)
{
	sim_init(&s, 1, 5, 15, true);
	sim_boot(&s, 0);
	sim_boot(&s, 1);
	sim_run(&s, NS_PER_S);
	CHECK(sim_active(&s) == 0);
}

/* A hundred times the hold time: the lease goes on, the standby waits. */
static void restart_planned(void)
{
	for (int u = 0; u < SIM_UNITS; u++) {
		uint32_t term;

		fast_pair();
		term = s.unit[0].fsm.term;
		s.none_longest = 0;
		restart(u, 1500);
		CHECK(s.unit[!u].fsm.peer.pause_ns > s.now, "the other one knows");
		CHECK(!strcmp(s.unit[!u].note, "the other unit restarts its helper: waiting for it"));
		sim_run(&s, 1499 * MS);
		CHECK(sim_active(&s) == 0 && !s.none_longest);
		CHECK(s.unit[!u].fsm.peer.view == PEER_ALIVE && !s.unit[!u].fsm.link_failed);
		sim_run(&s, NS_PER_S);
		CHECK(s.unit[0].fsm.term == term && sim_active(&s) == 0, "unit %d", u);
		CHECK(!s.unit[!u].fsm.peer.pause_ns, "it is over");
		CHECK(s.unit[0].failovers + s.unit[1].failovers == 0 && !s.none_longest);
		/* And nothing of it is left. */
		s.none_longest = 0;
		sim_helper_kill(&s, 0);
		sim_run(&s, 50 * MS);
		CHECK(sim_active(&s) == 1 && s.none_longest < 25 * MS, "none active for %.1f ms",
		      (double)s.none_longest / 1e6);
		sim_helper_start(&s, 0);
		settled(1);
	}
}

/* The next helper does not come, or not in time; or the machine dies. */
static void restart_fails(void)
{
	for (int dies = 0; dies < 2; dies++) {
		uint64_t since;

		fast_pair();
		restart(0, 10000);
		since = s.now;
		if (dies)
			sim_crash(&s, 0);
		sim_run(&s, (NFHA_PAUSE_MS_MAX - 50) * MS);
		CHECK(sim_active(&s) == (dies ? -1 : 0), "%d", sim_active(&s));
		while (sim_active(&s) != 1 && s.now < since + 3 * NS_PER_S)
			sim_run(&s, MS);
		CHECK(s.now - since < (NFHA_PAUSE_MS_MAX + 15) * MS, "after %.0f ms",
		      (double)(s.now - since) / 1e6);
		CHECK(!s.both_longest);
		sim_run(&s, 10 * NS_PER_S);
		settled(1);
	}
}

/* It comes back as what it is: that ends the pause at once. */
static void restart_reboots(void)
{
	fast_pair();
	restart(0, 10000);
	sim_crash(&s, 0);
	sim_boot(&s, 0);
	sim_run(&s, 30 * MS);
	CHECK(sim_active(&s) == 1);
	settled(1);
}

/* The one that granted it forgets that it did. */
static void restart_forgotten(void)
{
	for (int boots = 0; boots < 2; boots++) {
		fast_pair();
		restart(0, 1900);
		if (boots) {
			sim_boot(&s, 1);
		} else {
			sim_helper_kill(&s, 1);
			sim_helper_start(&s, 1);
		}
		sim_run(&s, NS_PER_S);
		CHECK(sim_active(&s) == 0 && !s.both_longest, "boots: %d", boots);
		sim_run(&s, 5 * NS_PER_S);
		settled(0);
	}
}

static void restart_unheard(void)
{
	/* Nobody answers: it goes all the same, and the lease is what it was. */
	pair(true);
	sim_cut(&s, -1, 0, true);
	sim_command(&s, 0, FSM_CMD_RESTART);
	sim_run(&s, (FSM_ASK_MS + POLL + 5) * MS);
	CHECK(!s.unit[0].helper, "it has gone");
	CHECK(!strcmp(s.unit[0].note,
		      "the other unit does not wait for the restart: the lease ends as ever"));
	CHECK(s.unit[0].module.deadline <= s.now + HOLD * MS);
	sim_helper_start(&s, 0);
	sim_cut(&s, -1, -1, false);
	settled(0);
	/* A command cannot get between. */
	restart(0, 300);
	sim_command(&s, 1, FSM_CMD_ACTIVE);
	CHECK(s.unit[1].reply == FSM_REPLY_REFUSED, "%d", s.unit[1].reply);
	settled(0);
}

int main(void)
{
	ktap_begin();
	TEST(restart_planned(), "planned restart at the shortest hold time: nothing happens");
	TEST(restart_fails(), "planned restart that never ends: a takeover when the pause is over");
	TEST(restart_reboots(), "planned restart that becomes a reboot: a takeover at once");
	TEST(restart_forgotten(), "planned restart, and the standby restarts, too");
	TEST(restart_unheard(), "planned restart that nobody agrees to; commands meanwhile");
	return ktap_end();
}
