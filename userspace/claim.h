/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * claim.h - does somebody have an active address?
 *
 * A unit that boots beside one with another key cannot read its hellos. It asks by ARP
 * for the active addresses instead, and does not become active while they are answered.
 */
#ifndef NFHA_CLAIM_H
#define NFHA_CLAIM_H

#include "path.h"

/**
 * struct claim - an active address that is asked for
 * @fd: socket; -1: not open
 * @addr: IPv4
 */
struct claim {
	int			fd;
	const struct addr	*addr;
};

/* The first IPv4 address of the interface; without one it is not asked for. */
void claim_init(struct claim *c, const struct conf_iface *iface);

/**
 * claim_ask() - sees who answered, and asks again
 * @c: address
 * @p: data interface; from its source address, which is in no neighbour's cache
 *
 * Return: somebody answered since the last call.
 */
bool claim_ask(struct claim *c, const struct path *p);
void claim_close(struct claim *c);

#endif /* NFHA_CLAIM_H */
