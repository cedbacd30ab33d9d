/* SPDX-License-Identifier: GPL-2.0-or-later */
/* checksum.h - the Internet checksum of a header of an even length, in network order */
#ifndef NFHA_CHECKSUM_H
#define NFHA_CHECKSUM_H

#include <arpa/inet.h>
#include <stddef.h>
#include <stdint.h>

static inline uint16_t checksum(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint32_t sum = 0;

	for (; len > 1; len -= 2, p += 2)
		sum += (uint32_t)p[0] << 8 | p[1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

#endif /* NFHA_CHECKSUM_H */
