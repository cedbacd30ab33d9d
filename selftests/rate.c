// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rate: opens and closes many short connections, for measurements.
 *
 *   rate server ADDR PORT                         closes what the client closed; echoes datagrams
 *   rate tcp ADDR PORT COUNT AT-ONCE [PER-SECOND] connect, close by the client, close by the server
 *   rate udp ADDR PORT COUNT [PER-SECOND]         one datagram each way, a socket each
 *   rate hold ADDR PORT COUNT [PER-SECOND]        connect, say "held", close all on SIGUSR1
 *
 * Without PER-SECOND as fast as they go. A client ends with "result key=value ...", times in ns.
 */
#define _GNU_SOURCE
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sockets.h"

#define EVENTS		64
#define PATIENCE	5000000000ULL	/* ns without an answer */

static int epoll;
static struct sockaddr_in peer;

static uint64_t now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static void sleep_until(uint64_t when)
{
	struct timespec ts = { .tv_sec = (time_t)(when / 1000000000),
			       .tv_nsec = (long)(when % 1000000000) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

static void watch(int how, int fd, uint32_t what)
{
	struct epoll_event event = { .events = what, .data.fd = fd };

	if (epoll_ctl(epoll, how, fd, &event))
		die("epoll_ctl");
}

static void server(void)
{
	int tcp = listener(SOCK_STREAM | SOCK_NONBLOCK, &peer), udp = listener(SOCK_DGRAM, &peer);
	struct epoll_event event[EVENTS];
	int n, i, fd;
	char data[64];

	watch(EPOLL_CTL_ADD, tcp, EPOLLIN);
	watch(EPOLL_CTL_ADD, udp, EPOLLIN);
	for (;;) {
		n = epoll_wait(epoll, event, EVENTS, -1);
		for (i = 0; i < n; i++) {
			if (event[i].data.fd == udp) {
				echo(udp);
			} else if (event[i].data.fd == tcp) {
				while ((fd = accept4(tcp, NULL, NULL, SOCK_NONBLOCK)) >= 0)
					watch(EPOLL_CTL_ADD, fd, EPOLLIN);
			} else if (recv(event[i].data.fd, data, sizeof(data), 0) <= 0) {
				close(event[i].data.fd);
			}
		}
	}
}

/* Begins to connect; the end of the handshake is an event. */
static bool dial(void)
{
	int fd = new_socket(SOCK_STREAM | SOCK_NONBLOCK);

	if (connect(fd, (struct sockaddr *)&peer, sizeof(peer)) && errno != EINPROGRESS) {
		close(fd);
		return false;
	}
	watch(EPOLL_CTL_ADD, fd, EPOLLOUT);
	return true;
}

/* One event of a client's connection; true when that was its end. */
static bool advance(const struct epoll_event *event, unsigned long *bad)
{
	int fd = event->data.fd;

	if (event->events & EPOLLERR) {
		(*bad)++;
	} else if (event->events & EPOLLOUT) {
		shutdown(fd, SHUT_WR);
		watch(EPOLL_CTL_MOD, fd, EPOLLIN);
		return false;
	}
	close(fd);
	return true;
}

/* @begun: all of them, good or @bad. */
static void result(unsigned long begun, unsigned long bad, uint64_t start)
{
	uint64_t took = now() - start;

	printf("result ok=%d good=%lu bad=%lu ns=%llu per_ns=%llu\n", !bad, begun - bad, bad,
	       (unsigned long long)took, (unsigned long long)(took / begun));
}

/* Until something happens, or it is time for the next connection. */
static int wait_events(struct epoll_event *event, uint64_t until)
{
	uint64_t t = now(), left = until > t ? until - t : 0;
	struct timespec ts = { .tv_sec = (time_t)(left / 1000000000),
			       .tv_nsec = (long)(left % 1000000000) };

	return epoll_pwait2(epoll, event, EVENTS, &ts, NULL);
}

static int tcp(unsigned long count, unsigned long at_once, uint64_t pause)
{
	unsigned long begun = 0, ended = 0, bad = 0;
	struct epoll_event event[EVENTS];
	uint64_t start = now(), until;
	int n, i;

	while (ended < count) {
		while (begun < count && begun - ended < at_once &&
		       (!pause || now() >= start + begun * pause)) {
			begun++;
			if (!dial()) {
				bad++;
				ended++;
			}
		}
		until = now() + PATIENCE;
		if (pause && begun < count && begun - ended < at_once)
			until = start + begun * pause;
		n = wait_events(event, until);
		if (!n && now() >= start + begun * pause + PATIENCE) {
			bad += begun - ended;
			break;
		}
		for (i = 0; i < n; i++)
			ended += advance(&event[i], &bad);
	}
	result(begun, bad, start);
	return bad != 0;
}

static int udp(unsigned long count, uint64_t pause)
{
	struct timeval patience = { .tv_sec = 2 };
	uint64_t start = now();
	unsigned long i, bad = 0;
	char data[64];

	for (i = 0; i < count; i++) {
		int fd = new_socket(SOCK_DGRAM);

		if (pause)
			sleep_until(start + i * pause);
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		if (connect(fd, (struct sockaddr *)&peer, sizeof(peer)) || send(fd, "x", 1, 0) != 1 ||
		    recv(fd, data, sizeof(data), 0) != 1)
			bad++;
		close(fd);
	}
	result(count, bad, start);
	return bad != 0;
}

static void wait_signal(int number)
{
	sigset_t set;
	int got;

	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_BLOCK, &set, NULL);
	printf("held\n");
	fflush(stdout);
	sigwait(&set, &got);
}

static int hold(unsigned long count, uint64_t pause)
{
	int *fd = calloc(count, sizeof(*fd)), n, i;
	unsigned long opened, ended = 0, bad = 0;
	struct epoll_event event[EVENTS];
	uint64_t start = now();

	if (!fd)
		die("calloc");
	for (opened = 0; opened < count; opened++) {
		sleep_until(start + opened * pause);
		fd[opened] = new_socket(SOCK_STREAM);
		if (connect(fd[opened], (struct sockaddr *)&peer, sizeof(peer)))
			die("connect");
		watch(EPOLL_CTL_ADD, fd[opened], EPOLLIN);
	}
	wait_signal(SIGUSR1);
	start = now();
	for (opened = 0; opened < count; opened++) {
		sleep_until(start + opened * pause);
		shutdown(fd[opened], SHUT_WR);
	}
	while (ended < count) {
		n = wait_events(event, now() + PATIENCE);
		if (!n) {
			bad += count - ended;
			break;
		}
		for (i = 0; i < n; i++)
			ended += advance(&event[i], &bad);
	}
	result(count, bad, start);
	free(fd);
	return bad != 0;
}

/* ns between two beginnings, 0: no pause. */
static uint64_t pause_of(const char *per_second)
{
	return per_second && atol(per_second) > 0 ? 1000000000 / strtoull(per_second, NULL, 0) : 0;
}

static void may_open_many(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		die("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
	unsigned long count = argc > 4 ? strtoul(argv[4], NULL, 0) : 0;

	may_open_many();
	peer.sin_family = AF_INET;
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (argc < 4 || epoll < 0 || inet_pton(AF_INET, argv[2], &peer.sin_addr) != 1)
		goto usage;
	peer.sin_port = htons((uint16_t)atoi(argv[3]));
	if (!strcmp(argv[1], "server"))
		server();
	if (!strcmp(argv[1], "tcp") && argc > 5 && count && strtoul(argv[5], NULL, 0))
		return tcp(count, strtoul(argv[5], NULL, 0), pause_of(argv[6]));
	if (!strcmp(argv[1], "udp") && count)
		return udp(count, pause_of(argv[5]));
	if (!strcmp(argv[1], "hold") && count)
		return hold(count, pause_of(argv[5]));
usage:
	fprintf(stderr, "usage: rate server ADDR PORT\n"
		"       rate tcp ADDR PORT COUNT AT-ONCE [PER-SECOND]\n"
		"       rate udp ADDR PORT COUNT [PER-SECOND]\n"
		"       rate hold ADDR PORT COUNT [PER-SECOND]\n");
	return 2;
}
