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
#include "claim.h"
#include "engine.h"
#include "messages.h"
#include "path.h"
#include "probe.h"

#define STACK_SIZE	(256U * 1024)	/* all of it is locked in memory */
#define PRIORITY_HELLO	40		/* SCHED_FIFO */
#define PRIORITY_ROLE	30
#define DRAIN_MAX	256		/* hellos of one path before others get their turn */
#define REVIVE_NS	NS_PER_S	/* how often a lost path is opened again */
#define BUFFER_SIZE	2048
#define CARRIER_NS	(10 * NS_PER_MS)	/* how often links are looked at, at most */
#define OTHER_KEY_LOG_NS (60 * NS_PER_S)

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

/**
 * struct engine - both threads
 * @lock: @status; priorities are inherited
 * @status: written by the hello thread
 * @c: configuration
 * @path: the failover link, data interfaces, the backup of the failover link
 * @paths: how many
 * @claim: active address of each data interface, by path
 * @own: what hellos say of each data interface
 * @owns: how many
 * @next_tlv: the interfaces go in turns, when they do not fit into one hello
 * @tlvs: of the hello that is built
 * @keys: of hellos
 * @other_key_told_ns: hellos of another key were logged then; 0: never
 * @lease: module, of the hello thread
 * @roles: module, of the role thread
 * @epoll: of the hello thread
 * @timer: ticks
 * @wake: the election asked for a step at @wake_ns
 * @wake_ns: armed for; 0: not
 * @orders: from main (0: main's end)
 * @news: to main
 * @logs: to main
 * @jobs: hello thread (0) to role thread (1) and back
 * @hello_thread: runs
 * @role_thread: runs
 * @stop: the hello thread ends
 * @revived_ns: lost paths were tried then
 * @learnt: boot nonce of the peer that @status tells of
 * @looked_ns: links were looked at then
 * @links: what was seen
 * @counters: of received packets
 * @buf: of received bytes
 */
struct engine {
	pthread_mutex_t	lock;
	struct engine_status status;
	const struct conf *c;
	struct path	path[FSM_PATHS_MAX];
	unsigned int	paths;
	struct claim	claim[FSM_PATHS_MAX];
	struct hello_iface own[NFHA_IFACES_MAX];
	unsigned int	owns;
	unsigned int	next_tlv;
	struct hello_tlvs tlvs;
	struct rekey	keys;
	uint64_t	other_key_told_ns;
	struct genl	*lease;
	struct genl	*roles;
	int		epoll;
	int		timer;
	int		wake;
	uint64_t	wake_ns;
	int		orders[2];
	int		news[2];
	int		logs[2];
	int		jobs[2];
	pthread_t	hello_thread;
	pthread_t	role_thread;
	bool		stop;
	uint64_t	revived_ns;
	uint64_t	learnt;
	uint64_t	looked_ns;
	struct module_iface links[NFHA_IFACES_MAX + NFHA_LINKS_MAX];
	struct counters	counters;
	uint8_t		buf[BUFFER_SIZE];
};

/* -- out of the thread */

static void tell(struct engine *e, const struct engine_news *news)
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
		tell(e, &news);
	}
	if (a->reply) {
		news = (struct engine_news){ .type = ENGINE_REPLY, .reply = a->reply,
					     .text = a->reply_text };
		tell(e, &news);
	}
	if (a->exit) {
		news = (struct engine_news){ .type = ENGINE_EXIT };
		tell(e, &news);
	}
}

static void send_probes(struct engine *e, const struct fsm_actions *a)
{
	/* Frames are the main thread's: it looks up neighbours, which may sleep. */
	for (unsigned int i = 0; i < a->probes.n; i++)
		tell(e, &(struct engine_news){
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

static void step(struct engine *e, const struct fsm_event *ev)
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

/* It may have come back with another configuration. */
static void forget(struct engine *e)
{
	if (e->learnt == e->status.fsm.peer.nonce)
		return;
	e->learnt = e->status.fsm.peer.nonce;
	e->status.stranger[0] = '\0';
	e->status.peer_compat.known = false;
	for (unsigned int i = 0; i < e->c->ifaces; i++)
		e->status.peer_iface[i].known = false;
}

static void learn(struct engine *e, const struct hello_tlvs *t)
{
	const struct conf *c = e->c;
	bool news = false;

	forget(e);
	if (t->version[0])
		memcpy(e->status.peer_version, t->version, sizeof(e->status.peer_version));
	if (t->compat.known)
		e->status.peer_compat = t->compat;
	for (unsigned int i = 0; i < t->ifaces; i++) {
		struct engine_peer_iface *p;
		unsigned int k = 0;

		while (k < c->ifaces && strcmp(c->iface[k].nameif, t->iface[i].nameif))
			k++;
		if (k == c->ifaces) {
			e->status.names_unknown++;
			memcpy(e->status.stranger, t->iface[i].nameif, NFHA_NAMEIF_MAX);
			continue;
		}
		p = &e->status.peer_iface[k];
		news |= !p->known || memcmp(p->mac, t->iface[i].mac, MAC_LEN);
		p->known = true;
		p->status = t->iface[i].status;
		p->kind = t->iface[i].kind;
		memcpy(p->mac, t->iface[i].mac, MAC_LEN);
	}
	if (news)
		tell(e, &(struct engine_news){ .type = ENGINE_LEARNED });
}

/* By data interface, in the order of the configuration. */
static void peer_ifaces(const struct engine *e, const struct hello_tlvs *t,
			uint8_t state[NFHA_IFACES_MAX])
{
	memset(state, IFTEST_UNTOLD, e->owns);
	for (unsigned int i = 0; i < t->ifaces; i++)
		for (unsigned int k = 0; k < e->owns; k++)
			if (!strcmp(e->own[k].nameif, t->iface[i].nameif))
				state[k] = t->iface[i].state;
}

/* As good as no hello; but whoever looks for the peer's is told. */
static void on_other_key(struct engine *e, unsigned int path)
{
	uint64_t now = boottime_ns();

	/* Said by the peer before it heard that the key was changed, perhaps. */
	if (e->keys.done_ns && now - e->keys.done_ns < e->status.fsm.conf.hold_ns)
		return;
	e->status.other_key_ns = now;
	if (e->other_key_told_ns && now - e->other_key_told_ns < OTHER_KEY_LOG_NS)
		return;
	e->other_key_told_ns = now;
	log_message(OTHER_KEY, e->path[path].dev);
}

static void learn_keys(struct engine *e, const struct hello_tlvs *t, bool by_next)
{
	struct engine_news news = {
		.type = ENGINE_REKEY,
		.rekey = rekey_fresh(&e->keys, t, by_next, boottime_ns()),
	};

	e->status.rekey = rekey_view(&e->keys);
	e->status.rekeys += news.rekey == REKEY_DONE;
	if (news.rekey)
		tell(e, &news);
}

static void on_hello(struct engine *e, unsigned int path, const uint8_t *bytes, size_t len)
{
	uint64_t fresh = e->status.fsm.count.hellos_fresh;
	struct hello_tlvs t;
	struct fsm_hello h;
	bool by_next;
	enum hello_error err = rekey_parse(&e->keys, bytes, len, boottime_ns(), &h, &t, &by_next);
	uint8_t state[NFHA_IFACES_MAX];
	struct fsm_event ev = { .type = FSM_EV_HELLO, .path = path, .hello = &h,
				.peer_ifaces = state };

	e->status.errors[err]++;
	if (err == HELLO_KEY || err == HELLO_SEAL)
		on_other_key(e, path);
	if (err)
		return;
	peer_ifaces(e, &t, state);
	log_debug(DEBUG_HELLO, "hello by %s: %s, term %u, counter %llu", e->path[path].dev,
		  fsm_state_name(h.state), h.term, (unsigned long long)h.counter);
	step(e, &ev);
	/* Of what is not fresh, nothing is believed. */
	if (e->status.fsm.count.hellos_fresh == fresh)
		return;
	learn(e, &t);
	learn_keys(e, &t, by_next);
}

static void drain_path(struct engine *e, unsigned int path)
{
	const uint8_t *hello;
	size_t len;

	for (int i = 0; i < DRAIN_MAX; i++) {
		len = path_recv(&e->path[path], e->buf, sizeof(e->buf), &hello);
		if (!len)
			break;
		on_hello(e, path, hello, len);
	}
	e->status.errors[HELLO_SOURCE] += e->path[path].strangers;
	e->path[path].strangers = 0;
}

static void set_link(struct engine *e, const char *dev, uint8_t status)
{
	struct fsm_event ev = { .type = FSM_EV_LINK, .status = status };

	for (unsigned int i = 0; i < e->owns; i++) {
		if (strcmp(e->path[1 + i].dev, dev) || e->own[i].status == status)
			continue;
		e->own[i].status = status;
		ev.index = i;
		step(e, &ev);
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
			step(e, &ev);
	}
	/* The main thread has closed its end. */
	if (!n)
		e->stop = true;
}

static void drain_roles(struct engine *e)
{
	struct fsm_event ev = { .type = FSM_EV_ROLE_DONE };

	while (recv(e->jobs[0], &ev.ok, sizeof(ev.ok), MSG_DONTWAIT) > 0)
		step(e, &ev);
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
		step(e, &ev);
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
		drain_path(e, i);
	look_at_links(e, boottime_ns());
	if (health_counts(&e->status.fsm.health, boottime_ns()) &&
	    counters_read(&e->counters, rx))
		ev.rx = rx;
	if (type == FSM_EV_TICK)
		boot_beside_other_key(e, boottime_ns());
	step(e, &ev);
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
				drain_path(e, ev[i].data.u32 - TAG_PATH);
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
		.stateful = conf_state_link(start->c),
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
