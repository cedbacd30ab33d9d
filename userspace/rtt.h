/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtt.h - round trip of hellos on a failover link (13-5); a part of fsm.h */
#ifndef NFHA_RTT_H
#define NFHA_RTT_H

#include "peer.h"

/* 13-5: it should be below 10 ms, and is not to be above 250 ms. */
#define RTT_SLOW_NS	(10 * NS_PER_MS)
#define RTT_ALARM_NS	(250 * NS_PER_MS)
#define RTT_TELL_NS	(60 * NS_PER_S)	/* one message a minute */
#define RTT_SAMPLES	3

/* enum rtt_level - how long it takes */
enum rtt_level {
	RTT_FINE,
	RTT_SLOW,
	RTT_ALARM,
};

/**
 * struct rtt - round trip of one link
 * @stamp: of the peer's last hello: what the next one of ours repeats; 0: none
 * @stamp_ns: it came then
 * @sample: the last ones, ns
 * @samples: number of all
 * @smoothed_ns: what is shown; 0: not measured yet
 * @level: of @smoothed_ns; it falls only when that is a fifth below the limit
 * @told: the last message was about this one
 * @told_ns: then; 0: never
 */
struct rtt {
	uint64_t	stamp;
	uint64_t	stamp_ns;
	uint64_t	sample[RTT_SAMPLES];
	uint64_t	samples;
	uint64_t	smoothed_ns;
	enum rtt_level	level;
	enum rtt_level	told;
	uint64_t	told_ns;
};

/**
 * rtt_sample() - one round trip was measured
 * @r: link
 * @ns: so long
 * @now_ns: CLOCK_BOOTTIME
 *
 * The median of three is smoothed: one hello that waited somewhere, for a helper that did
 * not run, says nothing about the link.
 *
 * Return: the level changed since the last message, and a message is due.
 */
bool rtt_sample(struct rtt *r, uint64_t ns, uint64_t now_ns);

/* Times for a hello of ours that leaves now. */
void rtt_stamp(const struct rtt *r, uint64_t now_ns, struct fsm_hello *h);

/* What a hello of the peer's says of them. Return: as rtt_sample(). */
bool rtt_heard(struct rtt *r, const struct fsm_hello *h, uint64_t now_ns);

#endif /* NFHA_RTT_H */
