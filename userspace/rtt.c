// SPDX-License-Identifier: GPL-2.0-or-later
/* rtt.c - round trip of hellos on a failover link (13-5) */
#include "rtt.h"

#define WEIGHT	8	/* a new value counts an eighth */

static uint64_t median(const struct rtt *r)
{
	uint64_t a = r->sample[0], b = r->sample[1], c = r->sample[2];
	uint64_t low = a < b ? a : b, high = a < b ? b : a;

	if (r->samples < RTT_SAMPLES)
		return r->sample[(r->samples - 1) % RTT_SAMPLES];
	return c < low ? low : c > high ? high : c;
}

static bool above(const struct rtt *r, enum rtt_level level, uint64_t limit)
{
	return r->smoothed_ns > (r->level >= level ? limit - limit / 5 : limit);
}

bool rtt_sample(struct rtt *r, uint64_t ns, uint64_t now)
{
	uint64_t value;

	r->sample[r->samples++ % RTT_SAMPLES] = ns;
	value = median(r);
	r->smoothed_ns = r->samples == 1 ? value :
			 r->smoothed_ns - r->smoothed_ns / WEIGHT + value / WEIGHT;
	r->level = above(r, RTT_ALARM, RTT_ALARM_NS) ? RTT_ALARM :
		   above(r, RTT_SLOW, RTT_SLOW_NS) ? RTT_SLOW : RTT_FINE;
	if (r->level == r->told || r->samples < RTT_SAMPLES ||
	    (r->told_ns && now - r->told_ns < RTT_TELL_NS))
		return false;
	r->told = r->level;
	r->told_ns = now;
	return true;
}

void rtt_stamp(const struct rtt *r, uint64_t now, struct fsm_hello *h)
{
	uint64_t held_us = (now - r->stamp_ns) / 1000;

	h->stamp = now;
	if (!r->stamp || held_us > UINT32_MAX)
		return;
	h->echo = r->stamp;
	h->held_us = (uint32_t)held_us;
}

bool rtt_heard(struct rtt *r, const struct fsm_hello *h, uint64_t now)
{
	uint64_t held = h->held_us * 1000ULL;

	if (h->stamp) {
		r->stamp = h->stamp;
		r->stamp_ns = now;
	}
	/* A stamp of a former life of this machine may lie ahead. */
	if (!h->echo || h->echo > now || held > now - h->echo)
		return false;
	return rtt_sample(r, now - h->echo - held, now);
}
