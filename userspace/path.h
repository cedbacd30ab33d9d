/* SPDX-License-Identifier: GPL-2.0-or-later */
/* path.h - the ways hellos go: the failover link, and every data interface */
#ifndef NFHA_PATH_H
#define NFHA_PATH_H

#include <netinet/in.h>

#include "conf.h"

/**
 * struct path - one way to the peer
 * @fd: socket; -1: the device is gone, path_open_*() may be tried again
 * @dev: device
 * @index: its index
 * @link: a failover link (UDP), otherwise Ethernet frames on a data interface
 * @local: link: this unit's address and port
 * @peer: link: the other unit's
 * @source: data: source MAC address of our hellos
 * @lost: hellos that the socket did not take
 * @strangers: datagrams of others than the peer, and empty ones
 * @suspect: since path_open() some were lost
 */
struct path {
	int		fd;
	char		dev[IFNAMSIZ];
	unsigned int	index;
	bool		link;
	struct sockaddr_storage local;
	struct sockaddr_storage peer;
	uint8_t		source[MAC_LEN];
	uint64_t	lost;
	uint64_t	strangers;
	bool		suspect;
};

/* Both prepare; path_open() opens. */
void path_init_link(struct path *p, const struct conf *c, const struct conf_link *link);
void path_init_data(struct path *p, const char *dev, const uint8_t source[MAC_LEN]);

/**
 * path_open() - open, or open again
 * @p: path; an open one is closed first only where its device is another one now
 *
 * Return: 0 or a negative error.
 */
int path_open(struct path *p);
void path_close(struct path *p);

/**
 * path_source() - the MAC address that hellos come from
 * @own: burned-in address of the interface
 * @taken: addresses that mean a role
 * @n: how many
 * @source: filled
 *
 * It is never an active or standby one: a switch would learn the wrong port.
 */
void path_source(const uint8_t own[MAC_LEN], const uint8_t (*taken)[MAC_LEN], size_t n,
		 uint8_t source[MAC_LEN]);

void path_send(struct path *p, const uint8_t *hello, size_t len);

/**
 * path_recv() - next hello, unread
 * @p: path
 * @buf: filled
 * @size: of @buf
 * @hello: where in @buf it begins
 *
 * Return: its length; 0: none waits.
 */
size_t path_recv(struct path *p, uint8_t *buf, size_t size, const uint8_t **hello);

#endif /* NFHA_PATH_H */
