/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iftest.h - health of one interface (13-16, 13-23): a pure state machine
 *
 * No input, no output, no clock of its own: it is told of hellos, of the link, of
 * what the other unit says of the same interface, and of the number of received
 * packets.
 */
#ifndef NFHA_IFTEST_H
#define NFHA_IFTEST_H

#include <linux/nfha.h>
#include <linux/nfha_wire.h>

#include "util.h"

#define IFTEST_SLOT_MAX	(5 * NS_PER_S)	/* 13-16: each test takes up to so long */

/**
 * enum iftest_state - what an interface is
 * Numbered as enum nfha_hello_istate, which is what hellos say.
 */
enum iftest_state {
	IFTEST_UNTOLD	= NFHA_HELLO_I_UNTOLD,
	IFTEST_WAITING	= NFHA_HELLO_I_WAITING,
	IFTEST_NORMAL	= NFHA_HELLO_I_NORMAL,
	IFTEST_PASSED	= NFHA_HELLO_I_PASSED,
	IFTEST_TESTING	= NFHA_HELLO_I_TESTING,
	IFTEST_FAILED	= NFHA_HELLO_I_FAILED,
	IFTEST_NO_LINK	= NFHA_HELLO_I_NO_LINK,
	IFTEST_LINK_DOWN = NFHA_HELLO_I_LINK_DOWN,
	IFTEST_UNKNOWN	= NFHA_HELLO_I_UNKNOWN,
};

/**
 * enum iftest_test - the network tests, in their order (the link is the first test)
 * @IFTEST_ACTIVITY: received packets are counted
 * @IFTEST_ARP_1: the neighbour that was heard last is asked
 * @IFTEST_ARP_2: the one before
 * @IFTEST_PING: everybody is asked
 * @IFTEST_TESTS: how many; as something to send: nothing
 */
enum iftest_test {
	IFTEST_ACTIVITY,
	IFTEST_ARP_1,
	IFTEST_ARP_2,
	IFTEST_PING,
	IFTEST_TESTS,
};

/**
 * struct iftest - one interface
 * @state: what it is
 * @link: enum nfha_iface_status
 * @test: with IFTEST_TESTING: which
 * @heard_ns: silence counts from here
 * @begun_ns: the first test began
 * @slot_ns: the present one began
 * @based: @base is valid
 * @base: received packets at the start of the present test, or of the present state
 * @peer: what the other unit says that its interface is
 * @peer_ns: when it said so last
 */
struct iftest {
	enum iftest_state state;
	uint8_t		link;
	enum iftest_test test;
	uint64_t	heard_ns;
	uint64_t	begun_ns;
	uint64_t	slot_ns;
	bool		based;
	uint64_t	base;
	enum iftest_state peer;
	uint64_t	peer_ns;
};

/**
 * struct iftest_now - the world at a step
 * @ns: CLOCK_BOOTTIME
 * @hold_ns: interface hold time
 * @talks: the other unit is heard on some path; without it nothing can be compared
 * @rx: received packets; valid with @counted
 * @counted: they were read
 */
struct iftest_now {
	uint64_t	ns;
	uint64_t	hold_ns;
	bool		talks;
	uint64_t	rx;
	bool		counted;
};

void iftest_init(struct iftest *t, uint8_t link, uint64_t now_ns);

/* The link came or went: the first test, at once. */
void iftest_link(struct iftest *t, uint8_t link, uint64_t now_ns);

/* A hello arrived on it. */
void iftest_hello(struct iftest *t, uint64_t now_ns);

/* The other unit says that its interface is @state. */
void iftest_peer(struct iftest *t, enum iftest_state state, uint64_t now_ns);

/* This unit did not run, or was told to forget: what was measured proves nothing. */
void iftest_again(struct iftest *t, uint64_t now_ns);

/**
 * iftest_step() - time passed, or something was told
 * @t: interface
 * @now: the world
 *
 * Return: what to send: IFTEST_ARP_1, _ARP_2, _PING, or IFTEST_TESTS: nothing.
 */
enum iftest_test iftest_step(struct iftest *t, const struct iftest_now *now);

/* When the next step is due at the latest; UINT64_MAX: not until something is told. */
uint64_t iftest_due(const struct iftest *t, uint64_t hold_ns, bool talks);

/* The next step needs the number of received packets. */
bool iftest_counts(const struct iftest *t, uint64_t now_ns, uint64_t hold_ns);

/* It counts against its unit (13-16, 13-23). */
bool iftest_is_failed(const struct iftest *t);

/* Nothing can pass. */
static inline bool iftest_is_dead(const struct iftest *t)
{
	return t->state == IFTEST_FAILED || t->state == IFTEST_NO_LINK ||
	       t->state == IFTEST_LINK_DOWN;
}

uint64_t iftest_slot_ns(uint64_t hold_ns);

/* As show failover says it. */
const char *iftest_state_name(enum iftest_state state);

#endif /* NFHA_IFTEST_H */
