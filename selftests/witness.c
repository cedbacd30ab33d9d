// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * witness: whether this machine's processors run when they should.
 *
 * On each a thread of the highest real-time priority sleeps for a millisecond at a time, until
 * SIGTERM. One line for each time that it woke up late: when (seconds since 1970), by how many ms.
 * If even that thread did not run, nothing did: the machine has a host that had other things to do,
 * or its kernel did.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "sockets.h"

#define SLEEP_NS	1000000ULL
#define LATE_NS		3000000ULL

static void *watch(void *arg)
{
	struct timespec ms = { .tv_nsec = SLEEP_NS };
	uint64_t last, now = clock_ns(CLOCK_MONOTONIC);

	(void)arg;
	for (;;) {
		last = now;
		nanosleep(&ms, NULL);
		now = clock_ns(CLOCK_MONOTONIC);
		if (now - last >= SLEEP_NS + LATE_NS)
			printf("%.4f %.1f\n", (double)clock_ns(CLOCK_REALTIME) / 1e9,
			       (double)(now - last - SLEEP_NS) / 1e6);
	}
	return NULL;
}

static void start(int cpu)
{
	struct sched_param param = { .sched_priority = sched_get_priority_max(SCHED_FIFO) };
	pthread_attr_t attr;
	pthread_t thread;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &param);
	pthread_attr_setaffinity_np(&attr, sizeof(one), &one);
	errno = pthread_create(&thread, &attr, watch, NULL);
	if (errno)
		die("a thread of real-time priority");
	pthread_attr_destroy(&attr);
}

int main(void)
{
	cpu_set_t ours;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (sched_getaffinity(0, sizeof(ours), &ours))
		die("sched_getaffinity");
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &ours))
			start(cpu);
	for (;;)
		pause();
}
