// SPDX-License-Identifier: GPL-2.0-or-later
/* sim_module.c - the simulator's model of nfha.ko */
#include "sim.h"

static void tell_helper(struct sim *s, int u, enum sim_kind kind, bool ok)
{
	struct sim_mail m = { .kind = kind, .to = u, .ok = ok, .term = s->unit[u].module.term };

	sim_post(s, &m, s->now);
}

static void release(struct sim *s, int u, uint32_t term)
{
	struct sim_mail m = { .kind = MAIL_RELEASED, .to = !u, .term = term };

	s->unit[u].released++;
	if (s->stateful && !s->state_cut)
		sim_post(s, &m, s->now + sim_random_ns(s, s->poll / 20));
}

/* kmod/role.c: staged before the addresses are swapped, open after. */
void sim_module_begin(struct sim *s, int u, const struct fsm_role *job, uint64_t deadline)
{
	struct sim_module *m = &s->unit[u].module;
	uint64_t takes = sim_random_ns(s, s->role_max_ms * NS_PER_MS);

	m->busy = true;
	m->job = *job;
	m->job_shut = s->now;
	if (job->role == NFHA_ROLE_STANDBY && job->release)
		m->job_shut += sim_random_ns(s, job->flush_ms * NS_PER_MS);
	m->job_end = m->job_shut + takes;
	if (job->role != NFHA_ROLE_ACTIVE || sim_gate(s, u))
		return;
	if (m->role != NFHA_ROLE_STAGED || m->term != job->term || sim_clock(s, u) >= m->deadline)
		m->staged = false;
	m->role = NFHA_ROLE_STAGED;
	m->term = job->term;
	m->wait = job->wait_release;
	m->deadline = max_u64(m->staged ? m->deadline : 0, deadline);
}

static bool end_active(struct sim_module *m)
{
	if (m->role == NFHA_ROLE_ACTIVE) {
		m->term = m->job.term;
		return true;
	}
	if (m->role != NFHA_ROLE_STAGED)
		return false;
	m->staged = true;
	if (!m->wait || m->released_term == m->term)
		m->role = NFHA_ROLE_ACTIVE;
	return true;
}

void sim_module_end(struct sim *s, int u)
{
	struct sim_module *m = &s->unit[u].module;
	bool ok = sim_random(s, 1000) >= s->role_fail[u];

	m->busy = false;
	if (ok && m->job.role == NFHA_ROLE_ACTIVE) {
		ok = end_active(m);
		if (ok && m->wait && m->role == NFHA_ROLE_ACTIVE)
			tell_helper(s, u, MAIL_OPENED, true);
	}
	tell_helper(s, u, MAIL_ROLE_DONE, ok);
}

void sim_module_shut(struct sim *s, int u)
{
	struct sim_module *m = &s->unit[u].module;

	m->job_shut = UINT64_MAX;
	if (m->job.role == NFHA_ROLE_ACTIVE)
		return;
	m->role = m->job.role;
	m->term = m->job.term;
	m->deadline = 0;
	if (m->job.release)
		release(s, u, m->job.term);
}

/* kmod/lease.c: a pause ends with the first renewal that is none. */
bool sim_module_renew(struct sim *s, int u, uint32_t term, uint64_t deadline, bool pause)
{
	struct sim_module *m = &s->unit[u].module;

	if ((m->role != NFHA_ROLE_ACTIVE && m->role != NFHA_ROLE_STAGED) || m->term != term ||
	    sim_clock(s, u) >= m->deadline)
		return false;
	if (deadline > m->deadline || (!pause && m->deadline - sim_clock(s, u) > s->hold))
		m->deadline = deadline;
	return true;
}

void sim_module_lapse(struct sim *s, int u)
{
	struct sim_module *m = &s->unit[u].module;

	if ((m->role == NFHA_ROLE_ACTIVE || m->role == NFHA_ROLE_STAGED) &&
	    sim_clock(s, u) >= m->deadline) {
		m->role = NFHA_ROLE_FENCED;
		tell_helper(s, u, MAIL_FENCED, true);
	}
}

void sim_module_released(struct sim *s, int u, uint32_t term)
{
	struct sim_module *m = &s->unit[u].module;

	/* Not configured: there is no session that could bring it. */
	if (m->role == NFHA_ROLE_NONE)
		return;
	if (m->role != NFHA_ROLE_ACTIVE && term >= m->term)
		m->released_term = term;
	if (m->role == NFHA_ROLE_STAGED && m->staged && term == m->term) {
		m->role = NFHA_ROLE_ACTIVE;
		tell_helper(s, u, MAIL_OPENED, true);
	}
}
