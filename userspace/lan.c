// SPDX-License-Identifier: GPL-2.0-or-later
/* lan.c - the failover link and its backup, as the election sees them */
#include "lan.h"
#include "pause.h"
#include "turn.h"

static unsigned int links(const struct fsm *s)
{
	return s->conf.backup ? 2 : 1;
}

static uint64_t silence(const struct fsm *s, unsigned int link, uint64_t now)
{
	unsigned int path = link ? s->conf.paths - 1 : FSM_PATH_LINK;

	return now - max_u64(s->path[path].heard_ns, s->start_ns);
}

uint64_t lan_silence(const struct fsm *s, uint64_t now)
{
	uint64_t least = silence(s, 0, now);

	return links(s) > 1 ? min_u64(least, silence(s, 1, now)) : least;
}

void lan_heard(struct fsm *s, unsigned int path, const struct fsm_hello *h, bool reborn,
	       uint64_t now, struct fsm_actions *out)
{
	int link = fsm_link(&s->conf, path);

	/* Its clock may begin anew. */
	for (unsigned int i = 0; reborn && i < FSM_LINKS_MAX; i++)
		s->rtt[i].stamp = 0;
	if (link >= 0 && rtt_heard(&s->rtt[link], h, now))
		out->rtt_told |= 1U << link;
}

/* Of one link, while the other one works. */
static void tell(unsigned int link, bool failed, struct fsm_actions *out)
{
	if (failed)
		turn_note(out, link ? "no hellos on the backup of the failover link" :
			  "no hellos on the failover link; its backup has them");
	else
		turn_note(out, link ? "hellos on the backup of the failover link again" :
			  "hellos on the failover link again, too");
}

/*
 * While the other unit is heard at all: no hello in three polls. At startup, no hello by any path
 * for the hold time (Table 13-2): a unit that was never there looks no different. Of a unit that
 * fell silent later, it is the unit that is marked.
 */
static bool is_failed(const struct fsm *s, unsigned int link, uint64_t now)
{
	if (pause_runs(s, now))
		return false;
	if (s->peer.view == PEER_ALIVE)
		return silence(s, link, now) >= 3 * s->conf.poll_ns;
	return !s->peer.fresh_ns && silence(s, link, now) >= s->conf.hold_ns;
}

void lan_watch(struct fsm *s, uint64_t now, struct fsm_actions *out)
{
	bool all = true, failed[FSM_LINKS_MAX];

	for (unsigned int i = 0; i < links(s); i++) {
		failed[i] = is_failed(s, i, now);
		all &= failed[i];
	}
	if (all && !s->link_failed)
		turn_note(out, "no hellos on the failover link (13-16)");
	else if (!all && s->link_failed && s->peer.view == PEER_ALIVE)
		turn_note(out, "hellos on the failover link again");
	for (unsigned int i = 0; i < links(s); i++) {
		/* Of each, what was not said of both. */
		if (!all && failed[i] != (s->lan_failed[i] && !s->link_failed))
			tell(i, failed[i], out);
		s->lan_failed[i] = failed[i];
	}
	s->link_failed = all;
}
