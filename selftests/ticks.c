// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ticks: by how much the counters of two machines' processors (TSC) differ.
 *
 *   ticks server ADDR PORT        answers each datagram with its own counter
 *   ticks ADDR PORT COUNT         asks so often; the quickest answer says most
 *
 * "result offset=THEIRS-OURS rtt=TICKS per_us=TICKS": the offset is wrong by half the round
 * trip at most.
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include <x86intrin.h>

#include "sockets.h"

static void server(const struct sockaddr_in *at)
{
	int fd = listener(SOCK_DGRAM, at);
	struct sockaddr_in from;
	uint64_t ticks;

	for (;;) {
		socklen_t len = sizeof(from);

		if (recvfrom(fd, &ticks, sizeof(ticks), 0, (struct sockaddr *)&from, &len) < 0)
			die("recvfrom");
		ticks = __rdtsc();
		sendto(fd, &ticks, sizeof(ticks), 0, (struct sockaddr *)&from, len);
	}
}

static void client(const struct sockaddr_in *to, long count)
{
	struct timeval patience = { .tv_sec = 1 };
	uint64_t first, ns, best = UINT64_MAX;
	int fd = new_socket(SOCK_DGRAM);
	int64_t offset = 0;

	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		die("connect");
	first = __rdtsc();
	ns = clock_ns(CLOCK_MONOTONIC);
	while (count--) {
		uint64_t sent = __rdtsc(), theirs, took;

		if (send(fd, &sent, sizeof(sent), 0) < 0 || recv(fd, &theirs, sizeof(theirs), 0) < 0)
			die("no answer");
		took = __rdtsc() - sent;
		if (took < best) {
			best = took;
			offset = (int64_t)(theirs - sent - took / 2);
		}
	}
	ns = clock_ns(CLOCK_MONOTONIC) - ns;
	printf("result offset=%lld rtt=%llu per_us=%.3f\n", (long long)offset,
	       (unsigned long long)best, (double)(__rdtsc() - first) * 1000 / (double)ns);
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	bool serves = argc == 4 && !strcmp(argv[1], "server");

	if (argc != 4 || inet_pton(AF_INET, argv[1 + serves], &at.sin_addr) != 1) {
		fprintf(stderr, "usage: ticks server ADDR PORT | ticks ADDR PORT COUNT\n");
		return 1;
	}
	at.sin_port = htons((uint16_t)atoi(argv[2 + serves]));
	if (serves)
		server(&at);
	else
		client(&at, atol(argv[3]));
	return 0;
}
