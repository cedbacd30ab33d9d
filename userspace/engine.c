// SPDX-License-Identifier: GPL-2.0-or-later
/* engine.c - the hello thread: drives the election */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "caps.h"
#include "engine_own.h"
#include "messages.h"

#define STACK_SIZE	(256U * 1024)	/* all of it is locked in memory */
#define PRIORITY_HELLO	40		/* SCHED_FIFO */
#define PRIORITY_ROLE	30
#define REVIVE_NS	NS_PER_S	/* how often a lost path is opened again */
#define CARRIER_NS	(10 * NS_PER_MS)	/* how often links are looked at, at most */

/* Tags of what epoll reports; from TAG_PATH on: paths. */
enum { TAG_TIMER, TAG_WAKE, TAG_ORDER, TAG_ROLE, TAG_PATH };

/**
 * struct role_job - an order to the role thread; a NONE role ends it
 * @role: for the module
 * @deadline: first lease
 */
struct role_job {
	struct fsm_role	role;
	uint64_t	deadline;
};

/* -- out of the thread */

void engine_tell(struct engine *e, const struct engine_news *news)
{
	if (send(e->news[1], news, sizeof(*news), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		log_error("news for the main thread lost: %s", strerror(errno));
}

static void add_tlv(struct engine *e, unsigned int i)
{
	struct hello_iface *iface = &e->tlvs.iface[e->tlvs.ifaces++];

	*iface = e->own[i];
	iface->state = (uint8_t)e->status.fsm.health.iface[i].state;
}

/* In turns, where they are many; what is being judged goes with every hello. */
static void fill_tlvs(struct engine *e)
{
	unsigned int n = e->owns, room = (unsigned int)min_size(n, HELLO_IFACES_ROOM);

	rekey_tell(&e->keys, &e->tlvs);
	e->tlvs.ifaces = 0;
	for (unsigned int i = 0; n > room && i < n && e->tlvs.ifaces < room / 2; i++)
		if (e->status.fsm.health.iface[i].state >= IFTEST_PASSED)
			add_tlv(e, i);
	while (e->tlvs.ifaces < room) {
		add_tlv(e, e->next_tlv);
		e->next_tlv = (e->next_tlv + 1) % n;
	}
}

static void send_one(struct engine *e, unsigned int path, const struct fsm_send *send)
{
	const struct fsm *f = &e->status.fsm;
	uint64_t now = boottime_ns();
	uint8_t hello[NFHA_HELLO_MAX];
	struct seal *seal[2];
	struct fsm_hello h;
	unsigned int n = rekey_seals(&e->keys, f->peer.view == PEER_ALIVE, now, f->conf.hold_ns,
				     seal);

	for (unsigned int i = 0; i < n; i++) {
		fsm_hello(&e->status.fsm, send, path, now, &h);
		path_send(&e->path[path], hello, hello_build(seal[i], &h, &e->tlvs, hello));
	}
}

static void send_hellos(struct engine *e, const struct fsm_actions *a)
{
	for (unsigned int i = 0; i < a->sends; i++) {
		const struct fsm_send *send = &a->send[i];

		fill_tlvs(e);
		for (unsigned int p = 0; p < e->paths; p++)
			if (fsm_goes_by(&e->status.fsm.conf, send, p))
				send_one(e, p, send);
	}
}

static void report_rtt(const struct engine *e, unsigned int link)
{
	double ms = (double)e->status.fsm.rtt[link].smoothed_ns / NS_PER_MS;
	const char *dev = link ? e->c->backup.dev : e->c->lan.dev;

	switch (e->status.fsm.rtt[link].told) {
	case RTT_FINE: log_message(RTT_FINE, dev, ms); break;
	case RTT_SLOW: log_message(RTT_SLOW, dev, ms); break;
	case RTT_ALARM: log_message(RTT_ALARM, dev, ms); break;
	}
}

static void report(struct engine *e, const struct fsm_actions *a)
{
	struct engine_news news = { 0 };

	for (unsigned int i = 0; i < a->notes; i++)
		log_note(a->note[i]);
	for (unsigned int i = 0; i < FSM_LINKS_MAX; i++)
		if (a->rtt_told & 1U << i)
			report_rtt(e, i);
	if (a->changed) {
		news = (struct engine_news){ .type = ENGINE_CHANGED, .from = a->from, .to = a->to,
					     .text = a->reason, .failover = a->failover };
		engine_tell(e, &news);
	}
	if (a->reply) {
		news = (struct engine_news){ .type = ENGINE_REPLY, .reply = a->reply,
					     .text = a->reply_text };
		engine_tell(e, &news);
	}
	if (a->exit) {
		news = (struct engine_news){ .type = ENGINE_EXIT };
		engine_tell(e, &news);
	}
}

static void send_probes(struct engine *e, const struct fsm_actions *a)
{
	/* Frames are the main thread's: it looks up neighbours, which may sleep. */
	for (unsigned int i = 0; i < a->probes.n; i++)
		engine_tell(e, &(struct engine_news){
			.type = ENGINE_PROBE, .index = a->probes.probe[i].index,
			.test = a->probes.probe[i].test,
			.active = e->status.fsm.state == FSM_ACTIVE });
}

static void arm(struct engine *e, uint64_t wake_ns)
{
	struct itimerspec t = { 0 };

	if (wake_ns == e->wake_ns)
		return;
	e->wake_ns = wake_ns;
	if (wake_ns != UINT64_MAX) {
		t.it_value.tv_sec = (time_t)(wake_ns / NS_PER_S);
		t.it_value.tv_nsec = (long)(wake_ns % NS_PER_S);
	}
	timerfd_settime(e->wake, TFD_TIMER_ABSTIME, &t, NULL);
}

/* The lease comes before the hello that it covers; both count from @now. */
static bool renew(struct engine *e, const struct fsm_actions *a, uint64_t now)
{
	uint64_t end = a->pause_ns ? a->pause_ns : now + fsm_lease_ns(&e->status.fsm.conf);
	int err = genl_lease(e->lease, a->renew_term, end, a->pause_ns);

	if (err && a->renew_strict)
		log_message(LEASE_LOST, a->renew_term, genl_why(e->lease));
	return !err || !a->renew_strict;
}

void engine_step(struct engine *e, const struct fsm_event *ev)
{
	uint64_t now = boottime_ns();
	struct fsm_actions a;
	struct role_job job;

	fsm_step(&e->status.fsm, ev, now, &a);
	if (a.renew && !renew(e, &a, now)) {
		struct fsm_event fenced = { .type = FSM_EV_FENCED, .term = a.renew_term };

		/* What the first step wanted to say is no longer true. */
		report(e, &a);
		fsm_step(&e->status.fsm, &fenced, now, &a);
	}
	if (a.role_set) {
		job = (struct role_job){ a.role, now + fsm_lease_ns(&e->status.fsm.conf) };
		(void)!send(e->jobs[0], &job, sizeof(job), MSG_NOSIGNAL);
	}
	send_hellos(e, &a);
	send_probes(e, &a);
	report(e, &a);
	arm(e, a.wake_ns);
}

/* -- into the thread */

static void set_link(struct engine *e, const char *dev, uint8_t status)
{
	struct fsm_event ev = { .type = FSM_EV_LINK, .status = status };

	for (unsigned int i = 0; i < e->owns; i++) {
		if (strcmp(e->path[1 + i].dev, dev) || e->own[i].status == status)
			continue;
		e->own[i].status = status;
		ev.index = i;
		engine_step(e, &ev);
	}
}

/* The kernel tells of a lost carrier late when links come and go (kernel: linkwatch). */
static void look_at_links(struct engine *e, uint64_t now)
{
	int n;

	if (now - e->looked_ns < CARRIER_NS)
		return;
	e->looked_ns = now;
	n = genl_ifaces_get(e->lease, e->links, ARRAY_SIZE(e->links));
	for (int i = 0; i < n; i++)
		set_link(e, e->links[i].dev, e->links[i].status);
}

static void drain_orders(struct engine *e)
{
	struct engine_order o;
	ssize_t n;

	while ((n = recv(e->orders[1], &o, sizeof(o), MSG_DONTWAIT)) > 0) {
		struct fsm_event ev = {
			.type = (enum fsm_event_type)o.type, .command = o.command,
			.term = o.term, .ready = o.ready, .state_link = o.state_link,
		};

		if (o.type == ENGINE_ORDER_STATUS)
			set_link(e, e->c->iface[o.index].dev, o.status);
		else
			engine_step(e, &ev);
	}
	/* The main thread has closed its end. */
	if (!n)
		e->stop = true;
}

static void drain_roles(struct engine *e)
{
	struct fsm_event ev = { .type = FSM_EV_ROLE_DONE };

	while (recv(e->jobs[0], &ev.ok, sizeof(ev.ok), MSG_DONTWAIT) > 0)
		engine_step(e, &ev);
}

static void watch_path(struct engine *e, unsigned int path)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = TAG_PATH + path };

	epoll_ctl(e->epoll, EPOLL_CTL_ADD, e->path[path].fd, &ev);
}

/* An interface that was removed and came back is another one for its socket. */
static void revive(struct engine *e, uint64_t now)
{
	uint64_t unsent = 0;

	if (now - e->revived_ns < REVIVE_NS)
		return;
	e->revived_ns = now;
	for (unsigned int i = 0; i < e->paths; i++) {
		struct path *p = &e->path[i];

		unsent += p->lost;
		if (p->fd >= 0 && !p->suspect)
			continue;
		/* A socket that stayed is known to epoll, and that says so. */
		if (!path_open(p))
			watch_path(e, i);
	}
	e->status.unsent = unsent;
}

/*
 * Booting beside a unit whose hellos cannot be read: not active while it has an active
 * address. When both boot, the primary is first.
 */
static void boot_beside_other_key(struct engine *e, uint64_t now)
{
	const struct fsm *f = &e->status.fsm;
	struct fsm_event ev = { .type = FSM_EV_OCCUPIED };
	bool other = e->status.other_key_ns && now - e->status.other_key_ns < f->conf.hold_ns;
	bool answered = f->conf.unit == NFHA_UNIT_SECONDARY &&
			now - f->start_ns < 2 * f->conf.hold_ns;

	for (unsigned int i = 1; i <= e->owns; i++) {
		if (other && f->state == FSM_NEGOTIATION && e->path[i].fd >= 0)
			answered |= claim_ask(&e->claim[i], &e->path[i]);
		else
			claim_close(&e->claim[i]);
	}
	if (other && answered)
		engine_step(e, &ev);
}

/* Everything that waits is read before silence is judged. */
static void on_time(struct engine *e, int timer, enum fsm_event_type type)
{
	struct fsm_event ev = { .type = type };
	uint64_t rx[NFHA_IFACES_MAX];
	uint64_t times;

	if (read(timer, &times, sizeof(times)) != sizeof(times))
		return;
	if (type == FSM_EV_WAKE)
		e->wake_ns = 0;
	drain_orders(e);
	drain_roles(e);
	for (unsigned int i = 0; i < e->paths; i++)
		hear_path(e, i);
	look_at_links(e, boottime_ns());
	if (health_counts(&e->status.fsm.health, boottime_ns()) &&
	    counters_read(&e->counters, rx))
		ev.rx = rx;
	if (type == FSM_EV_TICK)
		boot_beside_other_key(e, boottime_ns());
	engine_step(e, &ev);
	revive(e, boottime_ns());
}

static void set_priority(int priority)
{
	struct sched_param param = { .sched_priority = priority };
	int err = pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);

	if (err)
		log_message(NO_REALTIME, strerror(err));
	err = caps_drop();
	if (err)
		log_message(NOT_DROPPED, strerror(-err));
}

static void *hello_main(void *arg)
{
	struct epoll_event ev[16];
	struct engine *e = arg;

	log_relay(e->logs[1]);
	set_priority(PRIORITY_HELLO);
	while (!e->stop) {
		int n = epoll_wait(e->epoll, ev, ARRAY_SIZE(ev), -1);

		pthread_mutex_lock(&e->lock);
		for (int i = 0; i < n && !e->stop; i++) {
			if (ev[i].data.u32 == TAG_TIMER)
				on_time(e, e->timer, FSM_EV_TICK);
			else if (ev[i].data.u32 == TAG_WAKE)
				on_time(e, e->wake, FSM_EV_WAKE);
			else if (ev[i].data.u32 == TAG_ORDER)
				drain_orders(e);
			else if (ev[i].data.u32 == TAG_ROLE)
				drain_roles(e);
			else
				hear_path(e, ev[i].data.u32 - TAG_PATH);
		}
		pthread_mutex_unlock(&e->lock);
	}
	return NULL;
}

static void *role_main(void *arg)
{
	struct engine *e = arg;
	struct role_job job;

	log_relay(e->logs[1]);
	set_priority(PRIORITY_ROLE);
	while (recv(e->jobs[1], &job, sizeof(job), 0) == sizeof(job)) {
		int err = genl_role_set(e->roles, &job.role, job.deadline);
		bool ok = !err;

		log_debug(DEBUG_FSM, "role %u, term %u%s%s: %s", job.role.role, job.role.term,
			  job.role.wait_release ? ", waits" : "",
			  job.role.release ? ", releases" : "", ok ? "done" : "refused");
		if (err)
			log_message(ROLE_REFUSED, job.role.role, job.role.term,
				    genl_why(e->roles));
		if (send(e->jobs[1], &ok, sizeof(ok), MSG_NOSIGNAL) < 0)
			break;
	}
	return NULL;
}

/* -- begin and end */

static int open_paths(struct engine *e, const struct engine_start *start)
{
	const struct conf *c = start->c;
	uint8_t taken[2 * NFHA_IFACES_MAX * 2][MAC_LEN];
	uint8_t source[MAC_LEN];
	size_t n = 0;

	for (unsigned int i = 0; i < c->ifaces; i++) {
		memcpy(taken[n++], start->iface[i].mac_active, MAC_LEN);
		memcpy(taken[n++], start->iface[i].mac_standby, MAC_LEN);
		memcpy(taken[n++], c->iface[i].mac_active, MAC_LEN);
		memcpy(taken[n++], c->iface[i].mac_standby, MAC_LEN);
	}
	path_init_link(&e->path[0], c, &c->lan);
	e->paths = 1;
	for (unsigned int i = 0; i < c->ifaces; i++) {
		struct hello_iface *own = &e->own[e->owns];

		if (!conf_is_data(&c->iface[i]))
			continue;
		e->owns++;
		memcpy(own->mac, start->iface[i].mac_own, MAC_LEN);
		memcpy(own->nameif, c->iface[i].nameif, sizeof(own->nameif));
		own->status = start->iface[i].status;
		own->kind = start->kind[i];
		path_source(start->iface[i].mac_own, (const void *)taken, n, source);
		claim_init(&e->claim[e->paths], &c->iface[i]);
		path_init_data(&e->path[e->paths++], c->iface[i].dev, source);
	}
	if (c->backup.name[0])
		path_init_link(&e->path[e->paths++], c, &c->backup);
	for (unsigned int i = 0; i < e->paths; i++) {
		int err = path_open(&e->path[i]);

		if (err && err != -ENODEV) {
			log_error("%s: cannot open a socket for hellos: %s", e->path[i].dev,
				  strerror(-err));
			return err;
		}
		if (!err)
			watch_path(e, i);
	}
	return 0;
}

static int open_timer(struct engine *e, uint64_t poll_ns)
{
	struct timespec period = { (time_t)(poll_ns / NS_PER_S), (long)(poll_ns % NS_PER_S) };
	struct itimerspec t = { .it_interval = period, .it_value = { .tv_nsec = 1 } };

	e->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	e->wake = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	return e->timer < 0 || e->wake < 0 || timerfd_settime(e->timer, 0, &t, NULL) ? -errno : 0;
}

static int open_channels(struct engine *e)
{
	struct { int fd; uint32_t tag; } watched[] = {
		{ -1, TAG_ORDER }, { -1, TAG_ROLE }, { e->timer, TAG_TIMER },
		{ e->wake, TAG_WAKE },
	};
	int type = SOCK_SEQPACKET | SOCK_CLOEXEC;

	if (socketpair(AF_UNIX, type, 0, e->orders) || socketpair(AF_UNIX, type, 0, e->news) ||
	    socketpair(AF_UNIX, type, 0, e->logs) || socketpair(AF_UNIX, type, 0, e->jobs))
		return -errno;
	watched[0].fd = e->orders[1];
	watched[1].fd = e->jobs[0];
	for (size_t i = 0; i < ARRAY_SIZE(watched); i++) {
		struct epoll_event ev = { .events = EPOLLIN, .data.u32 = watched[i].tag };

		if (epoll_ctl(e->epoll, EPOLL_CTL_ADD, watched[i].fd, &ev))
			return -errno;
	}
	return 0;
}

static int start_threads(struct engine *e)
{
	pthread_mutexattr_t mutex;
	pthread_attr_t attr;
	int err;

	pthread_mutexattr_init(&mutex);
	/* Else a reader that is not scheduled could hold up hellos. */
	pthread_mutexattr_setprotocol(&mutex, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&e->lock, &mutex);
	pthread_mutexattr_destroy(&mutex);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	err = pthread_create(&e->role_thread, &attr, role_main, e);
	if (!err)
		err = pthread_create(&e->hello_thread, &attr, hello_main, e);
	pthread_attr_destroy(&attr);
	return -err;
}

static void health_of(const struct engine_start *start, struct health_conf *h)
{
	const struct conf *c = start->c;

	*h = (struct health_conf){
		.policy = c->policy, .percent = c->policy_percent,
		.poll_ns = c->if_poll_ms * NS_PER_MS, .hold_ns = c->if_hold_ms * NS_PER_MS,
	};
	for (unsigned int i = 0; i < c->ifaces; i++) {
		if (!conf_is_data(&c->iface[i]))
			continue;
		h->monitored[h->ifaces] = conf_monitored(&c->iface[i]);
		h->link[h->ifaces++] = start->iface[i].status;
	}
}

struct engine *engine_open(const struct engine_start *start, char why[GENL_WHY_MAX])
{
	struct engine *e = calloc(1, sizeof(*e));
	struct fsm_conf conf = {
		.unit = start->c->unit,
		.poll_ns = start->c->poll_ms * NS_PER_MS,
		.hold_ns = start->c->hold_ms * NS_PER_MS,
		.backup = start->c->backup.name[0],
		.stateful = conf_state_dev(start->c),
	};
	int err = 0;

	if (!e)
		abort();
	e->c = start->c;
	e->tlvs.compat = *start->compat;
	snprintf(e->tlvs.version, sizeof(e->tlvs.version), "%s", start->version);
	while (!conf.nonce)
		if (getrandom(&conf.nonce, sizeof(conf.nonce), 0) < 0)
			abort();
	if (start->key && !(e->keys.now = seal_new(start->key, start->c->unit)))
		abort();
	e->lease = genl_open(false, why);
	e->roles = e->lease ? genl_open(false, why) : NULL;
	if (!e->roles)
		goto fail;
	e->epoll = epoll_create1(EPOLL_CLOEXEC);
	err = e->epoll < 0 ? -errno : open_timer(e, conf.poll_ns);
	if (!err)
		err = open_channels(e);
	if (!err)
		err = open_paths(e, start);
	conf.paths = e->paths;
	health_of(start, &conf.health);
	counters_open(&e->counters, start->c);
	fsm_init(&e->status.fsm, &conf, start->role, start->term, boottime_ns());
	if (!err)
		err = start_threads(e);
	if (!err)
		return e;
	snprintf(why, GENL_WHY_MAX, "cannot start: %s", strerror(-err));
fail:
	/* The caller exits: what was opened goes with the process. */
	rekey_free(&e->keys);
	genl_close(e->roles);
	genl_close(e->lease);
	free(e);
	return NULL;
}

void engine_close(struct engine *e)
{
	close(e->orders[0]);
	pthread_join(e->hello_thread, NULL);
	close(e->jobs[0]);
	pthread_join(e->role_thread, NULL);
	for (unsigned int i = 0; i < e->paths; i++)
		path_close(&e->path[i]);
	for (unsigned int i = 1; i <= e->owns; i++)
		claim_close(&e->claim[i]);
	genl_close(e->roles);
	genl_close(e->lease);
	close(e->epoll);
	close(e->timer);
	close(e->wake);
	counters_close(&e->counters);
	close(e->orders[1]);
	close(e->jobs[1]);
	close(e->news[0]);
	close(e->news[1]);
	close(e->logs[0]);
	close(e->logs[1]);
	pthread_mutex_destroy(&e->lock);
	rekey_free(&e->keys);
	free(e);
}

/* -- the main thread's side */

int engine_news_fd(const struct engine *e)
{
	return e->news[0];
}

int engine_log_fd(const struct engine *e)
{
	return e->logs[0];
}

bool engine_news(struct engine *e, struct engine_news *news)
{
	return recv(e->news[0], news, sizeof(*news), MSG_DONTWAIT) == sizeof(*news);
}

void engine_order(struct engine *e, const struct engine_order *order)
{
	(void)!send(e->orders[0], order, sizeof(*order), MSG_NOSIGNAL);
}

void engine_status(struct engine *e, struct engine_status *status)
{
	pthread_mutex_lock(&e->lock);
	*status = e->status;
	pthread_mutex_unlock(&e->lock);
}

enum rekey_answer engine_rekey(struct engine *e, const struct key *key, unsigned int rekeys)
{
	struct seal *next = seal_new(key, e->c->unit);
	enum rekey_answer answer = REKEY_BUSY;

	if (!next)
		abort();
	pthread_mutex_lock(&e->lock);
	if (e->status.rekeys == rekeys)
		answer = rekey_offer(&e->keys, next);
	else
		seal_free(next);
	e->status.rekey = rekey_view(&e->keys);
	pthread_mutex_unlock(&e->lock);
	return answer;
}
