// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nfhad.c - the helper: configuration into the module, events out of it, start and
 * stop. Hellos and decisions are the engine's, what nfha asks for is the clients'.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "caps.h"
#include "daemon.h"
#include "kind.h"
#include "messages.h"
#include "probe.h"
#include "reload.h"
#include "running.h"

#define CONFIG		"/etc/nfha/nfha.conf"
#define REFRESH_NS	(NS_PER_S / 4)	/* of the module's state, where an event was lost */

void daemon_watch(struct daemon *d, int fd, uint32_t tag)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = tag };

	if (epoll_ctl(d->epoll, EPOLL_CTL_ADD, fd, &ev))
		log_error("epoll: %s", strerror(errno));
}

static void on_events(struct daemon *d)
{
	struct module_event ev;
	struct engine_order o;
	bool stale = false;
	int got;

	while ((got = genl_event(d->events, &ev)) > 0) {
		log_debug(DEBUG_MODULE, "event %u, term %u, device %s", ev.event, ev.term,
			  ev.iface.dev[0] ? ev.iface.dev : "-");
		o = (struct engine_order){ .term = ev.term };
		stale = true;
		if (ev.event == NFHA_EVENT_FENCED)
			o.type = FSM_EV_FENCED;
		else if (ev.event == NFHA_EVENT_OPENED)
			o.type = FSM_EV_OPENED;
		else if (ev.event == NFHA_EVENT_ADDRESSES)
			log_message(ADDRESSES);
		else if (ev.event == NFHA_EVENT_KEY_SPENT && d->control)
			control_renew(d->control);
		if (o.type)
			engine_order(d->engine, &o);
	}
	if (got < 0) {
		log_message(EVENTS_LOST, strerror(-got));
		/* One of them may have been that the key is spent. */
		if (d->control)
			control_renew(d->control);
	}
	if (stale || got < 0)
		view_refresh(d);
}

/* -- the engine's news */

static void on_reply(struct daemon *d, const struct engine_news *news)
{
	static const char *const how[] = {
		[FSM_REPLY_DONE] = "", [FSM_REPLY_NOOP] = "nothing to do: ",
		[FSM_REPLY_REFUSED] = "refused: ",
	};
	char text[256];

	if (!news->text)
		return;
	snprintf(text, sizeof(text), "nfha: %s%s\n", how[news->reply], news->text);
	for (unsigned int i = 0; i < CTL_CLIENTS_MAX; i++)
		if (d->client[i].fd >= 0 && d->client[i].waits)
			clients_answer(&d->client[i], news->reply == FSM_REPLY_REFUSED, text);
}

static void on_changed(struct daemon *d, const struct engine_news *news)
{
	const char *from = fsm_state_name(news->from);

	if (news->failover)
		d->show.last_failover = time(NULL);
	switch (news->to) {
	case FSM_ACTIVE: log_message(ACTIVE, from, news->text); break;
	case FSM_STANDBY: log_message(STANDBY, from, news->text); break;
	case FSM_STAGED: log_message(STAGED, from, news->text); break;
	case FSM_FENCED:
	case FSM_FAILED: log_message(FAILED, from, news->text); break;
	case FSM_LEAVING: log_message(LEAVING, from, news->text); break;
	case FSM_NEGOTIATION: log_message(NEGOTIATION, from, news->text); break;
	}
	history_add(&d->history, &(struct history_entry){
		.at = time(NULL), .from = fsm_state_name(news->from),
		.to = fsm_state_name(news->to), .reason = news->text });
	sd_notifyf(0, "STATUS=%s: %s", fsm_state_name(news->to), news->text);
}

static void on_probe(struct daemon *d, const struct engine_news *news)
{
	const struct conf_iface *iface = conf_data_iface(&d->c, news->index);
	int n = probe_send(iface, news->test, news->active);

	if (n < 0)
		log_warn("%s: test of the interface: %s", iface->nameif, strerror(-n));
	else
		log_debug(DEBUG_IFACE, "%s: test %d of the interface: %d sent", iface->nameif,
			  news->test, n);
}

/*
 * The primary listens with the new key before its hellos are sealed with it; the secondary
 * connects with it after one of these has come.
 */
static void on_rekey(struct daemon *d, enum rekey_event event)
{
	if (event == REKEY_PEER_HAS) {
		log_message(PEER_KEY);
		return;
	}
	if (d->control && (d->c.unit == NFHA_UNIT_PRIMARY || event == REKEY_DONE) &&
	    !control_rekey(d->control, d->next_key, event == REKEY_DONE))
		log_message(NO_KEY_MEMORY);
	if (event != REKEY_DONE)
		return;
	key_free(d->key);
	d->key = d->next_key;
	d->next_key = NULL;
	d->rekeys++;
	log_message(KEY_CHANGED);
}

static void on_news(struct daemon *d)
{
	struct engine_news news;

	while (engine_news(d->engine, &news)) {
		switch (news.type) {
		case ENGINE_REPLY:
			on_reply(d, &news);
			break;
		case ENGINE_CHANGED:
			on_changed(d, &news);
			break;
		case ENGINE_LEARNED:
			view_macs(d);
			break;
		case ENGINE_PROBE:
			on_probe(d, &news);
			break;
		case ENGINE_REKEY:
			on_rekey(d, news.rekey);
			break;
		case ENGINE_EXIT:
			d->done = true;
			break;
		}
	}
}

static void on_log(struct daemon *d)
{
	char line[LOG_DATAGRAM_MAX];
	ssize_t n;

	while ((n = recv(engine_log_fd(d->engine), line, sizeof(line), MSG_DONTWAIT)) > 0)
		log_relayed(line, (size_t)n);
}

/*
 * A planned restart: the module goes on as it is while the lease runs, which the other
 * unit agrees to (pause.h), and the next helper adopts it. With another configuration it would have to be cleared: then an
 * active unit hands over, as for a stop.
 */
static bool restart(struct daemon *d)
{
	if (!d->engine || !reload_same(&d->c, d->key, d->conf_path))
		return false;
	log_message(RESTARTING);
	d->restarting = true;
	/* The other unit is asked to wait; then comes ENGINE_EXIT. */
	engine_order(d->engine, &(struct engine_order){ .type = FSM_EV_COMMAND,
							.command = FSM_CMD_RESTART });
	return true;
}

static void take_key(struct daemon *d, struct key *key, const struct conf *next)
{
	enum rekey_answer answer = engine_rekey(d->engine, key, d->rekeys);

	switch (answer) {
	case REKEY_TAKEN:
		key_free(d->next_key);
		d->next_key = key;
		log_message(KEY_WAITS);
		break;
	case REKEY_BACK:
		key_free(d->next_key);
		d->next_key = NULL;
		key_free(key);
		log_message(KEY_KEPT);
		break;
	case REKEY_SAME:
	case REKEY_BUSY:
		log_message(RELOAD_REFUSED, answer == REKEY_SAME ? "nothing differs" :
			    "the key is just being changed");
		key_free(key);
		return;
	}
	/* What show running-config says: never the key itself. */
	d->c.key = next->key;
	memcpy(d->c.key_path, next->key_path, sizeof(d->c.key_path));
}

/* SIGHUP: another key is what a running pair can take (13-34). */
static void reload(struct daemon *d)
{
	struct conf next = { 0 };
	const char *wrong = reload_read(&d->c, d->conf_path, &next);
	struct key *key = wrong ? NULL : reload_key(&next);

	if (wrong)
		log_message(RELOAD_REFUSED, wrong);
	else if (!key)
		log_message(NO_KEY_MEMORY);
	else
		take_key(d, key, &next);
	conf_free(&next);
}

static void on_signal(struct daemon *d)
{
	struct signalfd_siginfo info;

	if (read(d->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (d->restarting) {
		d->done = true;
		return;
	}
	if (info.ssi_signo == SIGUSR2 && restart(d))
		return;
	if (info.ssi_signo == SIGHUP) {
		reload(d);
		return;
	}
	/* The second one does not wait for the peer. */
	if (!d->engine || d->stopping) {
		d->done = true;
		return;
	}
	d->stopping = true;
	log_message(STOPPING);
	sd_notify(0, "STOPPING=1");
	engine_order(d->engine, &(struct engine_order){ .type = FSM_EV_COMMAND,
							.command = FSM_CMD_STOP });
}

static void on_timer(struct daemon *d)
{
	uint64_t times;

	if (read(d->timer, &times, sizeof(times)) != sizeof(times) || !d->engine)
		return;
	view_refresh(d);
	engine_status(d->engine, &d->show.engine);
	/* systemd hears that we live only while hellos do. */
	if (d->watchdog && d->show.engine.fsm.tick_ns != d->tick_ns)
		sd_notify(0, "WATCHDOG=1");
	d->tick_ns = d->show.engine.fsm.tick_ns;
}

static void loop(struct daemon *d)
{
	struct epoll_event ev[16];

	while (!d->done) {
		int n = epoll_wait(d->epoll, ev, ARRAY_SIZE(ev), -1);

		for (int i = 0; i < n; i++) {
			switch (ev[i].data.u32) {
			case TAG_SIGNAL: on_signal(d); break;
			case TAG_LISTEN: clients_accept(d); break;
			case TAG_EVENTS: on_events(d); break;
			case TAG_NEWS: on_news(d); break;
			case TAG_LOG: on_log(d); break;
			case TAG_TIMER: on_timer(d); break;
			default: clients_read(d, &d->client[ev[i].data.u32 - TAG_CLIENT]); break;
			}
		}
	}
}

/* -- begin and end */

static int load(struct daemon *d)
{
	unsigned int errors = reload_log(d->conf_path, &d->c);

	if (errors)
		log_message(CONF_REFUSED, d->conf_path, errors);
	return errors ? -EINVAL : 0;
}

static int configure(struct daemon *d, char why[GENL_WHY_MAX])
{
	int err = genl_conf_set(d->module, &d->c);

	if (err == -EBUSY) {
		log_message(CONF_CLEARED);
		err = genl_conf_clear(d->module);
		if (!err)
			err = genl_conf_set(d->module, &d->c);
	}
	if (err)
		snprintf(why, GENL_WHY_MAX, "the module refuses the configuration: %.180s",
			 genl_why(d->module));
	return err;
}

static int start(struct daemon *d)
{
	struct engine_start start = { .c = &d->c, .iface = d->show.iface,
				      .kind = d->kind, .version = d->version,
				      .compat = &d->compat, .key = d->key };
	char why[GENL_WHY_MAX] = "";

	d->module = genl_open(false, why);
	d->events = d->module ? genl_open(true, why) : NULL;
	if (!d->events)
		goto fail;
	admin_apply(&d->admin, &d->c);
	compat_own(&d->c, &d->compat);
	for (unsigned int i = 0; i < d->c.ifaces; i++)
		d->kind[i] = kind_in_hello(d->c.iface[i].dev);
	if (configure(d, why))
		goto fail;
	view_refresh(d);
	start.role = d->show.module.role;
	start.term = d->show.module.term;
	if (start.role > NFHA_ROLE_NEGOTIATION)
		log_message(ADOPTED, start.role, start.term);
	d->engine = engine_open(&start, why);
	if (!d->engine)
		goto fail;
	if (d->key && conf_state_dev(&d->c)) {
		d->control = control_open(&d->c, d->key, why);
		if (!d->control)
			goto fail;
	}
	daemon_watch(d, genl_fd(d->events), TAG_EVENTS);
	daemon_watch(d, engine_news_fd(d->engine), TAG_NEWS);
	daemon_watch(d, engine_log_fd(d->engine), TAG_LOG);
	return 0;
fail:
	admin_restore(&d->admin);
	log_error("%s", why);
	return -EIO;
}

static int open_loop(struct daemon *d)
{
	struct itimerspec t = {
		.it_interval.tv_nsec = (long)REFRESH_NS, .it_value.tv_nsec = (long)REFRESH_NS,
	};
	sigset_t set;

	for (unsigned int i = 0; i < CTL_CLIENTS_MAX; i++)
		d->client[i].fd = -1;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGHUP);
	/* Before the first thread: all inherit it. */
	sigprocmask(SIG_BLOCK, &set, NULL);
	d->epoll = epoll_create1(EPOLL_CLOEXEC);
	d->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	d->timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (d->epoll < 0 || d->signals < 0 || d->timer < 0 ||
	    timerfd_settime(d->timer, 0, &t, NULL)) {
		log_error("cannot start: %s", strerror(errno));
		return -errno;
	}
	d->listen = ctl_listen(d->socket_path);
	if (d->listen < 0) {
		log_error("%s: %s", d->socket_path, d->listen == -EADDRINUSE ?
			  "another nfhad is running" : strerror(-d->listen));
		return d->listen;
	}
	daemon_watch(d, d->signals, TAG_SIGNAL);
	daemon_watch(d, d->listen, TAG_LISTEN);
	daemon_watch(d, d->timer, TAG_TIMER);
	return 0;
}

static void harden(void)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	int err;

	/* Without CAP_IPC_LOCK every later allocation would count against the limit, and fail. */
	setrlimit(RLIMIT_MEMLOCK, &all);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		log_message(NOT_LOCKED, strerror(errno));
	err = caps_drop();
	if (err)
		log_message(NOT_DROPPED, strerror(-err));
}

static void stop(struct daemon *d)
{
	control_close(d->control);
	if (d->engine) {
		on_log(d);
		engine_close(d->engine);
	}
	if (!d->restarting) {
		if (d->module && genl_conf_clear(d->module))
			log_error("module: %s", genl_why(d->module));
		admin_restore(&d->admin);
	}
	genl_close(d->events);
	genl_close(d->module);
	unlink(d->socket_path);
	key_free(d->key);
	key_free(d->next_key);
	conf_free(&d->c);
}

static int run(struct daemon *d)
{
	if (open_loop(d))
		return EXIT_FAILURE;
	if (d->c.failover && start(d)) {
		unlink(d->socket_path);
		return EXIT_FAILURE;
	}
	if (!d->c.failover)
		log_message(CONF_OFF);
	harden();
	d->show.c = &d->c;
	d->show.on = d->c.failover;
	d->show.version = d->version;
	d->watchdog = sd_watchdog_enabled(0, NULL) > 0;
	sd_notify(0, "READY=1");
	loop(d);
	stop(d);
	return EXIT_SUCCESS;
}

static bool stderr_is_null(void)
{
	struct stat a, b;

	return fstat(STDERR_FILENO, &a) ||
	       (!stat("/dev/null", &b) && a.st_rdev == b.st_rdev && S_ISCHR(a.st_mode));
}

/**
 * struct options - the command line
 * @check: only check the configuration
 * @debug: log hellos, too
 * @to_syslog: instead of standard error
 */
struct options {
	bool	check;
	bool	debug;
	bool	to_syslog;
};

/* Does not return on a wrong one. */
static void options(int argc, char **argv, struct daemon *d, struct options *o)
{
	static const char usage[] =
		"usage: nfhad [-dt] [-c FILE] [-s SOCKET] [-l syslog]\nsee nfhad(8)\n";
	int opt;

	while ((opt = getopt(argc, argv, "c:s:l:dth")) != -1) {
		switch (opt) {
		case 'c': d->conf_path = optarg; break;
		case 's': d->socket_path = optarg; break;
		case 'd': o->debug = true; break;
		case 't': o->check = true; break;
		case 'l':
			o->to_syslog = true;
			if (!strcmp(optarg, "syslog"))
				break;
			fprintf(stderr, "nfhad: found \"%s\"; allowed: -l syslog\n", optarg);
			exit(EXIT_FAILURE);
		default:
			fputs(usage, opt == 'h' ? stdout : stderr);
			exit(opt == 'h' ? EXIT_SUCCESS : EXIT_FAILURE);
		}
	}
	if (optind < argc) {
		fprintf(stderr, "nfhad: found \"%s\": unknown word\n%s", argv[optind], usage);
		exit(EXIT_FAILURE);
	}
}

int main(int argc, char **argv)
{
	static struct daemon d = { .conf_path = CONFIG, .socket_path = CTL_SOCKET };
	struct options o = { .to_syslog = stderr_is_null() };
	struct utsname u;

	/* Before there is a key in memory: no core file, no debugger of another user. */
	prctl(PR_SET_DUMPABLE, 0);
	options(argc, argv, &d, &o);
	if (o.check) {
		unsigned int errors = conf_load(d.conf_path, &d.c, stderr);

		conf_free(&d.c);
		return errors ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	log_open("nfhad", o.to_syslog);
	if (o.debug)
		log_debug_set("all", true);
	if (load(&d))
		return EXIT_FAILURE;
	if (d.c.failover && d.c.key != CONF_KEY_NONE) {
		d.key = reload_key(&d.c);
		if (!d.key) {
			log_message(NO_KEY_MEMORY);
			return EXIT_FAILURE;
		}
	}
	conf_forget(&d.c);
	uname(&u);
	snprintf(d.version, sizeof(d.version), "%.20s %.50s/%s", u.machine, u.release,
		 NFHA_VERSION);
	return run(&d);
}
