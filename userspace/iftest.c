// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * iftest.c - health of one interface: the tests of 13-16
 *
 * Half the hold time without a hello starts the network tests, of which each takes a
 * fourth of the other half. Both units test at the same time: who hears that the
 * other one tests begins, too, and so "received something" and "received nothing"
 * are about the same moments. A unit that receives something says "passed"; one that
 * reaches the end of a test without, while the other one has passed, has failed.
 */
#include "iftest.h"

#define MARGIN_NS	(100 * NS_PER_MS)	/* the verdict comes before the hold time ends */
#define MARGIN_PART	50			/* of a short hold time */

static const char *const state_names[] = {
	[IFTEST_UNTOLD] = "Unknown", [IFTEST_WAITING] = "Waiting", [IFTEST_NORMAL] = "Normal",
	[IFTEST_PASSED] = "Normal", [IFTEST_TESTING] = "Testing", [IFTEST_FAILED] = "Failed",
	[IFTEST_NO_LINK] = "No Link", [IFTEST_LINK_DOWN] = "Link Down",
	[IFTEST_UNKNOWN] = "Unknown",
};

const char *iftest_state_name(enum iftest_state state)
{
	return (unsigned int)state < ARRAY_SIZE(state_names) ? state_names[state] : "Unknown";
}

uint64_t iftest_slot_ns(uint64_t hold_ns)
{
	uint64_t margin = hold_ns / MARGIN_PART;
	uint64_t slot;

	if (margin > MARGIN_NS)
		margin = MARGIN_NS;
	slot = (hold_ns - hold_ns / 2 - margin) / IFTEST_TESTS;
	return slot < IFTEST_SLOT_MAX ? slot : IFTEST_SLOT_MAX;
}

static void turn(struct iftest *t, enum iftest_state state, uint64_t now)
{
	t->state = state;
	t->heard_ns = now;
	t->based = false;
}

static void begin(struct iftest *t, enum iftest_test test, uint64_t slot_ns)
{
	t->state = IFTEST_TESTING;
	t->test = test;
	t->slot_ns = slot_ns;
	t->based = false;
}

static void begin_all(struct iftest *t, uint64_t now)
{
	begin(t, IFTEST_ACTIVITY, now);
	t->begun_ns = now;
}

void iftest_link(struct iftest *t, uint8_t link, uint64_t now)
{
	static const enum iftest_state states[] = {
		[NFHA_IFACE_MISSING] = IFTEST_FAILED, [NFHA_IFACE_DOWN] = IFTEST_LINK_DOWN,
		[NFHA_IFACE_NO_CARRIER] = IFTEST_NO_LINK, [NFHA_IFACE_UP] = IFTEST_WAITING,
	};

	if (link == t->link)
		return;
	t->link = link;
	turn(t, states[link], now);
}

void iftest_init(struct iftest *t, uint8_t link, uint64_t now)
{
	*t = (struct iftest){ .state = IFTEST_WAITING, .link = NFHA_IFACE_UP, .heard_ns = now };
	iftest_link(t, link, now);
}

void iftest_again(struct iftest *t, uint64_t now)
{
	t->heard_ns = now;
	t->based = false;
	if (t->link == NFHA_IFACE_UP && t->state != IFTEST_NORMAL)
		t->state = IFTEST_WAITING;
}

/* Received traffic: operational. What the other unit tests is answered by "passed". */
static void works(struct iftest *t, uint64_t now)
{
	turn(t, t->peer == IFTEST_TESTING || t->peer == IFTEST_FAILED ? IFTEST_PASSED :
	     IFTEST_NORMAL, now);
}

void iftest_hello(struct iftest *t, uint64_t now)
{
	if (t->link == NFHA_IFACE_UP)
		works(t, now);
}

void iftest_peer(struct iftest *t, enum iftest_state state, uint64_t now)
{
	t->peer = state;
	t->peer_ns = now;
	if (t->state == IFTEST_PASSED && state != IFTEST_TESTING && state != IFTEST_FAILED)
		t->state = IFTEST_NORMAL;
	else if (state == IFTEST_TESTING && t->link == NFHA_IFACE_UP &&
		 (t->state == IFTEST_NORMAL || t->state == IFTEST_WAITING))
		begin_all(t, now);
}

/* What it said since our tests began is about the same moments. */
static bool peer_passes(const struct iftest *t, bool final)
{
	return t->peer_ns >= t->begun_ns &&
	       (t->peer == IFTEST_PASSED || (final && t->peer == IFTEST_NORMAL));
}

static enum iftest_test step_testing(struct iftest *t, const struct iftest_now *now)
{
	uint64_t slot = iftest_slot_ns(now->hold_ns), next = t->slot_ns + slot;

	if (!now->talks) {
		turn(t, IFTEST_WAITING, now->ns);
		return IFTEST_TESTS;
	}
	if (now->ns < next)
		return IFTEST_TESTS;
	if (peer_passes(t, t->test == IFTEST_PING)) {
		turn(t, IFTEST_FAILED, now->ns);
		return IFTEST_TESTS;
	}
	if (t->test == IFTEST_PING) {
		turn(t, IFTEST_UNKNOWN, now->ns);
		return IFTEST_TESTS;
	}
	/* A slot that was slept through is not made up for. */
	begin(t, t->test + 1, now->ns < next + slot ? next : now->ns);
	return t->test;
}

static void step_quiet(struct iftest *t, const struct iftest_now *now)
{
	bool peer_fails = t->peer == IFTEST_FAILED || t->peer == IFTEST_UNKNOWN;
	bool peer_works = t->peer == IFTEST_NORMAL || t->peer == IFTEST_PASSED;
	uint64_t silence = now->ns - t->heard_ns;

	switch (t->state) {
	case IFTEST_WAITING:
		if (!now->talks)
			t->heard_ns = now->ns;
		else if (silence >= now->hold_ns / 2)
			begin_all(t, now->ns);
		break;
	case IFTEST_NORMAL:
	case IFTEST_PASSED:
		if (!now->talks && silence >= now->hold_ns)
			turn(t, IFTEST_WAITING, now->ns);
		else if (now->talks && silence >= now->hold_ns / 2)
			begin_all(t, now->ns);
		break;
	case IFTEST_FAILED:
		if (now->talks && peer_fails)
			turn(t, IFTEST_UNKNOWN, now->ns);
		break;
	case IFTEST_UNKNOWN:
		if (now->talks && peer_works && t->peer_ns > t->heard_ns)
			begin_all(t, now->ns);
		break;
	default:
		break;
	}
}

enum iftest_test iftest_step(struct iftest *t, const struct iftest_now *now)
{
	enum iftest_test probe = IFTEST_TESTS;

	if (t->link != NFHA_IFACE_UP)
		return IFTEST_TESTS;
	if (now->counted && t->based && now->rx != t->base && t->state != IFTEST_NORMAL &&
	    t->state != IFTEST_PASSED)
		works(t, now->ns);
	else if (t->state == IFTEST_TESTING)
		probe = step_testing(t, now);
	else
		step_quiet(t, now);
	if (now->counted && !t->based) {
		t->base = now->rx;
		t->based = true;
	}
	return probe;
}

uint64_t iftest_due(const struct iftest *t, uint64_t hold_ns, bool talks)
{
	if (t->link != NFHA_IFACE_UP)
		return UINT64_MAX;
	switch (t->state) {
	case IFTEST_TESTING:
		/* It began by what the other unit said: the counter was not read yet. */
		return t->based ? t->slot_ns + iftest_slot_ns(hold_ns) : t->slot_ns;
	case IFTEST_NORMAL:
	case IFTEST_PASSED:
		return t->heard_ns + (talks ? hold_ns / 2 : hold_ns);
	case IFTEST_WAITING:
		return talks ? t->heard_ns + hold_ns / 2 : UINT64_MAX;
	default:
		return UINT64_MAX;
	}
}

bool iftest_counts(const struct iftest *t, uint64_t now, uint64_t hold_ns)
{
	if (t->link != NFHA_IFACE_UP)
		return false;
	return (t->state != IFTEST_NORMAL && t->state != IFTEST_PASSED) ||
	       now - t->heard_ns >= hold_ns / 2;
}

bool iftest_is_failed(const struct iftest *t)
{
	switch (t->state) {
	case IFTEST_FAILED:
	case IFTEST_NO_LINK:
		return true;
	case IFTEST_LINK_DOWN:
		/* Shut by an operator: a failure only where the other unit's is not. */
		return t->peer != IFTEST_UNTOLD && t->peer != IFTEST_LINK_DOWN &&
		       t->peer != IFTEST_NO_LINK;
	default:
		return false;
	}
}
