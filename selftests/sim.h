/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim.h - two units in virtual time
 *
 * Each unit is a struct fsm, driven as nfhad's engine drives it, and a model of the
 * module: role, term, lease, gate, RELEASED over a state link. Between them are the
 * failover link and data networks with or without hosts, cut, lossy, late, repeating
 * or one-way at will. Nothing here knows who should be active.
 */
#ifndef NFHA_SIM_H
#define NFHA_SIM_H

#include <stdio.h>

#include "fsm.h"

#define SIM_NETS_MAX	8	/* data networks */
#define SIM_PATHS	(2 + SIM_NETS_MAX)
#define SIM_UNITS	2
#define SIM_MAIL	4096	/* on the way */
#define SIM_INBOX	512	/* unread by a helper that is stopped */

/**
 * struct sim_net - one unit's end of one path
 * @cut: what comes to the unit is lost
 * @mute: what it sends is lost
 * @loss: per cent of the hellos to it
 * @twice: per cent that arrive two times
 * @delay_min: ns; the rest, up to @delay_max more, is random
 * @delay_max: ns
 * @link: enum nfha_iface_status
 * @rx: received packets
 */
struct sim_net {
	bool		cut;
	bool		mute;
	unsigned int	loss;
	unsigned int	twice;
	uint64_t	delay_min;
	uint64_t	delay_max;
	uint8_t		link;
	uint64_t	rx;
};

/* enum sim_hosts - who else is in a data network */
enum sim_hosts {
	SIM_HOSTS_NONE,
	SIM_HOSTS_QUIET,	/* they answer */
	SIM_HOSTS_BUSY,		/* they send all the time */
};

/* enum sim_kind - what is on the way to a unit */
enum sim_kind {
	MAIL_NONE,
	MAIL_HELLO,
	MAIL_RELEASED,		/* module to module */
	MAIL_FENCED,		/* module to helper */
	MAIL_OPENED,
	MAIL_ROLE_DONE,
};

struct sim_mail {
	enum sim_kind	kind;
	int		to;
	unsigned int	path;
	struct fsm_hello hello;
	uint8_t		ifaces[SIM_NETS_MAX];
	uint32_t	term;
	bool		ok;
};

/* struct sim_due - in the heap: what was sent first comes first, at the same time */
struct sim_due {
	uint64_t	at;
	uint64_t	order;
	unsigned int	mail;
};

/**
 * struct sim_module - model of nfha.ko
 * @role: enum nfha_role
 * @deadline: end of the lease
 * @job: what it works on, until @job_end; @job_shut: the gate shuts then
 */
struct sim_module {
	uint8_t		role;
	uint32_t	term;
	uint64_t	deadline;
	bool		staged;
	bool		wait;
	uint32_t	released_term;
	bool		busy;
	struct fsm_role	job;
	uint64_t	job_shut;
	uint64_t	job_end;
};

struct sim_unit {
	bool		up;		/* the machine */
	bool		helper;		/* nfhad runs */
	bool		paused;		/* it is stopped; the machine is not */
	bool		frozen;		/* the machine is suspended: nothing arrives, either */
	uint64_t	stopped_at;	/* and its clock with it, since then; 0: it goes on */
	int64_t		skew;		/* its clock is ahead by so much, ns */
	bool		left;		/* it said that it is done */
	uint64_t	clear_at;	/* then the module forgets everything; 0: not */
	uint64_t	back_at;	/* then the next helper starts, after a planned restart; 0: not */
	unsigned int	released;	/* RELEASED was said so many times */
	struct fsm	fsm;
	uint32_t	high_term;	/* of all its lives */
	struct sim_module module;
	uint64_t	next_tick;
	uint64_t	wake;
	unsigned int	inbox[SIM_INBOX];	/* of struct sim_mail */
	unsigned int	unread;
	uint64_t	healthy_since;
	enum fsm_reply	reply;
	const char	*reply_text;
	unsigned int	failovers;
	const char	*note;		/* the last one */
	unsigned int	rtt_told;	/* messages about the round trip */
};

/**
 * struct sim - everything
 * @nets: data networks
 * @backup: there is a second failover link
 * @policy, @percent: interface policy
 * @if_poll, @if_hold: of the interfaces
 * @stateful: there is a state link
 * @role_max_ms: a role change takes up to so long
 * @role_fail: per mille
 * @restart_max_ms: the next helper starts after up to so long
 * @steps: events that the elections were given
 * @strict: two gates are never open, not for a moment
 * @alive: no gate is open for no longer than specified
 * @broken: an invariant that did not hold
 * @both_since: two gates are open; 0: not
 * @met_since: and a path between the units works
 * @none_since: no gate is open
 * @none_longest: while some unit was healthy
 */
struct sim {
	uint64_t	now;
	uint64_t	seed;
	uint64_t	poll, hold;
	uint64_t	if_poll, if_hold;
	unsigned int	nets;
	bool		backup;
	unsigned int	policy;
	bool		percent;
	bool		stateful;
	unsigned int	role_max_ms;
	unsigned int	role_fail[SIM_UNITS];
	unsigned int	restart_max_ms;
	bool		same_unit;
	bool		trace;
	uint64_t	steps;
	uint64_t	mail_order;
	struct sim_unit	unit[SIM_UNITS];
	struct sim_net	net[SIM_PATHS][SIM_UNITS];
	enum sim_hosts	hosts[SIM_PATHS];
	bool		state_cut;
	bool		strict;
	bool		alive;
	const char	*broken;
	uint64_t	both_since;
	uint64_t	met_since;
	uint64_t	both_longest;
	uint64_t	none_since;
	uint64_t	none_longest;
	unsigned int	frees;
	unsigned int	dues;
	/* From here on sim_init() clears nothing. */
	struct sim_mail	mail[SIM_MAIL];
	unsigned int	free[SIM_MAIL];
	struct sim_due	heap[SIM_MAIL];
};

void sim_init(struct sim *s, uint64_t seed, uint64_t poll_ms, uint64_t hold_ms, bool stateful);
uint32_t sim_random(struct sim *s, uint32_t below);

/* The machine boots: a new helper, a new module. */
void sim_boot(struct sim *s, int u);
void sim_crash(struct sim *s, int u);
/* kill -9 of nfhad, and its restart: it adopts. */
void sim_helper_kill(struct sim *s, int u);
void sim_helper_start(struct sim *s, int u);
void sim_pause(struct sim *s, int u, bool paused);
/* The machine, suspended; its CLOCK_BOOTTIME goes on. */
void sim_freeze(struct sim *s, int u, bool frozen);
/* Stopped by its hypervisor: its clock stands still until it thaws. */
void sim_stop_clock(struct sim *s, int u);
/* Its clock is suddenly ahead. */
void sim_jump(struct sim *s, int u, uint64_t ns);
/* Cable and switch port of a data network, as the unit's kernel sees them. */
void sim_link(struct sim *s, int u, unsigned int path, uint8_t status);
void sim_command(struct sim *s, int u, enum fsm_command command);
void sim_hello(struct sim *s, int u, unsigned int path, const struct fsm_hello *h);
/* As the election counts them: failover link, data networks, backup. */
static inline unsigned int sim_paths(const struct sim *s)
{
	return 1 + s->nets + s->backup;
}

/* Both directions; to 0 or 1: only what comes to that unit; -1: both. */
void sim_cut(struct sim *s, int path, int to, bool cut);
/* The cable of one unit in the switch: neither direction works, and the link stays up. */
void sim_unplug(struct sim *s, int u, unsigned int path, bool out);

void sim_run(struct sim *s, uint64_t ns);
bool sim_gate(const struct sim *s, int u);
/* The one whose gate is open; -1: none; 2: both. */
int sim_active(const struct sim *s);

/* CLOCK_BOOTTIME of a unit: what its helper and its module go by. */
static inline uint64_t sim_clock(const struct sim *s, int u)
{
	const struct sim_unit *unit = &s->unit[u];

	return (unit->stopped_at ? unit->stopped_at : s->now) + (uint64_t)unit->skew;
}

/* -- between the parts of the simulator */

uint64_t sim_random_ns(struct sim *s, uint64_t max);
void sim_post(struct sim *s, const struct sim_mail *m, uint64_t at);
/* The helper runs. */
bool sim_runs(const struct sim_unit *u);

/* sim_module.c: an order, and what follows from it in time */
void sim_module_begin(struct sim *s, int u, const struct fsm_role *job, uint64_t deadline);
void sim_module_shut(struct sim *s, int u);
void sim_module_end(struct sim *s, int u);
bool sim_module_renew(struct sim *s, int u, uint32_t term, uint64_t deadline, bool pause);
void sim_module_lapse(struct sim *s, int u);
void sim_module_released(struct sim *s, int u, uint32_t term);

/* sim_judge.c */
void sim_judge_loser(struct sim *s, int u, bool was_active, bool released, uint32_t term);
void sim_measure(struct sim *s);

#endif /* NFHA_SIM_H */
