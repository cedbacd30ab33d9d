/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fsm.h - the election: a pure step function
 *
 * (state, event, now) -> (state, actions): no input, no output, no clock of its
 * own. nfhad feeds it, and the simulator of the unit tests feeds it.
 */
#ifndef NFHA_FSM_H
#define NFHA_FSM_H

#include <linux/nfha.h>
#include <linux/nfha_wire.h>

#include "health.h"
#include "peer.h"
#include "rtt.h"

#define FSM_PATH_LINK	0	/* the failover link; 1 and up: data interfaces; last: its backup */
#define FSM_PATH_DATA	(-1)	/* in struct fsm_send: every data interface */
#define FSM_PATH_LINKS	(-2)	/* in struct fsm_send: every failover link */
#define FSM_LINKS_MAX	2	/* the failover link and its backup */
#define FSM_PATHS_MAX	(FSM_LINKS_MAX + NFHA_IFACES_MAX)
#define FSM_ASK_MS	500	/* how long the peer is asked to wait for a restart, at most */
#define FSM_FLUSH_MS	500	/* how long the active may flush in a handover, at most */

/**
 * enum fsm_state - what this unit is
 * Numbered as enum nfha_hello_state, which is what hellos say.
 */
enum fsm_state {
	FSM_NEGOTIATION	= NFHA_HELLO_NEGOTIATION,
	FSM_STANDBY	= NFHA_HELLO_STANDBY,
	FSM_ACTIVE	= NFHA_HELLO_ACTIVE,
	FSM_STAGED	= NFHA_HELLO_STAGED,
	FSM_FENCED	= NFHA_HELLO_FENCED,
	FSM_FAILED	= NFHA_HELLO_FAILED,
	FSM_LEAVING	= NFHA_HELLO_LEAVING,
};

/**
 * struct fsm_conf - what the election has to know of the configuration
 * @unit: NFHA_UNIT_*
 * @poll_ns: hello interval
 * @hold_ns: hold time
 * @paths: failover link, data interfaces, and the backup of the failover link
 * @backup: there is one: the last path
 * @stateful: there is a state link
 * @nonce: boot nonce of this unit, not 0
 * @health: interfaces: path 1 is the first of them
 */
struct fsm_conf {
	uint8_t		unit;
	uint64_t	poll_ns;
	uint64_t	hold_ns;
	unsigned int	paths;
	bool		backup;
	bool		stateful;
	uint64_t	nonce;
	struct health_conf health;
};

/**
 * struct fsm_path - one way to the peer
 * @heard_ns: last fresh hello; 0: none in this life
 * @answered_ns: last answer to a hello that was not fresh
 */
struct fsm_path {
	uint64_t	heard_ns;
	uint64_t	answered_ns;
};

/**
 * struct fsm_role - an order to the module
 * @role: enum nfha_role
 * @term: with it
 * @wait_release: active: stage, and wait for RELEASED
 * @release: standby: flush, and send RELEASED
 * @flush_ms: flush at most so long
 */
struct fsm_role {
	uint8_t		role;
	uint32_t	term;
	bool		wait_release;
	bool		release;
	uint32_t	flush_ms;
};

/* enum fsm_command - what an operator waits for */
enum fsm_command {
	FSM_CMD_NONE,
	FSM_CMD_ACTIVE,		/* failover active */
	FSM_CMD_NO_ACTIVE,	/* no failover active */
	FSM_CMD_STOP,		/* SIGTERM */
	FSM_CMD_RESET,		/* failover reset: at once, nobody waits */
	FSM_CMD_RESTART,	/* SIGUSR2: the next helper goes on */
};

/**
 * struct fsm_counters - what was refused, for show failover
 */
struct fsm_counters {
	uint64_t	hellos_sent;
	uint64_t	hellos_fresh;
	uint64_t	hellos_late;	/* overtaken by a newer one on another path */
	uint64_t	hellos_stale;
	uint64_t	hellos_replayed;
	uint64_t	hellos_own;	/* ours, come back */
	uint64_t	hellos_same_unit;
	uint64_t	late_ticks;	/* this helper was not running */
	uint64_t	takeovers;
	uint64_t	occupied;	/* did not become active beside another key */
};

/**
 * struct fsm - the whole state
 * @conf: constant
 * @state: what we are and say
 * @term: of the present role
 * @max_term: highest ever seen
 * @since_ns: when @state began
 * @ref_ns: no active unit was known since then; a hold later we take over
 * @barred_ns: do not elect ourselves before (a takeover failed)
 * @tick_ns: last tick
 * @role_busy: the module works on @role_now
 * @role_now: what it works on, or did last
 * @role_want: what it gets next
 * @role_waiting: @role_want is valid
 * @ready: standby: holds all state (or there is none to hold)
 * @state_link: the module hears its peer
 * @command: an operator waits
 * @command_ns: gives up then
 * @link_failed: hellos come by no failover link, or never came
 * @lan_failed: hellos do not come by this one
 * @same_unit_ns: last heard a unit with our own number; 0: never
 * @probe_ns: when data interfaces were probed last
 * @active_total_ns: finished stretches of being active
 * @start_ns: of this life of the helper
 * @grace_ns: silence proves nothing before: we were not running ourselves
 * @counter: of the last hello sent
 * @same_unit_nonce: of a unit with our own number
 * @same_unit_counter: its highest counter
 * @shedding: this active unit asks the other one to take over, for its interfaces
 * @damped: it would, and does not: the role moved too often
 * @isolated: it would take over, and does not: no interface of it works
 * @adopted: the lease is that of the helper before, and the peer did not hear this one yet
 * @asked_ns: the peer is asked to wait for our restart, since then; 0: not, or no longer
 * @away: nothing is done or said any more: the next helper goes on
 * @peer: the other unit
 * @path: ways to it
 * @rtt: round trip of each failover link
 * @health: the interfaces
 * @count: counters
 */
struct fsm {
	struct fsm_conf	conf;
	enum fsm_state	state;
	uint32_t	term;
	uint32_t	max_term;
	uint64_t	since_ns;
	uint64_t	ref_ns;
	uint64_t	barred_ns;
	uint64_t	tick_ns;
	bool		role_busy;
	struct fsm_role	role_now;
	struct fsm_role	role_want;
	bool		role_waiting;
	bool		ready;
	bool		state_link;
	enum fsm_command command;
	uint64_t	command_ns;
	bool		link_failed;
	bool		lan_failed[FSM_LINKS_MAX];
	uint64_t	same_unit_ns;
	uint64_t	probe_ns;
	uint64_t	active_total_ns;
	uint64_t	start_ns;
	uint64_t	grace_ns;
	uint64_t	counter;
	uint64_t	same_unit_nonce;
	uint64_t	same_unit_counter;
	bool		shedding;
	bool		damped;
	bool		isolated;
	bool		adopted;
	uint64_t	asked_ns;
	bool		away;
	struct peer	peer;
	struct fsm_path	path[FSM_PATHS_MAX];
	struct rtt	rtt[FSM_LINKS_MAX];
	struct health	health;
	struct fsm_counters count;
};

/**
 * enum fsm_event_type - what can happen
 * @FSM_EV_TICK: a polling period passed, and all sockets were drained; @rx
 * @FSM_EV_WAKE: the moment that the last step asked for is there; otherwise as a tick
 * @FSM_EV_LINK: interface @index has another @status
 * @FSM_EV_HELLO: @path, @hello, @peer_ifaces
 * @FSM_EV_COMMAND: @command; the one before was replied to (but for a stop)
 * @FSM_EV_FENCED: the lease of @term lapsed, the gate is shut
 * @FSM_EV_OPENED: the gate is open in @term
 * @FSM_EV_ROLE_DONE: the module finished the order it was given; @ok
 * @FSM_EV_SYNC: @ready, @state_link
 * @FSM_EV_OCCUPIED: an active address is answered, or may be soon, by a unit whose
 *	hellos cannot be read
 */
enum fsm_event_type {
	FSM_EV_TICK,
	FSM_EV_HELLO,
	FSM_EV_COMMAND,
	FSM_EV_FENCED,
	FSM_EV_OPENED,
	FSM_EV_ROLE_DONE,
	FSM_EV_SYNC,
	FSM_EV_WAKE,
	FSM_EV_LINK,
	FSM_EV_OCCUPIED,
};

/*
 * @rx: received packets by interface; NULL unless health_counts() asked for them
 * @peer_ifaces: enum iftest_state by interface; NULL: none told
 */
struct fsm_event {
	enum fsm_event_type	type;
	unsigned int		path;
	unsigned int		index;
	uint8_t			status;
	const uint64_t		*rx;
	const uint8_t		*peer_ifaces;
	const struct fsm_hello	*hello;
	enum fsm_command	command;
	uint32_t		term;
	bool			ok;
	bool			ready;
	bool			state_link;
};

/**
 * struct fsm_send - send a hello
 * @path: FSM_PATH_*, or a path
 * @flags: NFHA_HELLO_F_PROBE, _ANSWER
 * @echo: receiver nonce
 */
struct fsm_send {
	int		path;
	uint32_t	flags;
	uint64_t	echo;
};

#define FSM_SENDS_MAX	4
#define FSM_NOTES_MAX	4

/* enum fsm_reply - how a command went */
enum fsm_reply {
	FSM_REPLY_NONE,		/* no news */
	FSM_REPLY_DONE,
	FSM_REPLY_NOOP,		/* nothing to do */
	FSM_REPLY_REFUSED,
};

/**
 * struct fsm_actions - what to do, in this order
 * @renew: renew the lease of @renew_term
 * @pause_ns: renew it until then, as for a pause; 0: until the usual time
 * @renew_strict: when that fails, step FSM_EV_FENCED before sending anything
 *	(otherwise a role change is under way, and its result is awaited)
 * @role_set: give @role to the module; answer with FSM_EV_ROLE_DONE
 * @send: hellos
 * @reply: to the operator, with @reply_text
 * @changed: state went from @from to @to for @reason
 * @failover: that was a failover (for "Last Failover at")
 * @note: lines for the log
 * @rtt_told: bit i: the round trip of failover link i has a level to be told
 * @exit: the orderly stop, or what comes before a restart, is complete
 * @wake_ns: step FSM_EV_WAKE then; replaces what the step before asked for
 * @probes: for tests of interfaces, to be sent
 */
struct fsm_actions {
	bool		renew;
	bool		renew_strict;
	uint32_t	renew_term;
	uint64_t	pause_ns;
	bool		role_set;
	struct fsm_role	role;
	unsigned int	sends;
	struct fsm_send	send[FSM_SENDS_MAX];
	enum fsm_reply	reply;
	const char	*reply_text;
	bool		changed;
	enum fsm_state	from, to;
	const char	*reason;
	bool		failover;
	unsigned int	notes;
	const char	*note[FSM_NOTES_MAX];
	unsigned int	rtt_told;
	bool		exit;
	uint64_t	wake_ns;
	struct health_probes probes;
};

/**
 * fsm_init() - the state at start
 * @s: filled
 * @conf: copied
 * @role: enum nfha_role that the module already has: NFHA_ROLE_NEGOTIATION after
 *	a first start; another one is adopted
 * @term: that goes with it
 * @now_ns: CLOCK_BOOTTIME
 */
void fsm_init(struct fsm *s, const struct fsm_conf *conf, uint8_t role, uint32_t term,
	      uint64_t now_ns);

/**
 * fsm_step() - one event
 * @s: state
 * @ev: what happened
 * @now_ns: when; never earlier than in the step before
 * @out: what to do; overwritten
 */
void fsm_step(struct fsm *s, const struct fsm_event *ev, uint64_t now_ns,
	      struct fsm_actions *out);

/**
 * fsm_hello() - the hello to send now
 * @s: state; its counter advances
 * @send: from struct fsm_actions
 * @path: by which it goes
 * @now_ns: CLOCK_BOOTTIME
 * @h: filled
 */
void fsm_hello(struct fsm *s, const struct fsm_send *send, unsigned int path, uint64_t now_ns,
	       struct fsm_hello *h);

/* Which failover link a path is: 0, its backup 1; -1: a data interface. */
static inline int fsm_link(const struct fsm_conf *conf, unsigned int path)
{
	if (path == FSM_PATH_LINK)
		return 0;
	return conf->backup && path == conf->paths - 1 ? 1 : -1;
}

/* Is a hello to be sent by this path? */
static inline bool fsm_goes_by(const struct fsm_conf *conf, const struct fsm_send *send,
			       unsigned int path)
{
	if (send->path >= 0)
		return (unsigned int)send->path == path;
	return (send->path == FSM_PATH_LINKS) == (fsm_link(conf, path) >= 0);
}

/* Ends before the peer's hold does: clocks drift, timers fire late. */
static inline uint64_t fsm_lease_ns(const struct fsm_conf *conf)
{
	return conf->hold_ns - max_u64(conf->hold_ns / 10, 2 * NS_PER_MS);
}

/* The order to the module that counts in the end: waiting, running or done. */
static inline const struct fsm_role *fsm_last_role(const struct fsm *s)
{
	return s->role_waiting ? &s->role_want : &s->role_now;
}

/* Active, but on the way to standby: flushing, then shutting the gate. */
static inline bool fsm_is_releasing(const struct fsm *s)
{
	return s->state == FSM_ACTIVE && fsm_last_role(s)->role == NFHA_ROLE_STANDBY;
}

uint64_t fsm_active_ns(const struct fsm *s, uint64_t now_ns);
const char *fsm_state_name(enum fsm_state state);

#endif /* NFHA_FSM_H */
