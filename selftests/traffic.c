// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * traffic: the ends of the test connections.
 *
 * One server answers TCP and UDP on one port; the clients are subcommands. All data is a
 * fixed pattern of the offset, so that one wrong, missing or repeated byte is noticed
 * where it happens. Each client ends with one line "result key=value ..." and exits with
 * 0 only if everything arrived and was right. Times are CLOCK_REALTIME, so that they can be
 * laid beside captures and the time of a fault; durations are CLOCK_MONOTONIC.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CHUNK	65536
#define BIN_MS	50

static const char *log_path;		/* -l: bytes per BIN_MS */
static const char *out_path;		/* -o: received data */
static const char *bind_addr;		/* -b: source address */
static double limit_s = 60;		/* -t: give up after so long without progress */

static void die(const char *what)
{
	fprintf(stderr, "traffic: %s: %s\n", what, strerror(errno));
	exit(2);
}

static double now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void sleep_until(double when)
{
	struct timespec ts = { .tv_sec = (time_t)when };

	ts.tv_nsec = (long)((when - ts.tv_sec) * 1e9);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

/* splitmix64 of the word's number: every word differs from its neighbours. */
static uint64_t pattern_word(uint64_t n)
{
	n += 0x9e3779b97f4a7c15ULL;
	n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9ULL;
	n = (n ^ (n >> 27)) * 0x94d049bb133111ebULL;
	return n ^ (n >> 31);
}

/* Fills buf with the pattern from offset on. */
static void pattern_fill(unsigned char *buf, size_t len, uint64_t offset)
{
	size_t i = 0;

	while (i < len) {
		uint64_t w = pattern_word((offset + i) / 8);
		size_t skip = (offset + i) % 8, n = 8 - skip;

		if (n > len - i)
			n = len - i;
		memcpy(buf + i, (unsigned char *)&w + skip, n);
		i += n;
	}
}

static bool pattern_ok(const unsigned char *buf, size_t len, uint64_t offset)
{
	static unsigned char want[CHUNK];

	pattern_fill(want, len, offset);
	return memcmp(buf, want, len) == 0;
}

static struct addrinfo *resolve(const char *host, const char *port, int type, int flags)
{
	struct addrinfo hints = { .ai_socktype = type,
				  .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | flags };
	struct addrinfo *ai;
	int rc = getaddrinfo(host, port, &hints, &ai);

	if (rc) {
		fprintf(stderr, "traffic: %s: %s\n", host, gai_strerror(rc));
		exit(2);
	}
	return ai;
}

static int dial(const char *host, const char *port, int type)
{
	struct addrinfo *ai = resolve(host, port, type, 0);
	int fd = socket(ai->ai_family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	if (bind_addr) {
		struct addrinfo *src = resolve(bind_addr, "0", type, AI_PASSIVE);

		if (bind(fd, src->ai_addr, src->ai_addrlen))
			die("bind");
		freeaddrinfo(src);
	}
	if (connect(fd, ai->ai_addr, ai->ai_addrlen))
		die("connect");
	freeaddrinfo(ai);
	return fd;
}

static bool write_all(int fd, const void *buf, size_t len)
{
	const char *p = buf;

	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		p += n;
		len -= n;
	}
	return true;
}

static bool readable(int fd, double seconds)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int rc;

	do {
		rc = poll(&p, 1, (int)(seconds * 1000));
	} while (rc < 0 && errno == EINTR);
	return rc > 0;
}

struct progress {
	double start, start_wall, last, stall, stall_at;
	uint64_t bytes, bin_bytes;
	long bin;
	FILE *log;
};

static void progress_start(struct progress *p)
{
	memset(p, 0, sizeof(*p));
	p->start_wall = now(CLOCK_REALTIME);
	p->start = p->last = now(CLOCK_MONOTONIC);
	if (log_path) {
		p->log = fopen(log_path, "w");
		if (!p->log)
			die(log_path);
		setlinebuf(p->log);
		fprintf(p->log, "# start %.6f bin_ms %d\n", p->start_wall, BIN_MS);
	}
}

/* Writes the bins that are over; empty ones too, since they are what one looks for. */
static void progress_bins(struct progress *p, double t)
{
	long bin = (long)((t - p->start) * 1000 / BIN_MS);

	for (; p->bin < bin; p->bin++) {
		if (p->log)
			fprintf(p->log, "%ld %llu\n", p->bin * BIN_MS,
				(unsigned long long)p->bin_bytes);
		p->bin_bytes = 0;
	}
}

static void progress_add(struct progress *p, size_t n)
{
	double t = now(CLOCK_MONOTONIC);

	if (t - p->last > p->stall) {
		p->stall = t - p->last;
		p->stall_at = p->last - p->start + p->start_wall;
	}
	p->last = t;
	progress_bins(p, t);
	p->bytes += n;
	p->bin_bytes += n;
}

static int progress_result(struct progress *p, bool ok, const char *why)
{
	double t = now(CLOCK_MONOTONIC);

	if (t - p->last > p->stall) {
		p->stall = t - p->last;
		p->stall_at = p->last - p->start + p->start_wall;
	}
	progress_bins(p, t + BIN_MS / 1000.0);
	if (p->log)
		fclose(p->log);
	printf("result ok=%d bytes=%llu seconds=%.3f stall_ms=%.1f stall_at=%.6f%s%s\n", ok,
	       (unsigned long long)p->bytes, t - p->start, p->stall * 1000, p->stall_at,
	       ok ? "" : " why=", ok ? "" : why);
	return ok ? 0 : 1;
}

static void serve_get(int fd, uint64_t total)
{
	static unsigned char buf[CHUNK];
	uint64_t at = 0;

	while (at < total) {
		size_t n = total - at < CHUNK ? total - at : CHUNK;

		pattern_fill(buf, n, at);
		if (!write_all(fd, buf, n))
			return;
		at += n;
	}
	/* Wait for the client's close, or the kernel may reset with data still in flight. */
	shutdown(fd, SHUT_WR);
	while (recv(fd, buf, CHUNK, 0) > 0)
		;
}

static void serve_put(int fd, uint64_t total)
{
	static unsigned char buf[CHUNK];
	bool ok = true;
	uint64_t at = 0;

	while (at < total) {
		size_t n = total - at < CHUNK ? total - at : CHUNK;
		ssize_t got = recv(fd, buf, n, 0);

		if (got <= 0)
			return;
		ok = ok && pattern_ok(buf, got, at);
		at += got;
	}
	write_all(fd, ok ? "right\n" : "wrong\n", 6);
	while (recv(fd, buf, CHUNK, 0) > 0)
		;
}

static void serve_echo(int fd)
{
	static unsigned char buf[CHUNK];
	ssize_t n;

	while ((n = recv(fd, buf, CHUNK, 0)) > 0 && write_all(fd, buf, n))
		;
}

/* The request is one line of 32 bytes, padded with blanks, so that nothing is over-read. */
static void serve_tcp(int fd)
{
	unsigned long long total = 0;
	char line[33] = "", word[8] = "";

	if (recv(fd, line, 32, MSG_WAITALL) != 32 || sscanf(line, "%7s %llu", word, &total) < 1)
		return;
	if (!strcmp(word, "get"))
		serve_get(fd, total);
	else if (!strcmp(word, "put"))
		serve_put(fd, total);
	else if (!strcmp(word, "echo"))
		serve_echo(fd);
}

static void request(int fd, const char *word, unsigned long long total)
{
	char line[33];
	int n = snprintf(line, sizeof(line), "%s %llu", word, total);

	memset(line + n, ' ', sizeof(line) - n);
	if (!write_all(fd, line, 32))
		die("request");
}

/*
 * A datagram carries its number and the sender's number for the whole stream; the answer
 * adds how many of that stream have arrived, so that the client can tell on which way the
 * missing ones were lost.
 */
struct datagram {
	uint64_t seq;
	uint32_t stream;
	uint32_t seen;
};

#define STREAMS 256

static void serve_udp(int fd)
{
	static uint32_t seen[STREAMS], id[STREAMS];
	struct sockaddr_storage from;
	struct datagram d;

	for (;;) {
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(fd, &d, sizeof(d), MSG_DONTWAIT,
				     (struct sockaddr *)&from, &len);

		if (n < 0)
			return;
		if (n != sizeof(d))
			continue;
		if (id[d.stream % STREAMS] != d.stream) {
			id[d.stream % STREAMS] = d.stream;
			seen[d.stream % STREAMS] = 0;
		}
		d.seen = ++seen[d.stream % STREAMS];
		sendto(fd, &d, sizeof(d), 0, (struct sockaddr *)&from, len);
	}
}

static int listener(const char *host, const char *port, int type)
{
	struct addrinfo *ai = resolve(host, port, type, AI_PASSIVE);
	int fd = socket(ai->ai_family, type | SOCK_CLOEXEC, 0), one = 1, big = 4 << 20;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &big, sizeof(big));
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, 26 /* IPV6_V6ONLY */, &one, sizeof(one));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen))
		die("bind");
	if (type == SOCK_STREAM && listen(fd, 1024))
		die("listen");
	freeaddrinfo(ai);
	return fd;
}

static int cmd_server(char **arg)
{
	struct pollfd p[2] = {
		{ .fd = listener(arg[0], arg[1], SOCK_STREAM), .events = POLLIN },
		{ .fd = listener(arg[0], arg[1], SOCK_DGRAM), .events = POLLIN },
	};
	char eof;

	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].revents)
			serve_udp(p[1].fd);
		if (p[0].revents) {
			int fd = accept4(p[0].fd, NULL, NULL, SOCK_CLOEXEC);

			/* What was closed already is not worth a process. */
			if (fd >= 0 && recv(fd, &eof, 1, MSG_PEEK | MSG_DONTWAIT) && fork() == 0) {
				serve_tcp(fd);
				_exit(0);
			}
			if (fd >= 0)
				close(fd);
		}
	}
}

static int cmd_get(char **arg)
{
	static unsigned char buf[CHUNK];
	uint64_t total = strtoull(arg[2], NULL, 0);
	int fd = dial(arg[0], arg[1], SOCK_STREAM), out = -1;
	const char *why = "";
	struct progress p;

	if (out_path && (out = open(out_path, O_WRONLY | O_CREAT | O_TRUNC, 0644)) < 0)
		die(out_path);
	request(fd, "get", total);
	progress_start(&p);
	while (p.bytes < total && !*why) {
		ssize_t n;

		if (!readable(fd, limit_s)) {
			why = "timeout";
			break;
		}
		n = recv(fd, buf, CHUNK, 0);
		if (n <= 0)
			why = n ? strerrorname_np(errno) : "closed";
		else if (!pattern_ok(buf, n, p.bytes))
			why = "wrong-data";
		else if (out >= 0 && write(out, buf, n) != n)
			die(out_path);
		else
			progress_add(&p, n);
	}
	return progress_result(&p, !*why, why);
}

static int cmd_put(char **arg)
{
	static unsigned char buf[CHUNK];
	uint64_t total = strtoull(arg[2], NULL, 0);
	int fd = dial(arg[0], arg[1], SOCK_STREAM), small = 128 << 10;
	struct timeval tv = { .tv_sec = (time_t)limit_s };
	const char *why = "";
	struct progress p;

	/* A small send buffer: what the program wrote is close to what the network carried. */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	request(fd, "put", total);
	progress_start(&p);
	while (p.bytes < total && !*why) {
		size_t n = total - p.bytes < 16384 ? total - p.bytes : 16384;
		ssize_t sent;

		pattern_fill(buf, n, p.bytes);
		sent = send(fd, buf, n, MSG_NOSIGNAL);
		if (sent <= 0)
			why = errno == EAGAIN ? "timeout" : strerrorname_np(errno);
		else
			progress_add(&p, sent);
	}
	if (!*why) {
		if (!readable(fd, limit_s))
			why = "no-verdict";
		else if (recv(fd, buf, 6, MSG_WAITALL) != 6 || memcmp(buf, "right\n", 6))
			why = "wrong-data";
	}
	return progress_result(&p, !*why, why);
}

/* slow ADDR PORT BYTES/S SECONDS: writes at that rate, the server echoes, all is checked. */
static int cmd_slow(char **arg)
{
	static unsigned char buf[CHUNK];
	double rate = atof(arg[2]), seconds = atof(arg[3]), step = 0.05, next, end;
	size_t n = (size_t)(rate * step);
	int fd = dial(arg[0], arg[1], SOCK_STREAM);
	const char *why = "";
	uint64_t sent = 0;
	struct progress p;

	request(fd, "echo", 0);
	progress_start(&p);
	next = p.start;
	end = p.start + seconds;
	while (!*why && (next < end || p.bytes < sent)) {
		double t = now(CLOCK_MONOTONIC);

		if (t >= next && next < end) {
			pattern_fill(buf, n, sent);
			if (!write_all(fd, buf, n))
				why = strerrorname_np(errno);
			sent += n;
			next += step;
			continue;
		}
		if (t - p.last > limit_s)
			why = "timeout";
		else if (readable(fd, next < end ? next - t : 0.1)) {
			ssize_t got = recv(fd, buf, CHUNK, 0);

			if (got <= 0)
				why = got ? strerrorname_np(errno) : "closed";
			else if (!pattern_ok(buf, got, p.bytes))
				why = "wrong-data";
			else
				progress_add(&p, got);
		}
	}
	return progress_result(&p, !*why, why);
}

static volatile sig_atomic_t poked;

static void on_poke(int sig)
{
	(void)sig;
	poked = 1;
}

static bool echo_word(int fd, const char *word)
{
	char got[16] = "";
	size_t n = strlen(word);

	return write_all(fd, word, n) && readable(fd, limit_s) &&
	       recv(fd, got, n, MSG_WAITALL) == (ssize_t)n && !memcmp(got, word, n);
}

/* idle ADDR PORT: speaks once, prints "idle", is silent until SIGUSR1, speaks again. */
static int cmd_idle(char **arg)
{
	struct sigaction sa = { .sa_handler = on_poke };
	int fd = dial(arg[0], arg[1], SOCK_STREAM), one = 1;
	sigset_t block, old;
	struct progress p;
	bool ok;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	sigaction(SIGUSR1, &sa, NULL);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigprocmask(SIG_BLOCK, &block, &old);
	request(fd, "echo", 0);
	progress_start(&p);
	ok = echo_word(fd, "hello");
	progress_add(&p, 5);
	printf("idle\n");
	fflush(stdout);
	while (!poked)
		sigsuspend(&old);
	sigprocmask(SIG_SETMASK, &old, NULL);
	p.stall = 0;			/* the silence was asked for */
	p.last = now(CLOCK_MONOTONIC);
	ok = ok && echo_word(fd, "again");
	progress_add(&p, 5);
	return progress_result(&p, ok, "no-answer");
}

static void udp_collect(int fd, struct progress *p, uint32_t stream, uint64_t *got, uint32_t *seen)
{
	struct datagram d;

	while (recv(fd, &d, sizeof(d), MSG_DONTWAIT) == sizeof(d)) {
		if (d.stream != stream)
			continue;
		(*got)++;
		if (d.seen > *seen)
			*seen = d.seen;
		progress_add(p, sizeof(d));
	}
}

/* udp ADDR PORT PACKETS/S SECONDS: a numbered stream, echoed by the server. */
static int cmd_udp(char **arg)
{
	double rate = atof(arg[2]), seconds = atof(arg[3]), t;
	uint64_t count = (uint64_t)(rate * seconds), sent = 0, got = 0, refused = 0;
	int fd = dial(arg[0], arg[1], SOCK_DGRAM);
	struct datagram d = { .stream = (uint32_t)getpid() };
	uint32_t seen = 0;
	struct progress p;

	progress_start(&p);
	while (sent < count) {
		t = now(CLOCK_MONOTONIC);
		if (t >= p.start + sent / rate) {
			d.seq = sent++;
			/* A full queue or an ICMP error is a lost packet like any other. */
			if (send(fd, &d, sizeof(d), MSG_DONTWAIT) < 0)
				refused++;
		} else if (readable(fd, 0)) {
			udp_collect(fd, &p, d.stream, &got, &seen);
		} else {
			sleep_until(t + 0.0002 < p.start + sent / rate ? t + 0.0002
								       : p.start + sent / rate);
		}
	}
	/* The last answers are still under way. */
	t = now(CLOCK_MONOTONIC);
	while (got < sent && now(CLOCK_MONOTONIC) < t + 1)
		if (readable(fd, 0.05))
			udp_collect(fd, &p, d.stream, &got, &seen);
	p.last = now(CLOCK_MONOTONIC);	/* waiting for stragglers is no stall */
	printf("udp sent=%llu got=%llu lost_up=%llu lost_down=%llu refused=%llu\n",
	       (unsigned long long)sent, (unsigned long long)got,
	       (unsigned long long)(sent - seen), (unsigned long long)(seen - got),
	       (unsigned long long)refused);
	return progress_result(&p, got > 0, "nothing-came-back");
}

/* spray ADDR FIRST-PORT COUNT [PACKETS/S]: one datagram to each port; makes table entries. */
static int cmd_spray(char **arg)
{
	struct addrinfo *ai = resolve(arg[0], "9", SOCK_DGRAM, 0);
	unsigned long first = strtoul(arg[1], NULL, 0), count = strtoul(arg[2], NULL, 0), i;
	double rate = arg[3] ? atof(arg[3]) : 0, start = now(CLOCK_MONOTONIC);
	int fd = -1;

	for (i = 0; i < count; i++) {
		uint16_t port = htons((uint16_t)(first + i % 60000));

		if (i % 60000 == 0) {		/* a new source port, or the tuples repeat */
			if (fd >= 0)
				close(fd);
			fd = socket(ai->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
			if (fd < 0)
				die("socket");
		}
		/* The port is at the same place in sockaddr_in and sockaddr_in6. */
		memcpy((char *)ai->ai_addr + 2, &port, 2);
		sendto(fd, "spray", 5, 0, ai->ai_addr, ai->ai_addrlen);
		if (rate > 0)
			sleep_until(start + i / rate);
		else if (i % 64 == 63)
			sched_yield();
	}
	printf("result ok=1 sent=%lu\n", count);
	return 0;
}

/* churn ADDR PORT SECONDS RATE: opens and closes so many connections a second. */
static int cmd_churn(char **arg)
{
	double next = now(CLOCK_MONOTONIC), end = next + atof(arg[2]), pause = 1 / atof(arg[3]);
	struct addrinfo *ai = resolve(arg[0], arg[1], SOCK_STREAM, 0);
	unsigned long good = 0, bad = 0;

	while (now(CLOCK_MONOTONIC) < end) {
		int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
		struct timeval tv = { .tv_sec = 1 };

		if (fd < 0)
			die("socket");
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		if (connect(fd, ai->ai_addr, ai->ai_addrlen))
			bad++;
		else
			good++;
		close(fd);
		next += pause;
		sleep_until(next);
	}
	freeaddrinfo(ai);
	printf("result ok=1 good=%lu bad=%lu\n", good, bad);
	return 0;
}

static int cmd_pattern(char **arg)
{
	static unsigned char buf[CHUNK];
	uint64_t total = strtoull(arg[0], NULL, 0), at = 0;

	while (at < total) {
		size_t n = total - at < CHUNK ? total - at : CHUNK;

		pattern_fill(buf, n, at);
		if (fwrite(buf, 1, n, stdout) != n)
			die("write");
		at += n;
	}
	return 0;
}

static const struct command {
	const char *name;
	int args;
	int (*run)(char **arg);
	const char *help;
} commands[] = {
	{ "server", 2, cmd_server, "ADDR PORT" },
	{ "get", 3, cmd_get, "ADDR PORT BYTES" },
	{ "put", 3, cmd_put, "ADDR PORT BYTES" },
	{ "slow", 4, cmd_slow, "ADDR PORT BYTES/S SECONDS" },
	{ "idle", 2, cmd_idle, "ADDR PORT" },
	{ "udp", 4, cmd_udp, "ADDR PORT PACKETS/S SECONDS" },
	{ "spray", 3, cmd_spray, "ADDR FIRST-PORT COUNT [PACKETS/S]" },
	{ "churn", 4, cmd_churn, "ADDR PORT SECONDS RATE" },
	{ "pattern", 1, cmd_pattern, "BYTES" },
};

static int usage(void)
{
	size_t i;

	fprintf(stderr, "usage: traffic [-l LOG] [-o FILE] [-b ADDR] [-t SECONDS] COMMAND ...\n");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(stderr, "       traffic %s %s\n", commands[i].name, commands[i].help);
	return 2;
}

int main(int argc, char **argv)
{
	size_t i;
	int c;

	while ((c = getopt(argc, argv, "+l:o:b:t:")) != -1) {
		switch (c) {
		case 'l': log_path = optarg; break;
		case 'o': out_path = optarg; break;
		case 'b': bind_addr = optarg; break;
		case 't': limit_s = atof(optarg); break;
		default: return usage();
		}
	}
	for (i = 0; optind < argc && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(argv[optind], commands[i].name) &&
		    argc - optind - 1 >= commands[i].args)
			return commands[i].run(argv + optind + 1);
	return usage();
}
