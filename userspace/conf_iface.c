// SPDX-License-Identifier: GPL-2.0-or-later
/* conf_iface.c - interface and what stands below it; monitor-interface */
#include <stdlib.h>

#include "command.h"
#include "take.h"

static bool add_addr(struct parser *p, const struct conf_addr *a, bool first)
{
	struct conf_iface *iface = this_iface(p);

	if (iface->addrs == NFHA_ADDRS_MAX)
		return parse_fail_at(p, &a->pos, "64 addresses on an interface", "nfha",
				     "one address too many");
	/* The primary address stands first: masquerade takes it. */
	if (first) {
		memmove(iface->addr + 1, iface->addr, iface->addrs * sizeof(*iface->addr));
		iface->addr[0] = *a;
	} else {
		iface->addr[iface->addrs] = *a;
	}
	iface->addrs++;
	return true;
}

static bool has_primary(const struct conf_iface *iface)
{
	return iface->addrs && iface->addr[0].active.family == AF_INET;
}

bool on_ip_address(struct parser *p, const struct word *arg, unsigned int n)
{
	struct conf_iface *iface = this_iface(p);
	struct conf_addr a;
	unsigned int used;

	if (!strcmp(arg[0].text, "dhcp") || !strcmp(arg[0].text, "pppoe"))
		return parse_fail(p, &arg[0], "ADDRESS MASK standby ADDRESS", "13-18",
				  "failover needs static addresses");
	if (!take_pair(p, arg, n, AF_INET, "13-19", &a, &used))
		return false;
	if (used < n && strcmp(arg[used].text, "secondary"))
		return parse_fail(p, &arg[used], "secondary, end of line", "13-19",
				  "unknown word");
	if (used + 1 < n)
		return parse_fail(p, &arg[used + 1], "end of line", "13-19", "a word too many");
	if (used < n && !has_primary(iface))
		return parse_fail(p, &arg[used], "\"ip address\" without \"secondary\" first",
				  "nfha", "there is no primary address yet");
	if (used == n && has_primary(iface))
		return parse_fail(p, &arg[0], "\"secondary\" at the end of the further ones",
				  "nfha", "line %u has the primary address",
				  iface->addr[0].pos.line);
	return add_addr(p, &a, used == n);
}

bool on_ipv6_address(struct parser *p, const struct word *arg, unsigned int n)
{
	struct conf_addr a;
	unsigned int used;

	if (!take_pair(p, arg, n, AF_INET6, "13-19", &a, &used))
		return false;
	if (used < n)
		return parse_fail(p, &arg[used], "end of line", "13-19", "a word too many");
	return add_addr(p, &a, false);
}

/* -- interfaces */

bool on_interface(struct parser *p, const struct word *arg, unsigned int n)
{
	struct conf *c = p->c;
	struct conf_iface *iface;
	char dev[IFNAMSIZ] = "";

	(void)n;
	if (!take_device(p, &arg[0], "13-19", dev))
		return false;
	for (unsigned int i = 0; i < c->ifaces; i++) {
		if (strcmp(c->iface[i].dev, dev))
			continue;
		p->iface = (int)i;
		return p->late || parse_fail(p, &arg[0], "each interface once", "13-19",
					     "line %u begins it already", c->iface[i].pos.line);
	}
	if (c->ifaces == NFHA_IFACES_MAX)
		return p->late || parse_fail(p, &arg[0], "250 interfaces", "13-22",
					     "one interface too many");
	iface = reallocarray(c->iface, c->ifaces + 1, sizeof(*iface));
	if (!iface)
		abort();
	c->iface = iface;
	iface += c->ifaces;
	memset(iface, 0, sizeof(*iface));
	memcpy(iface->dev, dev, sizeof(dev));
	iface->pos = parse_pos(p, &arg[0]);
	p->iface = (int)c->ifaces++;
	return true;
}

bool on_nameif(struct parser *p, const struct word *arg, unsigned int n)
{
	(void)n;
	this_iface(p)->nameif_pos = parse_pos(p, &arg[0]);
	return take_name(p, &arg[0], "13-19", this_iface(p)->nameif);
}

bool on_shutdown(struct parser *p, const struct word *arg, unsigned int n)
{
	(void)arg, (void)n;
	this_iface(p)->admin = CONF_ADMIN_DOWN;
	return true;
}

bool on_no_shutdown(struct parser *p, const struct word *arg, unsigned int n)
{
	(void)arg, (void)n;
	this_iface(p)->admin = CONF_ADMIN_UP;
	return true;
}

static bool set_monitor(struct parser *p, const struct word *w, enum conf_monitor how)
{
	for (unsigned int i = 0; i < p->c->ifaces; i++) {
		if (!strcmp(p->c->iface[i].nameif, w->text)) {
			p->c->iface[i].monitor = how;
			return true;
		}
	}
	return parse_fail(p, w, "the nameif of an interface", "13-22",
			  "no interface has this name");
}

bool on_monitor(struct parser *p, const struct word *arg, unsigned int n)
{
	(void)n;
	return set_monitor(p, &arg[0], CONF_MONITOR_ON);
}

bool on_no_monitor(struct parser *p, const struct word *arg, unsigned int n)
{
	(void)n;
	return set_monitor(p, &arg[0], CONF_MONITOR_OFF);
}
