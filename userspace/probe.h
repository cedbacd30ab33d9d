/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * probe.h - what the tests of interfaces do (13-16): counting received packets, and
 * sending what others answer
 */
#ifndef NFHA_PROBE_H
#define NFHA_PROBE_H

#include "conf.h"
#include "iftest.h"

#define COUNTERS_TEXT_MAX	(64U * 1024)	/* 400 devices */

/**
 * struct counters - numbers of received packets
 * @fd: /proc/thread-self/net/dev, which takes no lock that could sleep
 * @dev: by index: names of the data interfaces
 * @n: how many
 * @text: what was read last; devices beyond its end count nothing
 */
struct counters {
	int		fd;
	unsigned int	n;
	char		dev[NFHA_IFACES_MAX][IFNAMSIZ];
	char		text[COUNTERS_TEXT_MAX];
};

/* Of the calling thread's network namespace. */
void counters_open(struct counters *c, const struct conf *conf);
void counters_close(struct counters *c);

/* Return: false: cannot be read; otherwise @rx is filled, with 0 for what is missing. */
bool counters_read(struct counters *c, uint64_t rx[NFHA_IFACES_MAX]);

/* One text of /proc/net/dev, which ends with NUL; for counters_read() and tests. */
void counters_parse(const struct counters *c, const char *text, uint64_t rx[NFHA_IFACES_MAX]);

/**
 * probe_send() - stimulates traffic on an interface
 * @iface: data interface
 * @test: IFTEST_ARP_1, _ARP_2: the neighbour that was heard last, the one before;
 *	IFTEST_PING: everybody
 * @active: with the active unit's addresses; otherwise with the standby's
 *
 * May sleep: not for the hello thread. Return: frames sent, or a negative error.
 */
int probe_send(const struct conf_iface *iface, enum iftest_test test, bool active);

#endif /* NFHA_PROBE_H */
