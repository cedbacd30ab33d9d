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

uint64_t sim_random_ns(struct sim *s, uint64_t max)
{
	return max ? (uint64_t)sim_random(s, 1U << 20) * (max >> 10) >> 10 : 0;
}

void sim_init(struct sim *s, uint64_t seed, uint64_t poll_ms, uint64_t hold_ms, bool stateful)
{
	memset(s, 0, offsetof(struct sim, mail));
	s->seed = seed * 0x9e3779b97f4a7c15ULL + 1;
	s->poll = poll_ms * NS_PER_MS;
	s->hold = hold_ms * NS_PER_MS;
	/* The defaults of 13-17 and 13-23. */
	s->if_poll = 5 * NS_PER_S;
	s->if_hold = 25 * NS_PER_S;
	s->nets = 2;
	s->policy = 1;
	s->stateful = stateful;
	s->now = NS_PER_S;
	s->none_since = s->now;
	s->role_max_ms = 5;
	s->restart_max_ms = 300;
	s->frees = SIM_MAIL;
	for (unsigned int i = 0; i < SIM_MAIL; i++)
		s->free[i] = i;
	for (int p = 0; p < SIM_PATHS; p++) {
		s->hosts[p] = SIM_HOSTS_QUIET;
		for (int u = 0; u < SIM_UNITS; u++)
			s->net[p][u] = (struct sim_net){ .delay_max = s->poll / 20,
							 .link = NFHA_IFACE_UP };
	}
}

/* -- what is on the way: a binary heap */

static bool before(const struct sim_due *a, const struct sim_due *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

void sim_post(struct sim *s, const struct sim_mail *m, uint64_t at)
{
	struct sim_due due = { .at = at, .order = s->mail_order++ };
	unsigned int i = s->dues++;

	if (!s->frees)
		abort();
	due.mail = s->free[--s->frees];
	s->mail[due.mail] = *m;
	for (; i && before(&due, &s->heap[(i - 1) / 2]); i = (i - 1) / 2)
		s->heap[i] = s->heap[(i - 1) / 2];
	s->heap[i] = due;
}

/* The first one leaves the heap; its mail is the caller's. */
static unsigned int pop(struct sim *s)
{
	unsigned int mail = s->heap[0].mail, i = 0, child;
	struct sim_due last = s->heap[--s->dues];

	while ((child = 2 * i + 1) < s->dues) {
		if (child + 1 < s->dues && before(&s->heap[child + 1], &s->heap[child]))
			child++;
		if (!before(&s->heap[child], &last))
			break;
		s->heap[i] = s->heap[child];
		i = child;
	}
	s->heap[i] = last;
	return mail;
}

bool sim_gate(const struct sim *s, int u)
{
	const struct sim_module *m = &s->unit[u].module;

	return s->unit[u].up && !s->unit[u].frozen && m->role == NFHA_ROLE_ACTIVE && sim_clock(s, u) < m->deadline;
}

int sim_active(const struct sim *s)
{
	bool a = sim_gate(s, 0), b = sim_gate(s, 1);

	return a && b ? 2 : a ? 0 : b ? 1 : -1;
}

bool sim_runs(const struct sim_unit *u)
{
	return u->up && u->helper && !u->paused && !u->frozen && !u->left;
}

/* -- the helper, as engine.c does it */

/* What goes from a unit into a data network gets out of its own port. */
static bool sends(const struct sim *s, int u, unsigned int path)
{
	const struct sim_net *net = &s->net[path][u];

	return !net->mute && net->link == NFHA_IFACE_UP;
}

static bool receives(const struct sim *s, int u, unsigned int path)
{
	const struct sim_net *net = &s->net[path][u];

	return !net->cut && net->link == NFHA_IFACE_UP && s->unit[u].up && !s->unit[u].frozen;
}

static void send_one(struct sim *s, int u, unsigned int path, const struct fsm_send *send)
{
	const struct sim_net *net = &s->net[path][!u];
	const struct fsm *f = &s->unit[u].fsm;
	struct sim_mail m = { .kind = MAIL_HELLO, .to = !u, .path = path };
	unsigned int times;

	fsm_hello(&s->unit[u].fsm, send, path, sim_clock(s, u), &m.hello);
	if (!sends(s, u, path) || net->cut || (net->loss && sim_random(s, 100) < net->loss))
		return;
	for (unsigned int i = 0; i < s->nets; i++)
		m.ifaces[i] = (uint8_t)f->health.iface[i].state;
	times = net->twice && sim_random(s, 100) < net->twice ? 2 : 1;
	while (times--)
		sim_post(s, &m, s->now + net->delay_min + sim_random_ns(s, net->delay_max) + 1);
}

/* ARP, neighbour solicitation, broadcast ping: hosts answer, and the other unit hears. */
static void probe(struct sim *s, int u, const struct health_probe *p)
{
	unsigned int path = 1 + p->index;

	if (!sends(s, u, path))
		return;
	s->net[path][u].rx += s->hosts[path] != SIM_HOSTS_NONE && receives(s, u, path);
	s->net[path][!u].rx += receives(s, !u, path);
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

/* To the main thread, and to the log. */
static void report(struct sim *s, int u, const struct fsm_actions *a)
{
	struct sim_unit *unit = &s->unit[u];

	trace(s, u, a);
	if (a->reply) {
		unit->reply = a->reply;
		unit->reply_text = a->reply_text;
	}
	unit->failovers += a->failover;
	unit->rtt_told += !!a->rtt_told;
	if (a->notes)
		unit->note = a->note[a->notes - 1];
	if (a->exit && unit->fsm.away) {
		sim_helper_kill(s, u);
		unit->back_at = s->now + sim_random_ns(s, s->restart_max_ms * NS_PER_MS);
	} else if (a->exit) {
		/* nfhad clears the configuration, which takes time, and exits. */
		unit->left = true;
		unit->clear_at = s->now + 50 * NS_PER_MS;
	}
}

static void perform(struct sim *s, int u, const struct fsm_actions *a)
{
	struct sim_unit *unit = &s->unit[u];

	if (a->role_set)
		sim_module_begin(s, u, &a->role, sim_clock(s, u) + fsm_lease_ns(&unit->fsm.conf));
	for (unsigned int i = 0; i < a->sends; i++) {
		for (unsigned int p = 0; p < sim_paths(s); p++)
			if (fsm_goes_by(&unit->fsm.conf, &a->send[i], p))
				send_one(s, u, p, &a->send[i]);
	}
	for (unsigned int i = 0; i < a->probes.n; i++)
		probe(s, u, &a->probes.probe[i]);
	unit->wake = a->wake_ns;
	report(s, u, a);
}

static void step(struct sim *s, int u, struct fsm_event *ev)
{
	struct sim_unit *unit = &s->unit[u];
	bool was_active = unit->fsm.state == FSM_ACTIVE;
	bool released = fsm_is_releasing(&unit->fsm);
	uint32_t term = unit->fsm.term;
	uint64_t rx[SIM_NETS_MAX];
	struct fsm_actions a;

	s->steps++;
	if ((ev->type == FSM_EV_TICK || ev->type == FSM_EV_WAKE) &&
	    health_counts(&unit->fsm.health, sim_clock(s, u))) {
		for (unsigned int i = 0; i < s->nets; i++) {
			struct sim_net *net = &s->net[1 + i][u];

			net->rx += s->hosts[1 + i] == SIM_HOSTS_BUSY && receives(s, u, 1 + i);
			rx[i] = net->rx;
		}
		ev->rx = rx;
	}
	fsm_step(&unit->fsm, ev, sim_clock(s, u), &a);
	if (a.renew && !sim_module_renew(s, u, a.renew_term, a.pause_ns ? a.pause_ns :
				     sim_clock(s, u) + fsm_lease_ns(&unit->fsm.conf), a.pause_ns) &&
	    a.renew_strict) {
		struct fsm_event fenced = { .type = FSM_EV_FENCED, .term = a.renew_term };

		report(s, u, &a);
		fsm_step(&unit->fsm, &fenced, sim_clock(s, u), &a);
	}
	sim_judge_loser(s, u, was_active, released, term);
	perform(s, u, &a);
}

/* What changed while nobody looked is found by the next look. */
static void look_at_links(struct sim *s, int u)
{
	struct fsm_event ev = { .type = FSM_EV_LINK };

	for (unsigned int i = 0; i < s->nets; i++) {
		ev.index = i;
		ev.status = s->net[1 + i][u].link;
		if (sim_runs(&s->unit[u]) && s->unit[u].fsm.health.iface[i].link != ev.status)
			step(s, u, &ev);
	}
}

static void helper_begins(struct sim *s, int u, uint8_t role, uint32_t term)
{
	struct sim_unit *unit = &s->unit[u];
	struct fsm_conf conf = {
		.unit = s->same_unit ? NFHA_UNIT_PRIMARY : (uint8_t)u,
		.poll_ns = s->poll, .hold_ns = s->hold, .paths = sim_paths(s),
		.backup = s->backup, .stateful = s->stateful,
		.nonce = (uint64_t)sim_random(s, UINT32_MAX) << 1 | 1,
		.health = { .ifaces = s->nets, .policy = s->policy, .percent = s->percent,
			    .poll_ns = s->if_poll, .hold_ns = s->if_hold },
	};

	for (unsigned int i = 0; i < s->nets; i++) {
		conf.health.monitored[i] = true;
		conf.health.link[i] = s->net[1 + i][u].link;
	}

	fsm_init(&unit->fsm, &conf, role, term, sim_clock(s, u));
	unit->fsm.ready = true;
	unit->helper = true;
	unit->paused = false;
	unit->left = false;
	unit->clear_at = unit->back_at = 0;
	unit->reply = FSM_REPLY_NONE;
	unit->next_tick = unit->wake = sim_clock(s, u) + sim_random_ns(s, s->poll);
	unit->healthy_since = s->now;
}

void sim_boot(struct sim *s, int u)
{
	sim_crash(s, u);
	s->unit[u].up = true;
	s->unit[u].module = (struct sim_module){ .role = NFHA_ROLE_NEGOTIATION };
	helper_begins(s, u, NFHA_ROLE_NEGOTIATION, 0);
}

/* What nobody will read: of the helper, or of the machine. */
static void forget(struct sim *s, int u, bool machine)
{
	struct sim_unit *unit = &s->unit[u];

	for (unsigned int i = 0; i < s->dues; i++) {
		struct sim_mail *m = &s->mail[s->heap[i].mail];

		if (m->to == u && (machine || m->kind != MAIL_RELEASED))
			m->kind = MAIL_NONE;
	}
	while (unit->unread)
		s->free[s->frees++] = unit->inbox[--unit->unread];
}

void sim_crash(struct sim *s, int u)
{
	s->unit[u].up = false;
	s->unit[u].helper = false;
	sim_freeze(s, u, false);
	s->unit[u].clear_at = s->unit[u].back_at = 0;
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
	/* It asks for the role first, which has to wait for an order that is being carried out. */
	if (m->busy) {
		s->unit[u].back_at = m->job_end;
		return;
	}
	if (m->role == NFHA_ROLE_NONE)
		m->role = NFHA_ROLE_NEGOTIATION;
	helper_begins(s, u, m->role, m->term);
}

void sim_pause(struct sim *s, int u, bool paused)
{
	s->unit[u].paused = paused;
	s->unit[u].healthy_since = s->now;
}

void sim_freeze(struct sim *s, int u, bool frozen)
{
	struct sim_unit *unit = &s->unit[u];

	if (unit->frozen && !frozen && unit->stopped_at)
		unit->skew -= (int64_t)(s->now - unit->stopped_at);
	unit->stopped_at = 0;
	unit->frozen = frozen && unit->up;
	unit->healthy_since = s->now;
}

void sim_stop_clock(struct sim *s, int u)
{
	if (!s->unit[u].up || s->unit[u].frozen)
		return;
	sim_freeze(s, u, true);
	s->unit[u].stopped_at = s->now;
}

void sim_jump(struct sim *s, int u, uint64_t ns)
{
	s->unit[u].skew += (int64_t)ns;
	s->unit[u].healthy_since = s->now;
}

void sim_link(struct sim *s, int u, unsigned int path, uint8_t status)
{
	s->net[path][u].link = status;
	look_at_links(s, u);
}

void sim_command(struct sim *s, int u, enum fsm_command command)
{
	struct fsm_event ev = { .type = FSM_EV_COMMAND, .command = command };

	s->unit[u].reply = FSM_REPLY_NONE;
	if (sim_runs(&s->unit[u]))
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

void sim_unplug(struct sim *s, int u, unsigned int path, bool out)
{
	s->net[path][u].cut = s->net[path][u].mute = out;
}

static void read_mail(struct sim *s, unsigned int mail)
{
	const struct sim_mail *m = &s->mail[mail];
	struct fsm_event ev = { .term = m->term, .ok = m->ok, .path = m->path,
				.hello = &m->hello, .peer_ifaces = m->ifaces };

	ev.type = m->kind == MAIL_HELLO ? FSM_EV_HELLO : m->kind == MAIL_FENCED ? FSM_EV_FENCED :
		  m->kind == MAIL_OPENED ? FSM_EV_OPENED : FSM_EV_ROLE_DONE;
	step(s, m->to, &ev);
	s->free[s->frees++] = mail;
}

/* Arrives at the machine; a helper that is stopped reads it later. */
static void deliver(struct sim *s, unsigned int mail)
{
	const struct sim_mail *m = &s->mail[mail];
	struct sim_unit *unit = &s->unit[m->to];
	bool hello = m->kind == MAIL_HELLO;

	if (hello && m->path && receives(s, m->to, m->path))
		s->net[m->path][m->to].rx++;
	if (m->kind == MAIL_RELEASED && unit->up && !unit->frozen)
		sim_module_released(s, m->to, m->term);
	if (m->kind == MAIL_NONE || m->kind == MAIL_RELEASED || !unit->up || !unit->helper ||
	    unit->left || (hello && unit->frozen) || unit->unread == SIM_INBOX)
		s->free[s->frees++] = mail;
	else if (sim_runs(unit) && !unit->unread)
		read_mail(s, mail);
	else
		unit->inbox[unit->unread++] = mail;
}

static void read_inbox(struct sim *s, int u)
{
	struct sim_unit *unit = &s->unit[u];
	unsigned int n = unit->unread, mail[SIM_INBOX];

	/* A helper that ends while it reads takes with it what is in its inbox. */
	memcpy(mail, unit->inbox, n * sizeof(*mail));
	unit->unread = 0;
	for (unsigned int i = 0; i < n; i++) {
		if (sim_runs(unit))
			read_mail(s, mail[i]);
		else
			s->free[s->frees++] = mail[i];
	}
}

/* When a unit's clock will say so. */
static uint64_t global(const struct sim *s, int u, uint64_t clock)
{
	return clock == UINT64_MAX ? clock : clock - (uint64_t)s->unit[u].skew;
}

static uint64_t next_time(const struct sim *s, uint64_t end)
{
	uint64_t t = s->dues ? min_u64(end, s->heap[0].at) : end;

	for (int u = 0; u < SIM_UNITS; u++) {
		const struct sim_unit *unit = &s->unit[u];
		const struct sim_module *m = &unit->module;

		if (sim_runs(unit))
			t = min_u64(t, global(s, u, min_u64(unit->next_tick, unit->wake)));
		if (!unit->up || unit->frozen)
			continue;
		if (unit->clear_at && unit->clear_at < t)
			t = unit->clear_at;
		if (unit->back_at && unit->back_at < t)
			t = unit->back_at;
		if (m->busy)
			t = min_u64(t, min_u64(m->job_shut, m->job_end));
		if (m->deadline > sim_clock(s, u))
			t = min_u64(t, global(s, u, m->deadline));
	}
	return max_u64(t, s->now);
}

static void modules(struct sim *s)
{
	for (int u = 0; u < SIM_UNITS; u++) {
		struct sim_module *m = &s->unit[u].module;

		if (!s->unit[u].up || s->unit[u].frozen)
			continue;
		if (s->unit[u].clear_at && s->now >= s->unit[u].clear_at) {
			s->unit[u].clear_at = 0;
			s->unit[u].helper = false;
			*m = (struct sim_module){ .role = NFHA_ROLE_NONE };
		}
		if (s->unit[u].back_at && s->now >= s->unit[u].back_at) {
			s->unit[u].back_at = 0;
			sim_helper_start(s, u);
		}
		sim_module_lapse(s, u);
		if (m->busy && s->now >= m->job_shut)
			sim_module_shut(s, u);
		if (m->busy && s->now >= m->job_end)
			sim_module_end(s, u);
	}
}

static void ticks(struct sim *s)
{
	struct fsm_event ev = { .type = FSM_EV_TICK };

	for (int u = 0; u < SIM_UNITS; u++) {
		struct sim_unit *unit = &s->unit[u];

		if (!sim_runs(unit) || sim_clock(s, u) < unit->next_tick)
			continue;
		/* A timer that was missed several times is read once. */
		unit->next_tick += (sim_clock(s, u) - unit->next_tick) / s->poll * s->poll + s->poll;
		look_at_links(s, u);
		step(s, u, &ev);
		ev.rx = NULL;
	}
}

static void wakes(struct sim *s)
{
	struct fsm_event ev = { .type = FSM_EV_WAKE };

	for (int u = 0; u < SIM_UNITS; u++) {
		if (sim_runs(&s->unit[u]) && sim_clock(s, u) >= s->unit[u].wake)
			step(s, u, &ev);
		ev.rx = NULL;
	}
}

void sim_run(struct sim *s, uint64_t ns)
{
	uint64_t end = s->now + ns;
	bool open;

	for (;;) {
		modules(s);
		for (int u = 0; u < SIM_UNITS; u++)
			if (s->unit[u].unread && sim_runs(&s->unit[u]))
				read_inbox(s, u);
		while (s->dues && s->heap[0].at <= s->now) {
			deliver(s, pop(s));
			modules(s);
		}
		ticks(s);
		wakes(s);
		modules(s);
		sim_measure(s);
		if (s->now >= end)
			return;
		/* What was open at the last event is open until this one. */
		open = sim_active(s) >= 0;
		s->now = next_time(s, end);
		if (open)
			s->none_since = s->now;
	}
}
