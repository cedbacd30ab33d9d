// SPDX-License-Identifier: GPL-2.0-or-later
/* addr.c - IP and MAC addresses: text, masks, subnets */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>

#include "addr.h"

bool addr_parse(const char *text, struct addr *a)
{
	memset(a, 0, sizeof(*a));
	a->family = strchr(text, ':') ? AF_INET6 : AF_INET;
	return inet_pton(a->family, text, a->b) == 1;
}

const char *addr_text(const struct addr *a, char text[ADDR_TEXT_MAX])
{
	if (!a->family || !inet_ntop(a->family, a->b, text, ADDR_TEXT_MAX))
		text[0] = '\0';
	return text;
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	return a->family == b->family && !memcmp(a->b, b->b, sizeof(a->b));
}

int addr_mask_len(const struct addr *mask)
{
	uint32_t m;

	memcpy(&m, mask->b, sizeof(m));
	m = ntohl(m);
	if (~m & (~m + 1))
		return -1;
	return __builtin_popcount(m);
}

struct addr addr_net(const struct addr *a, unsigned int prefix)
{
	struct addr net = *a;

	for (unsigned int i = prefix; i < addr_bits(a); i++)
		net.b[i / 8] &= (uint8_t)~(0x80 >> i % 8);
	return net;
}

bool addr_same_net(const struct addr *a, const struct addr *b, unsigned int prefix)
{
	struct addr x = addr_net(a, prefix), y = addr_net(b, prefix);

	return addr_equal(&x, &y);
}

static const char *unfit_v4(const struct addr *a, unsigned int prefix)
{
	uint32_t v, host;

	memcpy(&v, a->b, sizeof(v));
	v = ntohl(v);
	if (v >> 24 == 0 || v >> 24 == 127 || v >> 28 >= 0xe)
		return "not a unicast address";
	if (prefix >= 31)
		return NULL;
	host = prefix ? v & (UINT32_MAX >> prefix) : v;
	if (!host)
		return "this is the network's own address";
	if (host == UINT32_MAX >> prefix)
		return "this is the broadcast address";
	return NULL;
}

const char *addr_unfit(const struct addr *a, unsigned int prefix)
{
	static const struct addr any = { .family = AF_INET6 };
	static const struct addr loopback = { .family = AF_INET6, .b = { [15] = 1 } };

	if (a->family == AF_INET)
		return unfit_v4(a, prefix);
	if (a->b[0] == 0xff || addr_equal(a, &any) || addr_equal(a, &loopback))
		return "not a unicast address";
	return NULL;
}

bool addr_is_link_local(const struct addr *a)
{
	return a->family == AF_INET6 && a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

bool mac_parse(const char *text, uint8_t mac[MAC_LEN])
{
	size_t len = strlen(text);
	unsigned int digits = 0;
	/* 0011.2233.4455 has dots after 4 digits, 00:11:22:33:44:55 colons after 2. */
	char separator = len == 14 ? '.' : ':';
	unsigned int group = len == 14 ? 4 : 2;

	if (len != 14 && len != 17)
		return false;
	memset(mac, 0, MAC_LEN);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (i % (group + 1) == group) {
			if (c != separator)
				return false;
			continue;
		}
		if (!isxdigit(c))
			return false;
		c = isdigit(c) ? c - '0' : (unsigned char)(tolower(c) - 'a' + 10);
		mac[digits / 2] = (uint8_t)(mac[digits / 2] << 4 | c);
		digits++;
	}
	return true;
}

const char *mac_text(const uint8_t mac[MAC_LEN], char text[MAC_TEXT_MAX])
{
	snprintf(text, MAC_TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x",
		 mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
	return text;
}
