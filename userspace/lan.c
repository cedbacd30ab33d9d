// SPDX-License-Identifier: GPL-2.0-or-later
/* lan.c - the failover link, as the election sees it */
#include "lan.h"
#include "turn.h"

struct rtt *lan_rtt(struct fsm *s, int path)
{
	return path == FSM_PATH_LINK ? &s->rtt[0] : NULL;
}

uint64_t lan_silence(const struct fsm *s, uint64_t now)
{
	return now - max_u64(s->path[FSM_PATH_LINK].heard_ns, s->start_ns);
}

void lan_heard(struct fsm *s, unsigned int path, const struct fsm_hello *h, bool reborn,
	       uint64_t now, struct fsm_actions *out)
{
	struct rtt *rtt = lan_rtt(s, (int)path);

	/* Its clock may begin anew. */
	for (unsigned int i = 0; reborn && i < FSM_LINKS_MAX; i++)
		s->rtt[i].stamp = 0;
	if (rtt && rtt_heard(rtt, h, now))
		out->rtt_told |= 1U << (rtt - s->rtt);
}

void lan_watch(struct fsm *s, uint64_t now, struct fsm_actions *out)
{
	bool failed = s->peer.view == PEER_ALIVE &&
		      lan_silence(s, now) >= 3 * s->conf.poll_ns;

	if (failed != s->link_failed)
		turn_note(out, failed ? "no hellos on the failover link (13-16)" :
				   "hellos on the failover link again");
	s->link_failed = failed;
}
