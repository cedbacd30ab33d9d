/* SPDX-License-Identifier: GPL-2.0-or-later */
/* addr.h - IP and MAC addresses: text, masks, subnets */
#ifndef NFHA_ADDR_H
#define NFHA_ADDR_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "util.h"

#define ADDR_TEXT_MAX	INET6_ADDRSTRLEN
#define MAC_TEXT_MAX	18

/**
 * struct addr - an IP address
 * @family: AF_INET, AF_INET6; 0: none
 * @b: network byte order; IPv4 in the first four
 */
struct addr {
	uint8_t	family;
	uint8_t	b[16];
};

static inline unsigned int addr_bits(const struct addr *a)
{
	return a->family == AF_INET ? 32 : 128;
}

static inline size_t addr_len(const struct addr *a)
{
	return addr_bits(a) / 8;
}

bool addr_parse(const char *text, struct addr *a);
const char *addr_text(const struct addr *a, char text[ADDR_TEXT_MAX]);
bool addr_equal(const struct addr *a, const struct addr *b);

/* A contiguous IPv4 mask to its length; -1: not one. */
int addr_mask_len(const struct addr *mask);

/* @a and @b agree in their first @prefix bits. */
bool addr_same_net(const struct addr *a, const struct addr *b, unsigned int prefix);

/* A copy of @a with the host part all zeros. */
struct addr addr_net(const struct addr *a, unsigned int prefix);

/* Why a host cannot have this address; NULL: it can. */
const char *addr_unfit(const struct addr *a, unsigned int prefix);

bool addr_is_link_local(const struct addr *a);

/* H.H.H (13-24), or six bytes with colons. */
bool mac_parse(const char *text, uint8_t mac[MAC_LEN]);
const char *mac_text(const uint8_t mac[MAC_LEN], char text[MAC_TEXT_MAX]);

#endif /* NFHA_ADDR_H */
