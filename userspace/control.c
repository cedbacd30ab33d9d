// SPDX-License-Identifier: GPL-2.0-or-later
/* control.c - the control connection: keys for the module's frames */
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "agree.h"
#include "caps.h"
#include "control.h"
#include "fsm.h"
#include "messages.h"
#include "path.h"

#define STACK_SIZE	(256U * 1024)	/* all of it is locked in memory */
#define EXCHANGE_NS	(10 * NS_PER_S)	/* connection, handshake, key */
#define LOOK_NS		NS_PER_S	/* is the failover link still the same device? */
#define RETRY_MIN_NS	(100 * NS_PER_MS)
#define RETRY_MAX_NS	(5 * NS_PER_S)
#define LOG_NS		(60 * NS_PER_S)	/* one failure a minute is told */
#define BACKLOG		4
#define REKEY_CONNECTIONS 2	/* the module keeps the key that was used before the one in use */

/**
 * struct control - the thread
 * @lock: @status, @next_key, @renew
 * @status: written by the thread
 * @next_key: replaces @key; NULL: nothing does
 * @renew: as many new connections are asked for
 * @c: configuration
 * @key: of the pair
 * @link: addresses and device of the failover link and its backup
 * @links: how many
 * @try_link: secondary: connect by this one
 * @module: of this thread
 * @stop: readable: the thread ends
 * @wake: readable: @next_key or @renew
 * @listen: primary: socket of each link; -1: none
 * @conn: connection whose key is in use; NULL: none
 * @side: what the next connection brings
 * @refused: bits of ciphers that the kernel does not have
 * @more: secondary: connections to be made at once
 * @try_ns: secondary: connect then
 * @retry_ns: secondary: after a failure, wait so long
 * @told_ns: a failure was logged then; 0: none since the last key
 */
struct control {
	pthread_mutex_t	lock;
	struct control_status status;
	struct key	*next_key;
	unsigned int	renew;
	const struct conf *c;
	struct key	*key;
	struct path	link[FSM_LINKS_MAX];
	unsigned int	links;
	unsigned int	try_link;
	struct genl	*module;
	pthread_t	thread;
	int		stop;
	int		wake;
	int		listen[FSM_LINKS_MAX];
	struct tls	*conn;
	struct agree_side side;
	uint8_t		refused;
	unsigned int	more;
	uint64_t	try_ns;
	uint64_t	retry_ns;
	uint64_t	told_ns;
};

static bool is_primary(const struct control *ctl)
{
	return ctl->side.unit == NFHA_UNIT_PRIMARY;
}

/* -- sockets */

static socklen_t address_len(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

static void set_port(struct sockaddr_storage *a, uint16_t port)
{
	if (a->ss_family == AF_INET6)
		((struct sockaddr_in6 *)a)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)a)->sin_port = htons(port);
}

static bool same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	const struct sockaddr_in6 *a6 = (const void *)a, *b6 = (const void *)b;
	const struct sockaddr_in *a4 = (const void *)a, *b4 = (const void *)b;

	if (a->ss_family != b->ss_family)
		return false;
	if (a->ss_family == AF_INET)
		return a4->sin_addr.s_addr == b4->sin_addr.s_addr;
	return !memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof(a6->sin6_addr));
}

/* A socket of one failover link alone, at this unit's address. Return: -1: none. */
static int open_socket(struct path *link, uint16_t port)
{
	struct sockaddr_storage local = link->local;
	bool ipv6 = local.ss_family == AF_INET6;
	int on = 1, fd;

	link->index = if_nametoindex(link->dev);
	if (ipv6)
		((struct sockaddr_in6 *)&local)->sin6_scope_id = link->index;
	set_port(&local, port);
	fd = socket(local.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	/* FREEBIND: the address may come after us, and go and come again. */
	if (!setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, link->dev, sizeof(link->dev)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) &&
	    !setsockopt(fd, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_FREEBIND : IP_FREEBIND,
			&on, sizeof(on)) &&
	    !bind(fd, (void *)&local, address_len(&local)))
		return fd;
	close(fd);
	return -1;
}

/* A peer that lost its power says nothing: the kernel finds out within some seconds. */
static void keep_alive(int fd)
{
	int on = 1, period = 1, times = 5;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &period, sizeof(period));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &period, sizeof(period));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &times, sizeof(times));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void open_listen(struct path *link, int *fd)
{
	unsigned int index = link->index;

	if (*fd >= 0 && if_nametoindex(link->dev) == index)
		return;
	if (*fd >= 0)
		close(*fd);
	*fd = open_socket(link, NFHA_CONTROL_PORT);
	if (*fd >= 0 && listen(*fd, BACKLOG)) {
		close(*fd);
		*fd = -1;
	}
}

static void open_listens(struct control *ctl)
{
	for (unsigned int i = 0; i < ctl->links; i++)
		open_listen(&ctl->link[i], &ctl->listen[i]);
}

/* Return: -1: nobody there, or not the peer. */
static int accept_peer(const struct control *ctl, unsigned int i)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	int fd = accept4(ctl->listen[i], (void *)&from, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0 || same_host(&from, &ctl->link[i].peer))
		return fd;
	close(fd);
	return -1;
}

/* Return: -1: nobody listens. */
static int connect_peer(struct path *link, const struct tls_wait *w)
{
	struct sockaddr_storage peer = link->peer;
	struct pollfd p[2] = { { .events = POLLOUT }, { .fd = w->stop, .events = POLLIN } };
	socklen_t len = sizeof(int);
	int err = 0, fd = open_socket(link, 0);

	if (fd < 0)
		return -1;
	if (peer.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&peer)->sin6_scope_id = link->index;
	set_port(&peer, NFHA_CONTROL_PORT);
	if (connect(fd, (void *)&peer, address_len(&peer)) && errno != EINPROGRESS)
		goto fail;
	p[0].fd = fd;
	if (poll(p, 2, (int)(RETRY_MAX_NS / NS_PER_MS)) > 0 && !p[1].revents &&
	    !getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) && !err)
		return fd;
fail:
	close(fd);
	return -1;
}

/* -- keys */

/* The kernel knows what the processor has; so does what it shows of it. */
static bool has_aes(void)
{
	static bool known, has;
	char line[4096];
	FILE *f;

	if (known)
		return has;
	f = fopen("/proc/cpuinfo", "re");
	while (f && !has && fgets(line, sizeof(line), f))
		if (!strncmp(line, "flags", 5) || !strncmp(line, "Features", 8))
			has = strstr(line, " aes ") || strstr(line, " aes\n");
	if (f)
		fclose(f);
	known = true;
	return has;
}

static uint8_t ciphers(const struct control *ctl)
{
	uint8_t aes = AGREE_BIT(NFHA_CIPHER_AES_256_GCM);
	uint8_t wanted = (uint8_t)((AGREE_CIPHERS & ~(has_aes() ? 0 : aes)) & ~ctl->refused);

	/* Without instructions it is slow, and better than nothing. */
	return wanted ? wanted : (uint8_t)(aes & ~ctl->refused);
}

static const char *install(struct control *ctl, const struct agree_key *key)
{
	int err = genl_key_set(ctl->module, key);

	if (!err)
		return NULL;
	if (err == -EOPNOTSUPP)
		ctl->refused |= AGREE_BIT(key->cipher);
	log_debug(DEBUG_MODULE, "module: key %u: %s", key->id, genl_why(ctl->module));
	return err == -EOPNOTSUPP ? "the kernel does not have the cipher" :
	       err == -EEXIST ? "the module has a key of this number" :
	       "the module refuses the key";
}

/* One key by a new connection; NULL, or why there is none. */
static const char *exchange(struct control *ctl, struct tls *t, const struct tls_wait *w)
{
	struct agree_key key = { 0 };
	const char *wrong;

	ctl->side.ciphers = ciphers(ctl);
	wrong = tls_handshake(t, w) ? agree_on_key(t, &ctl->side, &key, w) : tls_why(t);
	if (!wrong) {
		/* Also a number that did not work is not tried again. */
		ctl->side.last_id = key.id;
		wrong = install(ctl, &key);
	}
	if (!wrong)
		wrong = agree_installed(t, &ctl->side, &key, w);
	if (!wrong && genl_key_use(ctl->module, key.id))
		wrong = "the module does not take the key into use";
	if (!wrong)
		log_debug(DEBUG_MODULE, "key %u, %s, is in use", key.id, agree_cipher_name(key.cipher));
	OPENSSL_cleanse(&key, sizeof(key));
	return wrong;
}

static void set_connected(struct control *ctl, bool connected)
{
	pthread_mutex_lock(&ctl->lock);
	ctl->status.connected = connected;
	pthread_mutex_unlock(&ctl->lock);
}

static void note(struct control *ctl, const char *wrong, bool other_key)
{
	uint64_t now = boottime_ns();

	pthread_mutex_lock(&ctl->lock);
	ctl->status.keys += !wrong;
	ctl->status.failures += !!wrong;
	ctl->status.why = wrong;
	ctl->status.other_key = other_key;
	ctl->status.connected |= !wrong;
	pthread_mutex_unlock(&ctl->lock);
	if (!wrong) {
		if (ctl->told_ns)
			log_message(AGREED);
		ctl->told_ns = 0;
	} else if (!ctl->told_ns || now - ctl->told_ns >= LOG_NS) {
		log_message(NO_AGREEMENT, wrong);
		ctl->told_ns = now;
	}
}

/* Return: false: no key. The connection before serves until there is another one. */
static bool renew(struct control *ctl, int fd, const struct tls_wait *w)
{
	struct tls *t = tls_new(ctl->key, ctl->side.unit, fd);
	const char *wrong = "no memory";

	if (t) {
		keep_alive(fd);
		wrong = exchange(ctl, t, w);
	}
	note(ctl, wrong, t && tls_other_key(t));
	if (wrong) {
		tls_free(t);
		return false;
	}
	tls_free(ctl->conn);
	ctl->conn = t;
	return true;
}

/* -- the thread */

static void drop(struct control *ctl)
{
	tls_free(ctl->conn);
	ctl->conn = NULL;
	set_connected(ctl, false);
}

static void retry(struct control *ctl)
{
	ctl->try_ns = boottime_ns() + ctl->retry_ns;
	ctl->retry_ns = ctl->retry_ns * 2 < RETRY_MAX_NS ? ctl->retry_ns * 2 : RETRY_MAX_NS;
}

static void try_connect(struct control *ctl)
{
	struct tls_wait w = { boottime_ns() + EXCHANGE_NS, ctl->stop };
	int fd = connect_peer(&ctl->link[ctl->try_link], &w);

	if (fd < 0 || !renew(ctl, fd, &w)) {
		/* Whichever works. */
		ctl->try_link = (ctl->try_link + 1) % ctl->links;
		retry(ctl);
		return;
	}
	ctl->retry_ns = RETRY_MIN_NS;
	ctl->try_ns = boottime_ns();
	if (ctl->more)
		ctl->more--;
	if (!ctl->more)
		ctl->try_ns += ctl->c->key_lifetime_s * NS_PER_S;
}


static void on_wake(struct control *ctl)
{
	unsigned int renew;
	struct key *next;
	uint64_t times;

	if (read(ctl->wake, &times, sizeof(times)) != sizeof(times))
		return;
	pthread_mutex_lock(&ctl->lock);
	next = ctl->next_key;
	renew = ctl->renew;
	ctl->next_key = NULL;
	ctl->renew = 0;
	pthread_mutex_unlock(&ctl->lock);
	/* The connection that is open has used the one before, and needs none any more. */
	if (next) {
		key_free(ctl->key);
		ctl->key = next;
	}
	if (!renew)
		return;
	ctl->more = renew;
	ctl->try_ns = boottime_ns();
	/* The primary cannot connect; a secondary whose connection ends does. */
	if (is_primary(ctl) && ctl->conn)
		drop(ctl);
}

static int until(uint64_t then)
{
	uint64_t now = boottime_ns();

	return then <= now ? 0 : (int)((then - now) / NS_PER_MS) + 1;
}

static void *control_main(void *arg)
{
	struct control *ctl = arg;
	sigset_t pipe;
	int fd, err;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, NULL);
	err = caps_drop();
	if (err)
		log_message(NOT_DROPPED, strerror(-err));
	for (;;) {
		struct tls_wait w = { .stop = ctl->stop };
		struct pollfd p[] = {
			{ .fd = ctl->stop, .events = POLLIN },
			{ .fd = ctl->wake, .events = POLLIN },
			{ .fd = ctl->conn ? tls_fd(ctl->conn) : -1, .events = POLLIN },
			{ .fd = ctl->listen[0], .events = POLLIN },
			{ .fd = ctl->listen[1], .events = POLLIN },
		};

		poll(p, ARRAY_SIZE(p), is_primary(ctl) ? (int)(LOOK_NS / NS_PER_MS) :
						       until(ctl->try_ns));
		if (p[0].revents)
			break;
		if (p[1].revents)
			on_wake(ctl);
		if (p[2].revents && ctl->conn && !tls_silent(ctl->conn)) {
			drop(ctl);
			retry(ctl);
		}
		if (!is_primary(ctl)) {
			if (boottime_ns() >= ctl->try_ns)
				try_connect(ctl);
			continue;
		}
		for (unsigned int i = 0; i < ctl->links; i++) {
			fd = p[3 + i].revents ? accept_peer(ctl, i) : -1;
			w.until_ns = boottime_ns() + EXCHANGE_NS;
			if (fd >= 0)
				renew(ctl, fd, &w);
		}
		open_listens(ctl);
	}
	drop(ctl);
	return NULL;
}

/* -- begin and end, the main thread's side */

struct control *control_open(const struct conf *c, const struct key *key, char why[GENL_WHY_MAX])
{
	struct control *ctl = calloc(1, sizeof(*ctl));
	struct module_state state;
	pthread_attr_t attr;
	int err;

	if (!ctl)
		abort();
	ctl->c = c;
	ctl->key = key_copy(key);
	if (!ctl->key)
		abort();
	ctl->side.unit = c->unit;
	ctl->listen[0] = ctl->listen[1] = -1;
	ctl->retry_ns = RETRY_MIN_NS;
	path_init_link(&ctl->link[ctl->links++], c, &c->lan);
	if (c->backup.name[0])
		path_init_link(&ctl->link[ctl->links++], c, &c->backup);
	ctl->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ctl->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&ctl->lock, NULL);
	ctl->module = genl_open(false, why);
	if (!ctl->module)
		goto fail;
	/* A restarted helper goes on with the numbers of the one before. */
	if (!genl_state_get(ctl->module, &state))
		ctl->side.last_id = state.key_newest;
	if (is_primary(ctl))
		open_listens(ctl);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	err = pthread_create(&ctl->thread, &attr, control_main, ctl);
	pthread_attr_destroy(&attr);
	if (!err)
		return ctl;
	snprintf(why, GENL_WHY_MAX, "cannot start: %s", strerror(err));
fail:
	/* The caller exits: what was opened goes with the process. */
	genl_close(ctl->module);
	key_free(ctl->key);
	free(ctl);
	return NULL;
}

static void signal_event(int fd)
{
	uint64_t one = 1;

	(void)!write(fd, &one, sizeof(one));
}

void control_close(struct control *ctl)
{
	if (!ctl)
		return;
	signal_event(ctl->stop);
	pthread_join(ctl->thread, NULL);
	for (unsigned int i = 0; i < ctl->links; i++)
		if (ctl->listen[i] >= 0)
			close(ctl->listen[i]);
	genl_close(ctl->module);
	close(ctl->stop);
	close(ctl->wake);
	pthread_mutex_destroy(&ctl->lock);
	key_free(ctl->next_key);
	key_free(ctl->key);
	free(ctl);
}

void control_renew(struct control *ctl)
{
	pthread_mutex_lock(&ctl->lock);
	if (!ctl->renew)
		ctl->renew = 1;
	pthread_mutex_unlock(&ctl->lock);
	signal_event(ctl->wake);
}

bool control_rekey(struct control *ctl, const struct key *key, bool now)
{
	struct key *copy = key_copy(key);

	if (!copy)
		return false;
	pthread_mutex_lock(&ctl->lock);
	key_free(ctl->next_key);
	ctl->next_key = copy;
	if (now && !is_primary(ctl))
		ctl->renew = REKEY_CONNECTIONS;
	pthread_mutex_unlock(&ctl->lock);
	signal_event(ctl->wake);
	return true;
}

void control_status(struct control *ctl, struct control_status *status)
{
	pthread_mutex_lock(&ctl->lock);
	*status = ctl->status;
	pthread_mutex_unlock(&ctl->lock);
}
