// SPDX-License-Identifier: GPL-2.0-or-later
/* unit_lan.c - the failover link and its backup: loss, round trip */
#include "ktap.h"
#include "sim_pair.h"

/* A pair with a second failover link; its path. */
static unsigned int backup_pair(void)
{
	sim_init(&s, 1, POLL, HOLD, true);
	s.backup = true;
	sim_boot(&s, 0);
	sim_boot(&s, 1);
	settled(0);
	CHECK(!s.unit[0].fsm.lan_failed[1] && s.unit[0].fsm.rtt[1].samples);
	return sim_paths(&s) - 1;
}

static void backup_link(void)
{
	unsigned int backup = backup_pair();
	bool *failed = s.unit[1].fsm.lan_failed;

	sim_cut(&s, FSM_PATH_LINK, -1, true);
	settled(0);
	CHECK(failed[0] && !failed[1] && !s.unit[1].fsm.link_failed);
	CHECK(!strcmp(s.unit[1].note, "no hellos on the failover link; its backup has them"));
	/* What works needs no hellos on the data interfaces: a handover is as ever. */
	sim_command(&s, 1, FSM_CMD_ACTIVE);
	settled(1);
	sim_command(&s, 0, FSM_CMD_ACTIVE);
	settled(0);
	sim_cut(&s, FSM_PATH_LINK, -1, false);
	sim_cut(&s, (int)backup, -1, true);
	settled(0);
	CHECK(!failed[0] && failed[1] && !s.unit[1].fsm.link_failed);
	sim_cut(&s, FSM_PATH_LINK, -1, true);
	settled(0);
	CHECK(failed[0] && failed[1] && s.unit[1].fsm.link_failed);
	CHECK(!strcmp(s.unit[1].note, "no hellos on the failover link (13-16)"));
	sim_cut(&s, (int)backup, -1, false);
	settled(0);
	CHECK(failed[0] && !failed[1] && !s.unit[1].fsm.link_failed);
	CHECK(!strcmp(s.unit[1].note, "no hellos on the failover link; its backup has them"));
	CHECK(s.unit[0].failovers + s.unit[1].failovers == 4, "%u and %u: only those commanded",
	      s.unit[0].failovers, s.unit[1].failovers);
}

/* With the data interfaces cut: the backup alone tells that the peer lives. */
static void backup_alone(void)
{
	unsigned int backup = backup_pair();

	sim_cut(&s, -1, -1, true);
	sim_cut(&s, (int)backup, -1, false);
	settled(0);
	CHECK(s.unit[0].failovers + s.unit[1].failovers == 0);
	CHECK(s.unit[1].fsm.peer.view == PEER_ALIVE);
	sim_crash(&s, 0);
	sim_run(&s, 2 * HOLD * MS);
	CHECK(sim_active(&s) == 1, "a death is seen");
}

/* It is all that a failover link is: an interface above the threshold moves the role. */
static void backup_moves(void)
{
	backup_pair();
	sim_cut(&s, FSM_PATH_LINK, -1, true);
	settled(0);
	sim_link(&s, 0, FSM_PATH_LINK + 1, NFHA_IFACE_NO_CARRIER);
	sim_run(&s, NS_PER_S);
	CHECK(sim_active(&s) == 1, "active: %d", sim_active(&s));
}

/* -- round trip (13-5) */

/* @ms each way; the answer waits for the next poll, which does not count. */
static double round_trip(unsigned int ms)
{
	for (int u = 0; u < SIM_UNITS; u++)
		s.net[FSM_PATH_LINK][u].delay_min = ms * MS;
	sim_run(&s, 30 * POLL * MS);
	return (double)s.unit[0].fsm.rtt[0].smoothed_ns / 1e6;
}

static void measured(void)
{
	double ms;

	pair(true);
	s.net[FSM_PATH_LINK][0].delay_max = s.net[FSM_PATH_LINK][1].delay_max = 0;
	ms = round_trip(3);
	CHECK(ms > 5.9 && ms < 6.1, "%.3f ms", ms);
	CHECK(s.unit[0].fsm.rtt[0].level == RTT_FINE && !s.unit[0].rtt_told);
	ms = round_trip(40);
	CHECK(ms > 75 && ms < 81, "%.3f ms", ms);
	CHECK(s.unit[0].fsm.rtt[0].level == RTT_SLOW && s.unit[0].rtt_told == 1);
	CHECK(s.unit[1].fsm.rtt[0].level == RTT_SLOW && s.unit[1].rtt_told == 1);
	round_trip(1);
	CHECK(s.unit[0].rtt_told == 1, "not twice within a minute");
	sim_run(&s, 60 * NS_PER_S);
	CHECK(s.unit[0].rtt_told == 2 && s.unit[0].fsm.rtt[0].told == RTT_FINE);
	/* A helper that stood still is not a link that is slow. */
	sim_pause(&s, 1, true);
	sim_run(&s, 3 * POLL * MS);
	sim_pause(&s, 1, false);
	sim_run(&s, 60 * NS_PER_S);
	CHECK(s.unit[0].rtt_told == 2 && s.unit[1].rtt_told == 2);
	settled(0);
}

static void levels(void)
{
	static const struct { unsigned int ms, times; enum rtt_level level; bool told; } t[] = {
		{ 10, 20, RTT_FINE, false }, { 11, 40, RTT_SLOW, true },
		/* Not before it is a fifth below. */
		{ 9, 40, RTT_SLOW, false }, { 7, 40, RTT_FINE, true },
		/* One that waited, between others. */
		{ 9000, 1, RTT_FINE, false }, { 5, 40, RTT_FINE, false },
		{ 251, 60, RTT_ALARM, true }, { 210, 60, RTT_ALARM, false },
		{ 190, 60, RTT_SLOW, true }, { 1, 60, RTT_FINE, true },
	};
	struct rtt r = { 0 };
	uint64_t now = NS_PER_S;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		unsigned int told = 0;

		for (unsigned int k = 0; k < t[i].times; k++, now += 10 * NS_PER_S)
			told += rtt_sample(&r, t[i].ms * MS, now);
		CHECK(r.level == t[i].level, "step %zu: %d, %.1f ms", i, r.level,
		      (double)r.smoothed_ns / 1e6);
		CHECK(!!told == t[i].told, "step %zu: told %u times", i, told);
	}
	/* From one level to the next and back, faster than once a minute. */
	for (unsigned int k = 0; k < 360; k++, now += NS_PER_S)
		r.samples += rtt_sample(&r, k / 30 % 2 ? MS : 20 * MS, now) * 1000000;
	CHECK(r.samples / 1000000 <= 6, "%llu in six minutes",
	      (unsigned long long)r.samples / 1000000);
}

/* Stamps that are none of this life. */
static void stamps(void)
{
	struct fsm_hello h = { .stamp = 5, .echo = 2 * NS_PER_S };
	struct rtt r = { 0 };

	rtt_heard(&r, &h, NS_PER_S);
	CHECK(!r.samples && r.stamp == 5, "from the future");
	h.echo = NS_PER_S - 1000;
	h.held_us = 2;
	rtt_heard(&r, &h, NS_PER_S);
	CHECK(!r.samples, "held for longer than it is old");
	h.held_us = 1;
	rtt_heard(&r, &h, NS_PER_S);
	CHECK(r.samples == 1 && !r.smoothed_ns);
	memset(&h, 0, sizeof(h));
	rtt_stamp(&r, 5000 * NS_PER_S, &h);
	CHECK(h.stamp == 5000 * NS_PER_S && !h.echo, "held for longer than can be said");
}

int main(void)
{
	ktap_begin();
	TEST(backup_link(), "second failover link: one of both, both, one again");
	TEST(backup_alone(), "second failover link: the only path that works");
	TEST(backup_moves(), "second failover link: alone, an interface above the threshold");
	TEST(measured(), "round trip of the failover link (13-5)");
	TEST(levels(), "round trip: levels, and how often they are told");
	TEST(stamps(), "round trip: stamps of other lives");
	return ktap_end();
}
