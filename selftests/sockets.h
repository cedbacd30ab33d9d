/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sockets.h - what the programs that measure have in common: sockets, a clock, an echo */
#ifndef NFHA_SOCKETS_H
#define NFHA_SOCKETS_H

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static inline void die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
	exit(2);
}

static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static inline int new_socket(int type)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	return fd;
}

static inline int listener(int type, const struct sockaddr_in *at)
{
	int fd = new_socket(type), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (const struct sockaddr *)at, sizeof(*at)) ||
	    ((type & 0xf) == SOCK_STREAM && listen(fd, 4096)))
		die("bind");
	return fd;
}

/* Sends back each datagram that is there. */
static inline void echo(int fd)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	char data[64];
	ssize_t n;

	while ((n = recvfrom(fd, data, sizeof(data), MSG_DONTWAIT, (struct sockaddr *)&from, &len)) >= 0)
		sendto(fd, data, (size_t)n, 0, (struct sockaddr *)&from, len);
}

#endif
