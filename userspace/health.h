/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * health.h - health of the unit by its interfaces (13-16, 13-23); a part of fsm.h
 *
 * Counts what iftest.h finds, against the policy; remembers takeovers for the
 * protection against flapping.
 */
#ifndef NFHA_HEALTH_H
#define NFHA_HEALTH_H

#include "iftest.h"

#define HEALTH_FLAPS	3			/* takeovers, */
#define HEALTH_FLAP_NS	(600 * NS_PER_S)	/* in this time: interfaces move the role no more */

/**
 * struct health_conf - what the configuration says
 * @ifaces: data interfaces
 * @monitored: by index: counts, and is tested
 * @link: by index: enum nfha_iface_status at start
 * @policy: failed interfaces that make the unit failed
 * @percent: @policy is a percentage of the monitored ones
 * @poll_ns: hello interval of each interface
 * @hold_ns: hold time of each interface
 */
struct health_conf {
	unsigned int	ifaces;
	bool		monitored[NFHA_IFACES_MAX];
	uint8_t		link[NFHA_IFACES_MAX];
	unsigned int	policy;
	bool		percent;
	uint64_t	poll_ns;
	uint64_t	hold_ns;
};

/**
 * struct health - all interfaces
 * @conf: constant
 * @iface: by index
 * @monitored: so many count
 * @failed: so many of them are failed now
 * @dead: nothing can pass by so many of them
 * @moved_ns: last takeovers; 0: none
 * @moves: where the next one goes
 * @hello_ns: hellos went out on the interfaces
 * @due_ns: the next step is due
 */
struct health {
	struct health_conf conf;
	struct iftest	iface[NFHA_IFACES_MAX];
	unsigned int	monitored;
	unsigned int	failed;
	unsigned int	dead;
	uint64_t	moved_ns[HEALTH_FLAPS];
	unsigned int	moves;
	uint64_t	hello_ns;
	uint64_t	due_ns;
};

#define HEALTH_PROBES_MAX	8	/* tests begun in one step; more are begun in the next */

/* struct health_probe - something to send on an interface */
struct health_probe {
	unsigned int		index;
	enum iftest_test	test;
};

struct health_probes {
	unsigned int		n;
	struct health_probe	probe[HEALTH_PROBES_MAX];
};

void health_init(struct health *h, const struct health_conf *conf, uint64_t now_ns);

/**
 * health_step() - every interface
 * @h: state
 * @rx: received packets by index; NULL: not read
 * @talks: the other unit is heard
 * @now_ns: CLOCK_BOOTTIME
 * @out: what to send; filled
 */
void health_step(struct health *h, const uint64_t *rx, bool talks, uint64_t now_ns,
		 struct health_probes *out);

void health_link(struct health *h, unsigned int index, uint8_t link, uint64_t now_ns);
void health_hello(struct health *h, unsigned int index, uint64_t now_ns);

/* What a hello says of the sender's interfaces: enum iftest_state by index. */
void health_peer(struct health *h, const uint8_t *state, uint64_t now_ns);

/* This unit did not run, or an operator says "failover reset". */
void health_again(struct health *h, uint64_t now_ns);

/* The next step needs the numbers of received packets. */
bool health_counts(const struct health *h, uint64_t now_ns);

/* The threshold is met: this unit is failed by its interfaces. */
bool health_is_failing(const struct health *h);

/* No monitored interface works: this unit is of no use, whatever the other one is. */
static inline bool health_is_isolated(const struct health *h)
{
	return h->monitored && h->dead == h->monitored;
}

/* The role moved, and nobody had told it to. */
void health_moved(struct health *h, uint64_t now_ns);

/* It moved too often: interfaces do not move it. */
bool health_is_damped(const struct health *h, uint64_t now_ns);

#endif /* NFHA_HEALTH_H */
