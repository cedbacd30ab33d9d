// SPDX-License-Identifier: GPL-2.0-or-later
/* sim.c - two units in virtual time */
#include <stdlib.h>

#include "sim.h"

/* xorshift64*: the same schedule from the same seed, on every machine. */
uint32_t sim_random(struct sim *s, uint32_t below)
{
	s->seed ^= s->seed >> 12;
	s->seed ^= s->seed << 25;
	s->seed ^= s->seed >> 27;
	return below ? (uint32_t)((s->seed * 0x2545f4914f6cdd1dULL >> 33) % below) : 0;
}

static uint64_t random_ns(struct sim *s, uint64_t max)
{
	return max ? (uint64_t)sim_random(s, 1U << 20) * (max >> 10) >> 10 : 0;
}

void sim_init(struct sim *s, uint64_t seed, uint64_t poll_ms, uint64_t hold_ms, bool stateful)
{
	memset(s, 0, sizeof(*s));
	s->seed = seed * 0x9e3779b97f4a7c15ULL + 1;
	s->poll = poll_ms * NS_PER_MS;
	s->hold = hold_ms * NS_PER_MS;
	s->stateful = stateful;
	s->now = NS_PER_S;
	s->none_since = s->now;
	s->role_max_ms = 5;
	for (int p = 0; p < SIM_PATHS; p++)
		for (int u = 0; u < SIM_UNITS; u++)
			s->net[p][u].delay_max = s->poll / 20;
}

static void post(struct sim *s, const struct sim_mail *m)
{
	unsigned int i = 0;

	while (i < s->mails && s->mail[i].kind)
		i++;
	if (i == SIM_MAIL)
		abort();
	s->mail[i] = *m;
	s->mail[i].order = s->mail_order++;
	if (i == s->mails)
		s->mails++;
}

bool sim_gate(const struct sim *s, int u)
{
	const struct sim_module *m = &s->unit[u].module;

	return s->unit[u].up && m->role == NFHA_ROLE_ACTIVE && s->now < m->deadline;
}

int sim_active(const struct sim *s)
{
	bool a = sim_gate(s, 0), b = sim_gate(s, 1);

	return a && b ? 2 : a ? 0 : b ? 1 : -1;
}

static bool runs(const struct sim_unit *u)
{
	return u->up && u->helper && !u->paused && !u->left;
}

/* -- the module */

static void tell_helper(struct sim *s, int u, enum sim_kind kind, bool ok)
{
	struct sim_mail m = { .kind = kind, .at = s->now, .to = u, .ok = ok,
			      .term = s->unit[u].module.term };

	post(s, &m);
}

static void release(struct sim *s, int u, uint32_t term)
{
	struct sim_mail m = { .kind = MAIL_RELEASED, .to = !u, .term = term,
			      .at = s->now + random_ns(s, s->poll / 20) };

	s->unit[u].released++;
	if (s->stateful && !s->state_cut)
		post(s, &m);
}

/* kmod/role.c: staged before the addresses are swapped, open after. */
static void module_begin(struct sim *s, int u, const struct fsm_role *job, uint64_t deadline)
{
	struct sim_module *m = &s->unit[u].module;
	uint64_t takes = random_ns(s, s->role_max_ms * NS_PER_MS);

	m->busy = true;
	m->job = *job;
	m->job_shut = s->now;
	if (job->role == NFHA_ROLE_STANDBY && job->release)
		m->job_shut += random_ns(s, job->flush_ms * NS_PER_MS);
	m->job_end = m->job_shut + takes;
	if (job->role != NFHA_ROLE_ACTIVE || sim_gate(s, u))
		return;
	if (m->role != NFHA_ROLE_STAGED || m->term != job->term || s->now >= m->deadline)
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

static void module_end(struct sim *s, int u)
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

static void module_shut(struct sim *s, int u)
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

static bool module_renew(struct sim *s, int u, uint32_t term, uint64_t deadline)
{
	struct sim_module *m = &s->unit[u].module;

	if ((m->role != NFHA_ROLE_ACTIVE && m->role != NFHA_ROLE_STAGED) || m->term != term ||
	    s->now >= m->deadline)
		return false;
	m->deadline = max_u64(m->deadline, deadline);
	return true;
}

static void module_lapse(struct sim *s, int u)
{
	struct sim_module *m = &s->unit[u].module;

	if ((m->role == NFHA_ROLE_ACTIVE || m->role == NFHA_ROLE_STAGED) &&
	    s->now >= m->deadline) {
		m->role = NFHA_ROLE_FENCED;
		tell_helper(s, u, MAIL_FENCED, true);
	}
}

static void module_released(struct sim *s, int u, uint32_t term)
{
	struct sim_module *m = &s->unit[u].module;

	if (m->role != NFHA_ROLE_ACTIVE && term >= m->term)
		m->released_term = term;
	if (m->role == NFHA_ROLE_STAGED && m->staged && term == m->term) {
		m->role = NFHA_ROLE_ACTIVE;
		tell_helper(s, u, MAIL_OPENED, true);
	}
}

/* -- the helper, as engine.c does it */

static void send_one(struct sim *s, int u, unsigned int path, const struct fsm_send *send)
{
	struct sim_net *net = &s->net[path][!u];
	struct sim_mail m = { .kind = MAIL_HELLO, .to = !u, .path = path };

	fsm_hello(&s->unit[u].fsm, send, s->now, &m.hello);
	m.at = s->now + random_ns(s, net->delay_max) + 1;
	if (!net->cut && sim_random(s, 100) >= net->loss)
		post(s, &m);
}

static void trace(const struct sim *s, int u, const struct fsm_actions *a)
{
	if (!s->trace)
		return;
	for (unsigned int i = 0; i < a->notes; i++)
		printf("# %9.3f ms unit %d: %s\n", (double)s->now / 1e6, u, a->note[i]);
	if (a->changed)
		printf("# %9.3f ms unit %d: %s -> %s: %s (term %u)\n", (double)s->now / 1e6, u,
		       fsm_state_name(a->from), fsm_state_name(a->to), a->reason,
		       s->unit[u].fsm.term);
	if (a->role_set)
		printf("# %9.3f ms unit %d: role %u term %u%s%s\n", (double)s->now / 1e6, u,
		       a->role.role, a->role.term, a->role.wait_release ? " wait" : "",
		       a->role.release ? " release" : "");
}

static void perform(struct sim *s, int u, const struct fsm_actions *a)
{
	struct sim_unit *unit = &s->unit[u];

	trace(s, u, a);
	if (a->role_set)
		module_begin(s, u, &a->role, s->now + fsm_lease_ns(&unit->fsm.conf));
	for (unsigned int i = 0; i < a->sends; i++) {
		if (a->send[i].path != FSM_PATH_DATA)
			send_one(s, u, (unsigned int)a->send[i].path, &a->send[i]);
		else
			for (unsigned int p = 1; p < SIM_PATHS; p++)
				send_one(s, u, p, &a->send[i]);
	}
	if (a->reply) {
		unit->reply = a->reply;
		unit->reply_text = a->reply_text;
	}
	unit->failovers += a->failover;
	if (a->exit) {
		/* nfhad clears the configuration, which takes time, and exits. */
		unit->left = true;
		unit->clear_at = s->now + 50 * NS_PER_MS;
	}
}

static void step(struct sim *s, int u, const struct fsm_event *ev)
{
	struct sim_unit *unit = &s->unit[u];
	struct fsm_actions a;

	fsm_step(&unit->fsm, ev, s->now, &a);
	if (a.renew && !module_renew(s, u, a.renew_term,
				     s->now + fsm_lease_ns(&unit->fsm.conf)) && a.renew_strict) {
		struct fsm_event fenced = { .type = FSM_EV_FENCED, .term = a.renew_term };

		trace(s, u, &a);
		fsm_step(&unit->fsm, &fenced, s->now, &a);
	}
	perform(s, u, &a);
}

static void helper_begins(struct sim *s, int u, uint8_t role, uint32_t term)
{
	struct sim_unit *unit = &s->unit[u];
	struct fsm_conf conf = {
		.unit = s->same_unit ? NFHA_UNIT_PRIMARY : (uint8_t)u,
		.poll_ns = s->poll, .hold_ns = s->hold, .paths = SIM_PATHS,
		.stateful = s->stateful,
		.nonce = (uint64_t)sim_random(s, UINT32_MAX) << 1 | 1,
	};

	fsm_init(&unit->fsm, &conf, role, term, s->now);
	unit->fsm.ready = true;
	unit->helper = true;
	unit->paused = false;
	unit->left = false;
	unit->clear_at = 0;
	unit->reply = FSM_REPLY_NONE;
	unit->next_tick = s->now + random_ns(s, s->poll);
	unit->healthy_since = s->now;
}

void sim_boot(struct sim *s, int u)
{
	sim_crash(s, u);
	s->unit[u].up = true;
	s->unit[u].module = (struct sim_module){ .role = NFHA_ROLE_NEGOTIATION };
	helper_begins(s, u, NFHA_ROLE_NEGOTIATION, 0);
}

static void forget(struct sim *s, int u, bool all)
{
	for (unsigned int i = 0; i < s->mails; i++)
		if (s->mail[i].to == u && (all || s->mail[i].kind != MAIL_RELEASED))
			s->mail[i].kind = MAIL_NONE;
}

void sim_crash(struct sim *s, int u)
{
	s->unit[u].up = false;
	s->unit[u].helper = false;
	s->unit[u].clear_at = 0;
	forget(s, u, true);
}

void sim_helper_kill(struct sim *s, int u)
{
	s->unit[u].helper = false;
	forget(s, u, false);
}

void sim_helper_start(struct sim *s, int u)
{
	struct sim_module *m = &s->unit[u].module;

	if (!s->unit[u].up || s->unit[u].helper)
		return;
	if (m->role == NFHA_ROLE_NONE)
		m->role = NFHA_ROLE_NEGOTIATION;
	helper_begins(s, u, m->role, m->term);
}

void sim_pause(struct sim *s, int u, bool paused)
{
	s->unit[u].paused = paused;
	s->unit[u].healthy_since = s->now;
}

void sim_command(struct sim *s, int u, enum fsm_command command)
{
	struct fsm_event ev = { .type = FSM_EV_COMMAND, .command = command };

	s->unit[u].reply = FSM_REPLY_NONE;
	if (runs(&s->unit[u]))
		step(s, u, &ev);
}

void sim_hello(struct sim *s, int u, unsigned int path, const struct fsm_hello *h)
{
	struct fsm_event ev = { .type = FSM_EV_HELLO, .path = path, .hello = h };

	step(s, u, &ev);
}

void sim_cut(struct sim *s, int path, int to, bool cut)
{
	for (int p = 0; p < SIM_PATHS; p++)
		for (int u = 0; u < SIM_UNITS; u++)
			if ((path < 0 || p == path) && (to < 0 || u == to))
				s->net[p][u].cut = cut;
}

static void deliver(struct sim *s, struct sim_mail m)
{
	struct fsm_event ev = { .term = m.term, .ok = m.ok, .path = m.path, .hello = &m.hello };

	if (m.kind == MAIL_RELEASED) {
		module_released(s, m.to, m.term);
		return;
	}
	ev.type = m.kind == MAIL_HELLO ? FSM_EV_HELLO : m.kind == MAIL_FENCED ? FSM_EV_FENCED :
		  m.kind == MAIL_OPENED ? FSM_EV_OPENED : FSM_EV_ROLE_DONE;
	step(s, m.to, &ev);
}

/* The next mail that can be read now. */
static struct sim_mail *next_mail(struct sim *s)
{
	struct sim_mail *best = NULL;

	for (unsigned int i = 0; i < s->mails; i++) {
		struct sim_mail *m = &s->mail[i];

		if (!m->kind || m->at > s->now ||
		    (m->kind == MAIL_RELEASED ? !s->unit[m->to].up : !runs(&s->unit[m->to])))
			continue;
		if (!best || m->at < best->at || (m->at == best->at && m->order < best->order))
			best = m;
	}
	return best;
}

static uint64_t next_time(const struct sim *s, uint64_t end)
{
	uint64_t t = end;

	for (unsigned int i = 0; i < s->mails; i++)
		if (s->mail[i].kind && s->mail[i].at > s->now && s->mail[i].at < t)
			t = s->mail[i].at;
	for (int u = 0; u < SIM_UNITS; u++) {
		const struct sim_unit *unit = &s->unit[u];
		const struct sim_module *m = &unit->module;

		if (runs(unit) && unit->next_tick < t)
			t = unit->next_tick;
		if (unit->clear_at && unit->clear_at < t)
			t = unit->clear_at;
		if (unit->up && m->busy && m->job_shut < t)
			t = m->job_shut;
		if (unit->up && m->busy && m->job_end < t)
			t = m->job_end;
		if (unit->up && m->deadline > s->now && m->deadline < t)
			t = m->deadline;
	}
	return t > s->now ? t : s->now;
}

/* How long were two gates open, or none while a unit could? */
static void measure(struct sim *s)
{
	uint64_t healthy = UINT64_MAX;
	int active = sim_active(s);

	for (int u = 0; u < SIM_UNITS; u++)
		if (runs(&s->unit[u]) && s->unit[u].healthy_since < healthy)
			healthy = s->unit[u].healthy_since;
	if (active != 2)
		s->both_since = 0;
	else if (!s->both_since)
		s->both_since = s->now;
	else
		s->both_longest = max_u64(s->both_longest, s->now - s->both_since);
	if (active >= 0)
		s->none_since = s->now;
	healthy = max_u64(healthy, s->none_since);
	if (healthy < s->now)
		s->none_longest = max_u64(s->none_longest, s->now - healthy);
}

static void modules(struct sim *s)
{
	for (int u = 0; u < SIM_UNITS; u++) {
		struct sim_module *m = &s->unit[u].module;

		if (!s->unit[u].up)
			continue;
		if (s->unit[u].clear_at && s->now >= s->unit[u].clear_at) {
			s->unit[u].clear_at = 0;
			s->unit[u].helper = false;
			*m = (struct sim_module){ .role = NFHA_ROLE_NONE };
		}
		module_lapse(s, u);
		if (m->busy && s->now >= m->job_shut)
			module_shut(s, u);
		if (m->busy && s->now >= m->job_end)
			module_end(s, u);
	}
}

static void ticks(struct sim *s)
{
	struct fsm_event ev = { .type = FSM_EV_TICK };

	for (int u = 0; u < SIM_UNITS; u++) {
		struct sim_unit *unit = &s->unit[u];

		if (!runs(unit) || s->now < unit->next_tick)
			continue;
		/* A timer that was missed several times is read once. */
		while (unit->next_tick <= s->now)
			unit->next_tick += s->poll;
		step(s, u, &ev);
	}
}

void sim_run(struct sim *s, uint64_t ns)
{
	uint64_t end = s->now + ns;
	struct sim_mail *mail;

	for (;;) {
		modules(s);
		while ((mail = next_mail(s))) {
			struct sim_mail m = *mail;

			mail->kind = MAIL_NONE;
			deliver(s, m);
			modules(s);
		}
		ticks(s);
		modules(s);
		measure(s);
		if (s->now >= end)
			return;
		s->now = next_time(s, end);
	}
}
