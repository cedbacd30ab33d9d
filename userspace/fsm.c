// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fsm.c - the election: who is active
 *
 * Two rules decide everything.
 *
 * Rank. When a fresh hello shows that neither unit is active, the unit with the
 * higher rank becomes active at once, the other waits: a staged unit before a
 * standby, that before a fenced one, that before one that has just booted (which
 * holds no connections); among equals the primary (13-6). Both units see the
 * same two ranks, so exactly one acts.
 *
 * Hold. A unit that waits, and has seen no active unit for the hold time on any
 * path, takes over. The active unit's lease ends before that, since the lease
 * runs from before its last hello was sent and the hold from when that arrived.
 */
#include "lan.h"
#include "meet.h"
#include "pause.h"
#include "turn.h"

/* -- hellos */

/*
 * Another unit with our own number: a mistake in a configuration. It is not a
 * peer. A unit that boots does not become active beside it.
 */
static void hello_same_unit(struct fsm *s, const struct fsm_hello *h, uint64_t now,
			    struct fsm_actions *out)
{
	s->count.hellos_same_unit++;
	s->peer.heard_nonce = h->nonce;
	if (h->peer_nonce != s->conf.nonce ||
	    (h->nonce == s->same_unit_nonce && h->counter <= s->same_unit_counter))
		return;
	s->same_unit_nonce = h->nonce;
	s->same_unit_counter = h->counter;
	if (!s->same_unit_ns || now - s->same_unit_ns >= s->conf.hold_ns)
		turn_note(out, s->conf.unit == NFHA_UNIT_PRIMARY ?
		     "the other unit is configured as primary, too: session refused (13-5)" :
		     "the other unit is configured as secondary, too: session refused (13-5)");
	s->same_unit_ns = now;
	if (s->state == FSM_NEGOTIATION)
		s->ref_ns = now;
}

static void answer(struct fsm *s, unsigned int path, uint64_t nonce, uint64_t now,
		   struct fsm_actions *out)
{
	struct fsm_path *p = &s->path[path];

	if (p->answered_ns && now - p->answered_ns < s->conf.poll_ns)
		return;
	p->answered_ns = now;
	turn_send(out, (int)path, NFHA_HELLO_F_ANSWER, nonce);
}

static void remember(struct fsm *s, const struct fsm_hello *h, uint64_t now,
		     struct fsm_actions *out)
{
	struct peer *p = &s->peer;

	if (p->view != PEER_ALIVE && h->state != FSM_LEAVING)
		turn_note(out, "the other unit is alive");
	if ((h->poll_ms != p->poll_ms || h->hold_ms != p->hold_ms) &&
	    (h->poll_ms != s->conf.poll_ns / NS_PER_MS ||
	     h->hold_ms != s->conf.hold_ns / NS_PER_MS))
		turn_note(out, "the other unit's unit poll or hold time differs from this one's (13-34)");
	p->view = h->state == FSM_LEAVING ? PEER_NOT_DETECTED : PEER_ALIVE;
	p->state = h->state;
	p->flags = h->flags;
	p->term = h->term;
	p->poll_ms = h->poll_ms;
	p->hold_ms = h->hold_ms;
	p->active_s = h->active_s;
	p->fresh_ns = now;
	if (h->state == FSM_ACTIVE || h->state == FSM_STAGED)
		p->active_ns = now;
	if (h->term > s->max_term)
		s->max_term = h->term;
}

static void heard_by(struct fsm *s, unsigned int path, const struct fsm_hello *h, bool reborn,
		     uint64_t now, struct fsm_actions *out)
{
	s->path[path].heard_ns = now;
	if (fsm_link(&s->conf, path) < 0)
		health_hello(&s->health, path - 1, now);
	lan_heard(s, path, h, reborn, now, out);
}

static void step_hello(struct fsm *s, const struct fsm_event *ev, uint64_t now,
		       struct fsm_actions *out)
{
	bool silent = now - s->peer.fresh_ns > 2 * s->conf.poll_ns;
	const struct fsm_hello *h = ev->hello;
	bool reborn, again;

	if (ev->path >= s->conf.paths || h->state > FSM_LEAVING || !h->nonce)
		return;
	if (h->nonce == s->conf.nonce) {
		s->count.hellos_own++;
		return;
	}
	if (h->unit == s->conf.unit) {
		hello_same_unit(s, h, now, out);
		answer(s, ev->path, h->nonce, now, out);
		return;
	}
	s->peer.heard_ns = now;
	if (h->nonce != s->peer.heard_nonce)
		s->peer.met_ns = now;
	switch (peer_judge(&s->peer, s->conf.nonce, h, silent, &reborn)) {
	case PEER_REFUSED:
		s->count.hellos_replayed++;
		return;
	case PEER_STALE:
		s->count.hellos_stale++;
		answer(s, ev->path, h->nonce, now, out);
		return;
	case PEER_LATE:
		s->count.hellos_late++;
		heard_by(s, ev->path, h, false, now, out);
		return;
	case PEER_FRESH:
		break;
	}
	s->count.hellos_fresh++;
	heard_by(s, ev->path, h, reborn, now, out);
	if (ev->peer_ifaces)
		health_peer(&s->health, ev->peer_ifaces, now);
	again = reborn || (s->peer.state == FSM_ACTIVE && h->state != FSM_ACTIVE);
	remember(s, h, now, out);
	meet(s, reborn, again, now, out);
	pause_heard(s, h, now, out);
	if (h->flags & NFHA_HELLO_F_PROBE)
		turn_send(out, (int)ev->path, NFHA_HELLO_F_ANSWER, h->nonce);
}

/* -- time */

/* The longer one counts: a lease of the peer may run as long as its own hold. */
static uint64_t hold_ns(const struct fsm *s)
{
	uint64_t peers = min_size(s->peer.hold_ms, NFHA_HOLD_MS_MAX) * NS_PER_MS;

	return max_u64(s->conf.hold_ns, peers);
}

static uint64_t echo_of(const struct fsm *s)
{
	return s->peer.nonce && s->peer.view == PEER_ALIVE ? s->peer.nonce : s->peer.heard_nonce;
}

static void regular_hellos(struct fsm *s, bool tick, uint64_t now, struct fsm_actions *out)
{
	uint64_t echo = echo_of(s);
	bool silent = lan_silence(s, now) > 2 * s->conf.poll_ns;
	/* A unit that has no peer asks for one more rarely: 250 interfaces are many. */
	uint64_t period = s->state == FSM_NEGOTIATION || s->peer.view == PEER_ALIVE ?
			  0 : s->conf.hold_ns;
	bool probe = s->state == FSM_NEGOTIATION || silent;

	turn_send(out, FSM_PATH_LINKS, probe ? NFHA_HELLO_F_PROBE : 0, echo);
	if (!probe || (tick && s->probe_ns && now - s->probe_ns < period))
		return;
	s->probe_ns = s->health.hello_ns = now;
	turn_send(out, FSM_PATH_DATA, NFHA_HELLO_F_PROBE, echo);
}

/* Those that tell of the interface that they go by (13-23). */
static void iface_hellos(struct fsm *s, uint64_t now, struct fsm_actions *out)
{
	if (s->state == FSM_LEAVING || now - s->health.hello_ns < s->health.conf.poll_ns)
		return;
	s->health.hello_ns = now;
	turn_send(out, FSM_PATH_DATA, 0, echo_of(s));
}

static void watch_peer(struct fsm *s, uint64_t now, struct fsm_actions *out)
{
	lan_watch(s, now, out);
	if (s->peer.view == PEER_ALIVE && now - s->peer.fresh_ns >= hold_ns(s) &&
	    !pause_runs(s, now)) {
		s->peer.view = PEER_FAILED;
		turn_note(out, "nothing heard of the other unit for the hold time: marked as failed");
	}
}

static void watch_hold(struct fsm *s, uint64_t now, struct fsm_actions *out)
{
	bool pause = pause_runs(s, now);
	bool expired = now - s->ref_ns >= hold_ns(s) && now >= s->barred_ns && !pause;
	/*
	 * Who boots, or could not be active, and hears another one boot gives it time to prove
	 * that it is fresh. A standby does not, once it knew its active unit: that is gone.
	 */
	uint64_t until = s->ref_ns + 2 * hold_ns(s);
	bool meeting = (s->state != FSM_STANDBY || !s->peer.fresh_ns) && s->peer.heard_ns &&
		       now - s->peer.heard_ns <= 2 * s->conf.poll_ns &&
		       (now < until ||
			now < min_u64(until, s->peer.met_ns) + hold_ns(s));

	switch (s->state) {
	case FSM_NEGOTIATION:
	case FSM_STANDBY:
	case FSM_FENCED:
	case FSM_FAILED:
		if (expired && !meeting && s->command != FSM_CMD_STOP && meet_is_able(s, out))
			turn_take(s, "no active unit heard on any path for the hold time", now, out);
		break;
	case FSM_STAGED:
		if (now - max_u64(s->peer.active_ns, s->ref_ns) >= hold_ns(s) && !pause)
			turn_take(s, "no active unit heard on any path for the hold time", now, out);
		else if (now - s->since_ns >= hold_ns(s) + FSM_FLUSH_MS * NS_PER_MS)
			turn_stand_by(s, "the active unit did not release", now, out);
		break;
	case FSM_ACTIVE:
	case FSM_LEAVING:
		break;
	}
}

/*
 * When a unit that waits looks for itself, between two ticks: a poll later than the hold time
 * would be later than specified (Table 13-7). The third hello may be late, and what is asked by
 * the data interfaces after the second is answered first.
 */
static uint64_t hold_ends_ns(const struct fsm *s)
{
	if (s->state != FSM_STANDBY && s->state != FSM_FENCED && s->state != FSM_FAILED)
		return UINT64_MAX;
	return max_u64(s->ref_ns + max_u64(hold_ns(s), 7 * s->conf.poll_ns / 2), s->barred_ns);
}

static void watch_command(struct fsm *s, uint64_t now, struct fsm_actions *out)
{
	if (s->command == FSM_CMD_RESTART)
		pause_ask(s, now, out);
	if (s->command == FSM_CMD_NONE || now < s->command_ns || fsm_is_releasing(s) || s->away)
		return;
	if (s->command == FSM_CMD_STOP)
		turn_leave(s, now, out);
	else
		turn_reply(s, out, FSM_REPLY_REFUSED, "the other unit did not react in time");
}

/* -- interfaces */

/* The other unit is there to compare with. */
static bool talks(const struct fsm *s, uint64_t now)
{
	return s->peer.view == PEER_ALIVE && now - s->peer.fresh_ns <= 3 * s->conf.poll_ns;
}

/*
 * The other unit is better, and the failover link is there, without which nothing
 * moves (13-16). A failed peer is not Standby, and not better (Table 13-2).
 */
static bool could_shed(const struct fsm *s, uint64_t now)
{
	return s->state == FSM_ACTIVE && !fsm_is_releasing(s) && health_is_failing(&s->health) &&
	       talks(s, now) && s->peer.state == FSM_STANDBY &&
	       !(s->peer.flags & NFHA_HELLO_F_ISOLATED) &&
	       lan_silence(s, now) <= 2 * s->conf.poll_ns;
}

/* What the interfaces make of the unit; the hold goes on meanwhile. */
static void judge_health(struct fsm *s, uint64_t now, struct fsm_actions *out)
{
	bool failing = health_is_failing(&s->health), shed = could_shed(s, now);
	bool damped = shed && health_is_damped(&s->health, now);
	uint64_t ref = s->ref_ns;

	if (damped && !s->damped)
		turn_note(out, "too many interfaces failed, but 3 takeovers in 10 minutes: not handing over");
	s->damped = damped;
	shed &= !damped;
	if (shed && !s->shedding)
		turn_note(out, "too many interfaces failed: asking the other unit to take over");
	s->shedding = shed || (s->shedding && fsm_is_releasing(s));
	if (failing && s->state == FSM_STANDBY)
		turn_become(s, FSM_FAILED, "too many monitored interfaces failed", now, out);
	else if (!failing && s->state == FSM_FAILED)
		turn_become(s, FSM_STANDBY, "enough monitored interfaces work again", now, out);
	s->ref_ns = ref;
}

static void run_health(struct fsm *s, const uint64_t *rx, uint64_t now, struct fsm_actions *out)
{
	if (now < s->grace_ns)
		return;
	health_step(&s->health, rx, talks(s, now), now, &out->probes);
	iface_hellos(s, now, out);
}

static void step_wake(struct fsm *s, const uint64_t *rx, uint64_t now, struct fsm_actions *out)
{
	uint64_t end = hold_ends_ns(s);

	/* After a stop of our own the tick has the first word. */
	if (now - s->tick_ns > 2 * s->conf.poll_ns)
		return;
	/* A hold that ended earlier, and could not be used, is none of this moment. */
	if (now >= s->grace_ns && now >= end && now - end < s->conf.poll_ns) {
		watch_peer(s, now, out);
		watch_hold(s, now, out);
	}
	run_health(s, rx, now, out);
}

static void step_tick(struct fsm *s, const uint64_t *rx, uint64_t now, struct fsm_actions *out)
{
	/*
	 * A tick that comes late says that we did not run. What the peer sent in
	 * the meantime was drained before this step; it still gets one more poll.
	 */
	if (now - s->tick_ns > 2 * s->conf.poll_ns) {
		s->count.late_ticks++;
		/* A machine that was suspended has lost what was sent to it. */
		if (now - s->tick_ns >= s->conf.hold_ns)
			s->ref_ns = now;
		s->grace_ns = now + s->conf.poll_ns;
		health_again(&s->health, now);
	}
	s->tick_ns = now;
	if (now >= s->grace_ns) {
		watch_peer(s, now, out);
		watch_hold(s, now, out);
	}
	watch_command(s, now, out);
	if (s->state != FSM_LEAVING)
		regular_hellos(s, true, now, out);
	run_health(s, rx, now, out);
}

/* -- the module's answers */

static void role_failed(struct fsm *s, uint64_t now, struct fsm_actions *out)
{
	s->barred_ns = now + hold_ns(s);
	if (s->role_waiting)
		return;
	if (s->state == FSM_STAGED)
		turn_stand_by(s, "the module could not stage the active role", now, out);
	else if (s->state == FSM_ACTIVE || s->state == FSM_STANDBY || s->state == FSM_FAILED)
		turn_fence(s, "the module could not change the role", now, out);
	else if (s->command == FSM_CMD_STOP && s->state != FSM_LEAVING)
		turn_leave_now(s, now, out);
}

static void step_role_done(struct fsm *s, bool ok, uint64_t now, struct fsm_actions *out)
{
	if (!s->role_busy)
		return;
	s->role_busy = false;
	if (!ok) {
		role_failed(s, now, out);
		return;
	}
	if (s->role_now.role == NFHA_ROLE_FENCED && s->command == FSM_CMD_STOP &&
	    s->state != FSM_LEAVING && !s->role_waiting) {
		turn_leave_now(s, now, out);
	} else if (s->role_now.role == NFHA_ROLE_STANDBY && fsm_is_releasing(s)) {
		if (s->shedding)
			health_moved(&s->health, now);
		s->term = s->max_term;
		turn_become(s, FSM_STANDBY, "handed over", now, out);
	} else if (s->role_now.role == NFHA_ROLE_ACTIVE && s->state == FSM_ACTIVE) {
		if (s->command == FSM_CMD_ACTIVE)
			turn_reply(s, out, FSM_REPLY_DONE, "this unit is active");
		out->renew = true;
	}
}

static void step_fenced(struct fsm *s, uint32_t term, uint64_t now, struct fsm_actions *out)
{
	if (term != s->term || (s->state != FSM_ACTIVE && s->state != FSM_STAGED) || fsm_is_releasing(s))
		return;
	s->role_waiting = false;
	turn_become(s, FSM_FENCED, "the lease lapsed", now, out);
	if (s->command == FSM_CMD_STOP)
		turn_leave(s, now, out);
	else if (s->command != FSM_CMD_NONE)
		turn_reply(s, out, FSM_REPLY_REFUSED, "the lease lapsed");
}

static void step_opened(struct fsm *s, uint32_t term, uint64_t now, struct fsm_actions *out)
{
	if (term != s->term || s->state != FSM_STAGED)
		return;
	s->count.takeovers++;
	s->role_waiting = false;
	if (s->peer.flags & NFHA_HELLO_F_FAILING && s->command != FSM_CMD_ACTIVE)
		health_moved(&s->health, now);
	turn_become(s, FSM_ACTIVE, "the other unit has released", now, out);
	if (s->command == FSM_CMD_ACTIVE)
		turn_reply(s, out, FSM_REPLY_DONE, "this unit is active");
	out->renew = true;
}

/* -- commands */

static void command_begins(struct fsm *s, enum fsm_command command, uint64_t ns, uint64_t now)
{
	s->command = command;
	s->command_ns = now + ns;
}

static void command_active(struct fsm *s, uint64_t now, struct fsm_actions *out)
{
	switch (s->state) {
	case FSM_ACTIVE:
		turn_reply(s, out, FSM_REPLY_NOOP, "this unit is already active");
		return;
	case FSM_STAGED:
		turn_reply(s, out, FSM_REPLY_REFUSED, "this unit is already taking over");
		return;
	case FSM_NEGOTIATION:
		turn_reply(s, out, FSM_REPLY_REFUSED, "this unit is in Negotiation; wait for it");
		return;
	case FSM_FENCED:
	case FSM_FAILED:
	case FSM_LEAVING:
		turn_reply(s, out, FSM_REPLY_REFUSED, "this unit is Failed");
		return;
	case FSM_STANDBY:
		break;
	}
	if (!s->ready) {
		turn_reply(s, out, FSM_REPLY_REFUSED,
			   "this unit is not Ready: it does not hold all connections yet, or the units "
			   "do not fit together (nfha show failover)");
		return;
	}
	/* The other unit may be active, and will be heard soon. */
	if (pause_runs(s, now) || (!s->peer.fresh_ns && now - s->start_ns < hold_ns(s))) {
		turn_reply(s, out, FSM_REPLY_REFUSED, s->peer.fresh_ns ?
			   "the other unit restarts its helper" :
			   "this unit's helper has just started and does not know the other unit yet");
		return;
	}
	command_begins(s, FSM_CMD_ACTIVE,
		       2 * hold_ns(s) + FSM_FLUSH_MS * NS_PER_MS + NS_PER_S, now);
	if (s->peer.view == PEER_ALIVE)
		turn_stage(s, "failover active", now, out);
	else
		turn_take(s, "failover active", now, out);
}

static const char *peer_refuses(const struct fsm *s)
{
	if (s->peer.view == PEER_NOT_DETECTED)
		return "the other unit is Not Detected";
	if (s->peer.view == PEER_FAILED || s->peer.state == FSM_FENCED ||
	    s->peer.state == FSM_FAILED)
		return "the other unit is Failed";
	if (s->peer.state != FSM_STANDBY)
		return "the other unit is not Standby";
	return NULL;
}

static void command_reset(struct fsm *s, uint64_t now, struct fsm_actions *out)
{
	bool news = s->state == FSM_FAILED || s->health.failed || s->damped;

	health_again(&s->health, now);
	memset(s->health.moved_ns, 0, sizeof(s->health.moved_ns));
	if (!news)
		turn_reply(s, out, FSM_REPLY_NOOP, "this unit is not failed, nor is an interface");
	else if (health_is_failing(&s->health))
		turn_reply(s, out, FSM_REPLY_DONE, "the condition persists: this unit fails again");
	else
		turn_reply(s, out, FSM_REPLY_DONE, "the interfaces are judged anew");
}

static void step_command(struct fsm *s, enum fsm_command command, uint64_t now,
			 struct fsm_actions *out)
{
	const char *refused = peer_refuses(s);

	/* Before its end there is no other answer, but a stop. */
	if (s->command == FSM_CMD_STOP || (s->command == FSM_CMD_RESTART && command != FSM_CMD_STOP))
		return;
	if (command == FSM_CMD_STOP) {
		command_begins(s, command, hold_ns(s) + NS_PER_S, now);
		if (s->state != FSM_ACTIVE || refused)
			turn_leave(s, now, out);
	} else if (command == FSM_CMD_RESTART) {
		command_begins(s, command, FSM_ASK_MS * NS_PER_MS, now);
		pause_ask(s, now, out);
	} else if (command == FSM_CMD_ACTIVE) {
		command_active(s, now, out);
	} else if (command == FSM_CMD_RESET) {
		command_reset(s, now, out);
	} else if (s->state != FSM_ACTIVE) {
		turn_reply(s, out, FSM_REPLY_NOOP, "this unit is not active");
	} else if (refused) {
		turn_reply(s, out, FSM_REPLY_REFUSED, refused);
	} else {
		command_begins(s, command, hold_ns(s) + NS_PER_S, now);
	}
}

static uint64_t wake_ns(const struct fsm *s, uint64_t now)
{
	uint64_t due = min_u64(s->health.due_ns, s->health.hello_ns + s->health.conf.poll_ns);
	uint64_t end = hold_ends_ns(s);

	/* What did not happen then waits for the ticks. */
	if (end > now)
		due = min_u64(due, end);
	if (s->state == FSM_LEAVING || s->away)
		return UINT64_MAX;
	/* The tick first: it may say that we did not run. */
	if (now - s->tick_ns > 2 * s->conf.poll_ns)
		return now + s->conf.poll_ns;
	return max_u64(due, s->grace_ns);
}

void fsm_step(struct fsm *s, const struct fsm_event *ev, uint64_t now, struct fsm_actions *out)
{
	enum fsm_command before = s->command;
	bool shedding = s->shedding, present = meet_is_present(s, now);

	memset(out, 0, sizeof(*out));
	out->wake_ns = UINT64_MAX;
	if (s->away)
		return;
	switch (ev->type) {
	case FSM_EV_TICK:
		step_tick(s, ev->rx, now, out);
		break;
	case FSM_EV_WAKE:
		step_wake(s, ev->rx, now, out);
		break;
	case FSM_EV_LINK:
		health_link(&s->health, ev->index, ev->status, now);
		break;
	case FSM_EV_HELLO:
		step_hello(s, ev, now, out);
		break;
	case FSM_EV_COMMAND:
		step_command(s, ev->command, now, out);
		break;
	case FSM_EV_FENCED:
		step_fenced(s, ev->term, now, out);
		break;
	case FSM_EV_OPENED:
		step_opened(s, ev->term, now, out);
		break;
	case FSM_EV_ROLE_DONE:
		step_role_done(s, ev->ok, now, out);
		break;
	case FSM_EV_SYNC:
		s->ready = ev->ready;
		s->state_link = ev->state_link;
		break;
	case FSM_EV_OCCUPIED:
		/* Only at boot: an active or standby unit knew its peer. */
		if (s->state == FSM_NEGOTIATION) {
			s->ref_ns = now;
			s->count.occupied++;
		}
		break;
	}
	judge_health(s, now, out);
	/* Who was adopted and knows now whom to tell, tells at once. */
	if (ev->type != FSM_EV_TICK && !out->exit &&
	    (out->changed || (s->adopted && s->peer.heard_nonce) || ev->type == FSM_EV_ROLE_DONE || ev->type == FSM_EV_LINK ||
	     s->command != before || s->shedding != shedding))
		regular_hellos(s, false, now, out);
	/* After a stop of our own the lease may have lapsed, and an order would open the gate. */
	if (s->role_waiting && !s->role_busy &&
	    (present || s->role_want.role != NFHA_ROLE_ACTIVE)) {
		s->role_waiting = false;
		s->role_busy = true;
		s->role_now = s->role_want;
		out->role_set = true;
		out->role = s->role_now;
	}
	if (s->state == FSM_ACTIVE || s->state == FSM_STAGED) {
		turn_renew(s, ev->type == FSM_EV_TICK, now, out);
		out->renew_strict = s->state == FSM_ACTIVE && !s->role_busy;
		out->renew_term = s->term;
	}
	/* A hello would end the pause. */
	if (s->away && s->asked_ns)
		out->sends = 0;
	out->wake_ns = wake_ns(s, now);
}
