// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stream: an even stream through the firewalls, and when what of it came.
 *
 *   stream server ADDR PORT                   echoes datagrams; sends what is asked for over TCP
 *   stream udp ADDR PORT PER-SECOND SECONDS   one line a datagram: sent, answered (or 0)
 *   stream tcp ADDR PORT BYTES/S SECONDS      one line a piece: came, bytes
 *
 * A client says first "start REALTIME port OWN-PORT"; its lines follow at the end, or at SIGTERM.
 * They are in microseconds since then.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "sockets.h"

#define CHUNK	65536
#define LATE	300000000ULL		/* ns; the last answers are waited for as long */

static struct sockaddr_in peer;
static uint64_t began;
static volatile sig_atomic_t enough;

/* ns since the stream began. */
static uint64_t now(void)
{
	return clock_ns(CLOCK_MONOTONIC) - began;
}

static void on_enough(int number)
{
	(void)number;
	enough = 1;
}

/* To the server; from now on times count. */
static int begin(int type)
{
	struct sigaction sa = { .sa_handler = on_enough };
	struct sockaddr_in own;
	socklen_t len = sizeof(own);
	int fd = new_socket(type);

	sigaction(SIGTERM, &sa, NULL);
	if (connect(fd, (struct sockaddr *)&peer, sizeof(peer)) ||
	    getsockname(fd, (struct sockaddr *)&own, &len))
		die("connect");
	began = clock_ns(CLOCK_MONOTONIC);
	printf("start %.6f port %u\n", (double)clock_ns(CLOCK_REALTIME) / 1e9, ntohs(own.sin_port));
	fflush(stdout);
	return fd;
}

/* Whether there is something to read before that time. */
static bool wait_until(int fd, uint64_t when)
{
	uint64_t t = now(), left = when > t ? when - t : 0;
	struct timespec ts = { .tv_sec = (time_t)(left / 1000000000),
			       .tv_nsec = (long)(left % 1000000000) };
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return ppoll(&p, 1, &ts, NULL) > 0;
}

static int udp(uint64_t rate, double seconds)
{
	uint64_t count = (uint64_t)((double)rate * seconds), i, t, *sent, *came;
	uint64_t end = UINT64_MAX;
	int fd = begin(SOCK_DGRAM);

	sent = calloc(count, sizeof(*sent));
	came = calloc(count, sizeof(*came));
	if (!sent || !came)
		die("memory");
	for (i = 0; i < count && !enough; ) {
		t = i * 1000000000 / rate;
		if (now() >= t) {
			sent[i] = now();
			/* An ICMP error is a lost datagram like any other. */
			send(fd, &i, sizeof(i), MSG_DONTWAIT);
			i++;
		}
		while (wait_until(fd, i < count ? i * 1000000000 / rate : 0))
			if (recv(fd, &t, sizeof(t), MSG_DONTWAIT) == sizeof(t) && t < count && !came[t])
				came[t] = now();
	}
	for (count = i, end = now() + LATE; now() < end; )
		if (wait_until(fd, end) && recv(fd, &t, sizeof(t), MSG_DONTWAIT) == sizeof(t) &&
		    t < count && !came[t])
			came[t] = now();
	for (i = 0; i < count; i++)
		printf("%llu %llu\n", (unsigned long long)sent[i] / 1000,
		       (unsigned long long)came[i] / 1000);
	return 0;
}

static int tcp(uint64_t rate, double seconds)
{
	uint64_t end = (uint64_t)(seconds * 1e9), at[CHUNK], n = 0, i;
	static char data[CHUNK];
	ssize_t got, size[CHUNK];
	int fd = begin(SOCK_STREAM);

	if (send(fd, &rate, sizeof(rate), MSG_NOSIGNAL) != sizeof(rate))
		die("send");
	while (!enough && now() < end && n < CHUNK) {
		if (!wait_until(fd, end))
			continue;
		got = recv(fd, data, sizeof(data), 0);
		if (got <= 0)
			break;
		at[n] = now();
		size[n++] = got;
	}
	for (i = 0; i < n; i++)
		printf("%llu %zd\n", (unsigned long long)at[i] / 1000, size[i]);
	return 0;
}

/* At the rate that the client asks for, until it goes. */
static void supply(int fd)
{
	static char data[CHUNK];
	uint64_t rate;

	if (recv(fd, &rate, sizeof(rate), MSG_WAITALL) != sizeof(rate) ||
	    setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, &rate, sizeof(rate)))
		return;
	while (send(fd, data, sizeof(data), MSG_NOSIGNAL) > 0)
		;
}

static void server(void)
{
	struct pollfd p[2] = { { .fd = listener(SOCK_STREAM, &peer), .events = POLLIN },
			       { .fd = listener(SOCK_DGRAM, &peer), .events = POLLIN } };
	int fd;

	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].revents)
			echo(p[1].fd);
		fd = p[0].revents ? accept(p[0].fd, NULL, NULL) : -1;
		if (fd >= 0 && !fork()) {
			supply(fd);
			_exit(0);
		}
		if (fd >= 0)
			close(fd);
	}
}

int main(int argc, char **argv)
{
	peer.sin_family = AF_INET;
	if (argc < 4 || inet_pton(AF_INET, argv[2], &peer.sin_addr) != 1)
		goto usage;
	peer.sin_port = htons((uint16_t)atoi(argv[3]));
	if (!strcmp(argv[1], "server"))
		server();
	if (argc > 5 && atoll(argv[4]) > 0 && !strcmp(argv[1], "udp"))
		return udp(strtoull(argv[4], NULL, 0), atof(argv[5]));
	if (argc > 5 && atoll(argv[4]) > 0 && !strcmp(argv[1], "tcp"))
		return tcp(strtoull(argv[4], NULL, 0), atof(argv[5]));
usage:
	fprintf(stderr, "usage: stream server ADDR PORT\n"
		"       stream udp ADDR PORT PER-SECOND SECONDS\n"
		"       stream tcp ADDR PORT BYTES/S SECONDS\n");
	return 2;
}
