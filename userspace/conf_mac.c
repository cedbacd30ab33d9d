// SPDX-License-Identifier: GPL-2.0-or-later
/* conf_mac.c - virtual MAC addresses (13-24) */
#include "command.h"
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
	if (!strcmp(arg[0].text, p->c->lan.dev) || !strcmp(arg[0].text, p->c->state.dev))
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
	if (n == 2 || (n == 3 && strcmp(arg[1].text, "standby")))
		return parse_fail(p, n == 2 ? NULL : &arg[1], "mac-address A [standby S]",
				  "13-24", n == 2 ? "a word is missing" : "unknown word");
	return set_mac(p, this_iface(p), CONF_MAC_IFACE, &arg[0], n == 3 ? &arg[2] : NULL);
}
