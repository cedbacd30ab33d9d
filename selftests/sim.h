/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sim.h - two units in virtual time, for unit_fsm.c
 *
 * Each unit is a struct fsm, driven as nfhad's engine drives it, and a model of the
 * module: role, term, lease, gate, RELEASED over a state link. Between them are the
 * failover link and two data networks, cut, lossy, late or one-way at will. Nothing
 * here knows who should be active.
 */
#ifndef NFHA_SIM_H
#define NFHA_SIM_H

#include <stdio.h>

#include "fsm.h"

#define SIM_PATHS	3
#define SIM_UNITS	2
#define SIM_MAIL	4096	/* on the way, or unread */

/* struct sim_net - one direction of one path */
struct sim_net {
	bool		cut;
	unsigned int	loss;		/* per cent */
	uint64_t	delay_max;	/* ns */
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
	uint64_t	at;
	uint64_t	order;	/* what was sent first comes first, at the same time */
	int		to;
	unsigned int	path;
	struct fsm_hello hello;
	uint32_t	term;
	bool		ok;
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
	bool		left;		/* it said that it is done */
	uint64_t	clear_at;	/* then the module forgets everything; 0: not */
	unsigned int	released;	/* RELEASED was said so many times */
	struct fsm	fsm;
	struct sim_module module;
	uint64_t	next_tick;
	uint64_t	healthy_since;
	enum fsm_reply	reply;
	const char	*reply_text;
	unsigned int	failovers;
};

struct sim {
	uint64_t	now;
	uint64_t	seed;
	uint64_t	poll, hold;
	bool		stateful;
	unsigned int	role_max_ms;	/* a role change takes up to so long */
	unsigned int	role_fail[SIM_UNITS];	/* per mille */
	bool		same_unit;
	bool		trace;
	uint64_t	mail_order;
	struct sim_unit	unit[SIM_UNITS];
	struct sim_net	net[SIM_PATHS][SIM_UNITS];	/* by receiver */
	bool		state_cut;
	struct sim_mail	mail[SIM_MAIL];
	unsigned int	mails;
	uint64_t	both_since;	/* two gates are open; 0: not */
	uint64_t	both_longest;
	uint64_t	none_since;	/* no gate is open */
	uint64_t	none_longest;	/* while some unit was healthy */
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
void sim_command(struct sim *s, int u, enum fsm_command command);
void sim_hello(struct sim *s, int u, unsigned int path, const struct fsm_hello *h);
/* Both directions; to 0 or 1: only what comes to that unit; -1: both. */
void sim_cut(struct sim *s, int path, int to, bool cut);

void sim_run(struct sim *s, uint64_t ns);
bool sim_gate(const struct sim *s, int u);
/* The one whose gate is open; -1: none; 2: both. */
int sim_active(const struct sim *s);

#endif /* NFHA_SIM_H */
