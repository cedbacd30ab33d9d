// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conf_mac.c - virtual MAC addresses (13-24)
 *
 * For each interface, the first of these that there is: mac-address, failover mac
 * address, mac-address auto, burned-in.
 */
#include <stdlib.h>

#include <openssl/evp.h>

#include "command.h"
#include "conf_mac.h"
#include "take.h"

static bool take_mac(struct parser *p, const struct word *w, uint8_t mac[MAC_LEN])
{
	static const uint8_t none[MAC_LEN];

	if (!mac_parse(w->text, mac))
		return parse_fail(p, w, "H.H.H, as 000C.F142.4CDE, or six bytes with colons",
				  "13-24", "not a MAC address");
	if (mac[0] & 1 || !memcmp(mac, none, MAC_LEN))
		return parse_fail(p, w, "a unicast address", "13-24",
				  "no single unit can have this address");
	return true;
}

static bool set_mac(struct parser *p, struct conf_iface *iface, enum conf_mac source,
		    const struct word *active, const struct word *standby)
{
	uint8_t a[MAC_LEN], s[MAC_LEN];

	if (!take_mac(p, active, a) || (standby && !take_mac(p, standby, s)))
		return false;
	if (standby && !memcmp(a, s, MAC_LEN))
		return parse_fail(p, standby, "two different addresses", "13-24",
				  "the active address again");
	if (source < iface->mac_source)
		return true;
	iface->mac_source = source;
	iface->mac_pos = parse_pos(p, active);
	iface->has_mac_standby = standby;
	memcpy(iface->mac_active, a, MAC_LEN);
	if (standby)
		memcpy(iface->mac_standby, s, MAC_LEN);
	return true;
}

bool on_failover_mac(struct parser *p, const struct word *arg, unsigned int n)
{
	(void)n;
	if (conf_is_link_dev(p->c, arg[0].text))
		return parse_fail(p, &arg[0], "a data interface", "13-24",
				  "a failover or state link keeps its own address");
	for (unsigned int i = 0; i < p->c->ifaces; i++)
		if (!strcmp(p->c->iface[i].dev, arg[0].text))
			return set_mac(p, &p->c->iface[i], CONF_MAC_FAILOVER, &arg[1], &arg[2]);
	return parse_fail(p, &arg[0], "the device of an \"interface\"", "13-24",
			  "not a data interface");
}

bool on_mac_address(struct parser *p, const struct word *arg, unsigned int n)
{
	if (n >= 2 && strcmp(arg[1].text, "standby"))
		return parse_fail(p, &arg[1], "standby, end of line", "13-24", "unknown word");
	if (n == 2)
		return parse_fail(p, NULL, "mac-address A [standby S]", "13-24",
				  "a word is missing");
	return set_mac(p, this_iface(p), CONF_MAC_IFACE, &arg[0], n == 3 ? &arg[2] : NULL);
}

bool on_mac_auto(struct parser *p, const struct word *arg, unsigned int n)
{
	(void)arg, (void)n;
	p->c->mac_auto = true;
	return true;
}

bool on_no_mac_auto(struct parser *p, const struct word *arg, unsigned int n)
{
	(void)arg, (void)n;
	p->c->mac_auto = false;
	return true;
}

/*
 * SHA-256 of a text that is the same on both units; two pairs in one network differ
 * in the addresses of the interface. Further addresses, which may come later, do not
 * count: the MAC address would change with them.
 */
void mac_pair(const struct conf *c, const struct conf_iface *iface, const char *purpose,
	      uint8_t even[MAC_LEN], uint8_t odd[MAC_LEN])
{
	const struct conf_addr *addr = &iface->addr[0], *lan = &c->lan.addr;
	char t[4][ADDR_TEXT_MAX], text[NFHA_NAMEIF_MAX + 6 * ADDR_TEXT_MAX];
	uint8_t digest[EVP_MAX_MD_SIZE];
	int len;

	len = snprintf(text, sizeof(text), "nfha %s %s %s/%u %s %s/%u %s", purpose,
		       iface->nameif, addr_text(&addr->active, t[0]), addr->prefix,
		       addr_text(&addr->standby, t[1]), addr_text(&lan->active, t[2]), lan->prefix,
		       addr_text(&lan->standby, t[3]));
	if (!EVP_Digest(text, (size_t)len, digest, NULL, EVP_sha256(), NULL))
		abort();
	/* Locally administered, unicast; they differ in the last bit. */
	digest[0] = (uint8_t)((digest[0] & ~1) | 2);
	digest[MAC_LEN - 1] &= (uint8_t)~1;
	memcpy(even, digest, MAC_LEN);
	memcpy(odd, digest, MAC_LEN);
	odd[MAC_LEN - 1] |= 1;
}

void mac_auto(struct conf *c)
{
	for (unsigned int i = 0; c->mac_auto && i < c->ifaces; i++) {
		struct conf_iface *iface = &c->iface[i];

		if (iface->mac_source || !conf_is_data(iface))
			continue;
		iface->mac_source = CONF_MAC_AUTO;
		iface->has_mac_standby = true;
		iface->mac_pos = iface->pos;
		mac_pair(c, iface, "mac-address auto", iface->mac_active, iface->mac_standby);
	}
}

/* -- relations */

static bool same_mac(const struct conf_iface *a, bool a_standby, const struct conf_iface *b,
		     bool b_standby)
{
	if ((a_standby && !a->has_mac_standby) || (b_standby && !b->has_mac_standby))
		return false;
	return !memcmp(a_standby ? a->mac_standby : a->mac_active,
		       b_standby ? b->mac_standby : b->mac_active, MAC_LEN);
}

static void check_unique(struct parser *p, const struct conf_iface *a, const struct conf_iface *b)
{
	for (int i = 0; i < 4; i++) {
		if (!same_mac(a, i & 1, b, i & 2))
			continue;
		parse_fail_at(p, &a->mac_pos, "each address once", "13-24",
			      "line %u has %s already", b->mac_pos.line,
			      i & 1 ? "its standby address" : "it");
		return;
	}
}

void mac_check(struct parser *p)
{
	const struct conf *c = p->c;

	for (unsigned int i = 0; i < c->ifaces; i++) {
		const struct conf_iface *a = &c->iface[i];

		if (!a->mac_source)
			continue;
		if (conf_is_link_dev(c, a->dev))
			parse_fail_at(p, &a->mac_pos, "a data interface", "13-24",
				      "a failover or state link keeps its own address");
		for (unsigned int j = 0; j < i; j++)
			if (c->iface[j].mac_source)
				check_unique(p, a, &c->iface[j]);
	}
}
