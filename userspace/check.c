// SPDX-License-Identifier: GPL-2.0-or-later
/* check.c - relations between the lines of a configuration, and with the machine */
#include <errno.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"
#include "conf_mac.h"
#include "kind.h"

#define LIST_MAX	512

static bool check_host(struct parser *p, const struct addr *a, unsigned int prefix,
		       const struct conf_pos *pos, const char *page)
{
	const char *unfit = addr_unfit(a, prefix);

	return !unfit || parse_fail_at(p, pos, "a unicast address of a host", page, "%s", unfit);
}

bool check_pair(struct parser *p, const struct conf_addr *a, const char *page)
{
	struct addr net = addr_net(&a->active, a->prefix);
	char s[ADDR_TEXT_MAX], n[ADDR_TEXT_MAX], allowed[ADDR_TEXT_MAX + 32];

	if (!check_host(p, &a->active, a->prefix, &a->pos, page) ||
	    !check_host(p, &a->standby, a->prefix, &a->standby_pos, page))
		return false;
	snprintf(allowed, sizeof(allowed), "another address of %s/%u", addr_text(&net, n),
		 a->prefix);
	if (!addr_same_net(&a->active, &a->standby, a->prefix))
		return parse_fail_at(p, &a->standby_pos, allowed, page,
				     "standby %s is outside %s/%u", addr_text(&a->standby, s), n,
				     a->prefix);
	if (addr_equal(&a->active, &a->standby))
		return parse_fail_at(p, &a->standby_pos, allowed, page,
				     "standby %s is the active address", addr_text(&a->standby, s));
	return true;
}

bool check_key_file(struct parser *p, const struct word *path)
{
	char why[128];
	const char *unfit = key_read(path->text, p->c->key_text, why, sizeof(why));

	return !unfit || parse_fail(p, path, "a file of root with mode 0600 that holds a secret of "
				    "1 to 63 characters", "13-34", "%s", unfit);
}

/* -- names and devices */

static void check_device(struct parser *p, const char *dev, const struct conf_pos *pos, bool link)
{
	char why[128], list[LIST_MAX], allowed[LIST_MAX + 16];
	const char *unfit = p->sys->unfit(dev, link, why, sizeof(why));

	if (!unfit)
		return;
	snprintf(allowed, sizeof(allowed), "found: %s", p->sys->devices(list, sizeof(list)));
	parse_fail_at(p, pos, allowed, "13-3", "%s", unfit);
}

static void check_name(struct parser *p, const char *name, const struct conf_pos *pos,
		       unsigned int ifaces)
{
	for (unsigned int i = 0; i < ifaces; i++)
		if (!strcmp(p->c->iface[i].nameif, name))
			parse_fail_at(p, pos, "each name once", "13-19",
				      "line %u gives this name to %s",
				      p->c->iface[i].nameif_pos.line, p->c->iface[i].dev);
}

/* A device of a link is not one of a data interface. */
static void check_link_device(struct parser *p, const struct conf_link *link, const char *what)
{
	const struct conf *c = p->c;

	for (unsigned int i = 0; i < c->ifaces; i++) {
		if (strcmp(c->iface[i].dev, link->dev) ||
		    (!c->iface[i].nameif[0] && !c->iface[i].addrs))
			continue;
		parse_fail_at(p, &link->dev_pos, "a device that carries nothing else", "13-3",
			      "%s is data interface \"%s\"; the %s link needs an unused one",
			      link->dev, c->iface[i].nameif, what);
		return;
	}
	check_device(p, link->dev, &link->dev_pos, true);
}

static void check_lan(struct parser *p)
{
	const struct conf_link *lan = &p->c->lan;

	if (!lan->name[0])
		return;
	check_name(p, lan->name, &lan->pos, p->c->ifaces);
	check_link_device(p, lan, "failover");
}

/* @link has name or device of @other, which is the @what link. */
static bool check_apart(struct parser *p, const struct conf_link *link,
			const struct conf_link *other, const char *what)
{
	if (!other->name[0] ||
	    (strcmp(link->name, other->name) && strcmp(link->dev, other->dev)))
		return true;
	return parse_fail_at(p, &link->pos, "another name with another device", "13-20",
			     "name or device of the %s, which is %s on %s", what, other->name,
			     other->dev);
}

static void check_backup(struct parser *p)
{
	const struct conf_link *backup = &p->c->backup;

	if (!backup->name[0])
		return;
	if (!p->c->lan.name[0]) {
		parse_fail_at(p, &backup->pos, "\"failover lan interface NAME DEV\" before it", "nfha",
			      "there is no failover link that it could be the backup of");
		return;
	}
	if (!check_apart(p, backup, &p->c->lan, "failover link"))
		return;
	check_name(p, backup->name, &backup->pos, p->c->ifaces);
	check_link_device(p, backup, "failover");
	if (!backup->has_addr)
		parse_fail_at(p, &backup->pos, "\"failover interface ip NAME A MASK standby B\"",
			      "13-20", "the backup of the failover link has no addresses");
}

/* The name of something else that is there, and has its addresses. */
static void check_state_shared(struct parser *p)
{
	const struct conf_link *state = &p->c->state;

	if (!conf_state_dev(p->c))
		parse_fail_at(p, &state->pos, "NAME DEV, or the name alone of the failover link or "
			      "of a data interface", "13-4",
			      "it has no device, and is neither the failover link nor a data "
			      "interface");
	else if (state->has_addr)
		parse_fail_at(p, &state->addr.pos, "those of \"ip address\" alone", "13-21",
			      "%s is a data interface, which has its addresses", state->name);
}

static void check_state(struct parser *p)
{
	const struct conf *c = p->c;
	const struct conf_link *state = &c->state;

	if (!state->name[0])
		return;
	if (conf_state_shared(c)) {
		check_state_shared(p);
		return;
	}
	if (!strcmp(state->name, c->lan.name) || !strcmp(state->dev, c->lan.dev)) {
		parse_fail_at(p, &state->pos, "the name of the failover link without a device, or "
			      "another name with another device", "13-20",
			      "name or device of the failover link, which is %s on %s",
			      c->lan.name, c->lan.dev);
		return;
	}
	if (!check_apart(p, state, &c->backup, "backup of the failover link"))
		return;
	check_name(p, state->name, &state->pos, c->ifaces);
	check_link_device(p, state, "state");
	if (!state->has_addr)
		parse_fail_at(p, &state->pos, "\"failover interface ip NAME A MASK standby B\"",
			      "13-20", "the state link has no addresses");
}

/* -- addresses */

/* One address, once on this pair of machines. */
static void check_unique(struct parser *p, const struct conf_addr *a, const struct conf_addr *b)
{
	const struct addr *mine[] = { &a->active, &a->standby };
	const struct conf_pos *pos[] = { &a->pos, &a->standby_pos };
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(mine); i++)
		if (addr_equal(mine[i], &b->active) || addr_equal(mine[i], &b->standby))
			parse_fail_at(p, pos[i], "each address once", "13-19",
				      "line %u has %s already", b->pos.line,
				      addr_text(mine[i], text));
}

/* A link is a network of its own: what else is in it would be routed there. */
static void check_overlap(struct parser *p, const struct conf_addr *a, const struct conf_addr *b)
{
	unsigned int shorter = a->prefix < b->prefix ? a->prefix : b->prefix;
	struct addr net = addr_net(&b->active, b->prefix);
	char text[ADDR_TEXT_MAX];

	if (a->active.family != b->active.family || addr_is_link_local(&a->active) ||
	    !addr_same_net(&a->active, &b->active, shorter))
		return;
	parse_fail_at(p, &a->pos, "a network that overlaps with no other", "13-20",
		      "it overlaps with %s/%u of line %u", addr_text(&net, text), b->prefix,
		      b->pos.line);
}

static void check_iface_addrs(struct parser *p, unsigned int i, unsigned int j)
{
	const struct conf *c = p->c;
	const struct conf_addr *a = &c->iface[i].addr[j];

	for (unsigned int k = 0; k <= i; k++)
		for (unsigned int l = 0; l < (k == i ? j : c->iface[k].addrs); l++)
			/* Each network has link-local addresses of its own. */
			if (k == i || !addr_is_link_local(&a->active))
				check_unique(p, a, &c->iface[k].addr[l]);
	if (c->lan.has_addr)
		check_overlap(p, a, &c->lan.addr);
	if (c->backup.has_addr)
		check_overlap(p, a, &c->backup.addr);
	if (c->state.has_addr && !conf_state_shared(c))
		check_overlap(p, a, &c->state.addr);
}

static void check_ifaces(struct parser *p)
{
	const struct conf *c = p->c;

	for (unsigned int i = 0; i < c->ifaces; i++) {
		struct conf_iface *iface = &c->iface[i];

		iface->sub = p->sys->is_sub && p->sys->is_sub(iface->dev);

		if (iface->nameif[0])
			check_name(p, iface->nameif, &iface->nameif_pos, i);
		check_device(p, iface->dev, &iface->pos, false);
		for (unsigned int j = 0; j < iface->addrs; j++)
			check_iface_addrs(p, i, j);
	}
	if (c->lan.has_addr && c->backup.has_addr)
		check_overlap(p, &c->backup.addr, &c->lan.addr);
	if (c->lan.has_addr && c->state.has_addr)
		check_overlap(p, &c->state.addr, &c->lan.addr);
	if (c->backup.has_addr && c->state.has_addr)
		check_overlap(p, &c->state.addr, &c->backup.addr);
}

/* -- what "failover" needs */

static bool has_data_iface(const struct conf *c)
{
	for (unsigned int i = 0; i < c->ifaces; i++)
		if (conf_is_data(&c->iface[i]))
			return true;
	return false;
}

static void check_failover(struct parser *p)
{
	const struct conf *c = p->c;
	const struct conf_pos *pos = &c->failover_pos;

	if (!c->failover)
		return;
	if (!c->lan.name[0])
		parse_fail_at(p, pos, "\"failover lan interface NAME DEV\" before it", "13-20",
			      "there is no failover link");
	else if (!c->lan.has_addr)
		parse_fail_at(p, pos, "\"failover interface ip NAME A MASK standby B\" before it",
			      "13-20", "failover link %s has no addresses", c->lan.name);
	/* A refused one was told already. */
	if (c->key == CONF_KEY_MISSING && !c->key_pos.line)
		parse_fail_at(p, pos, "\"failover key SECRET\" (or hex, or file) to encrypt, or "
			      "\"failover key none\" to run in clear text", "13-34",
			      "nothing says how the units protect what they send");
	if (!has_data_iface(c))
		parse_fail_at(p, pos, "\"interface DEV\" with \"nameif NAME\" and \"ip address A "
			      "MASK standby B\"", "13-19",
			      "there is no data interface with a name and both addresses");
	for (unsigned int i = 0; i < c->ifaces; i++)
		if (!c->iface[i].nameif[0] && c->iface[i].addrs)
			parse_fail_at(p, &c->iface[i].pos, "\"nameif NAME\" below it", "13-19",
				      "this interface has addresses and no name");
}

/* 13-4, word for word */
static const char shares_data[] =
	"***** WARNING ***** WARNING ***** WARNING ***** WARNING *****\n"
	"  Sharing Stateful failover interface with regular data interface is not\n"
	"  a recommended configuration due to performance and security concerns.\n"
	"***** WARNING ***** WARNING ***** WARNING ***** WARNING *****\n";

static void warn(struct parser *p)
{
	const struct conf *c = p->c;
	unsigned int monitored = 0;

	for (unsigned int i = 0; i < c->ifaces; i++)
		monitored += conf_is_data(&c->iface[i]) && conf_monitored(&c->iface[i]);
	if (c->policy_pos.line && !c->policy_percent && c->policy > monitored)
		parse_warn_at(p, &c->policy_pos, "only %u interfaces are monitored", monitored);
	if (c->http && !c->state.name[0])
		parse_warn_at(p, &c->http_pos, "without \"failover link\" nothing is replicated");
	if (conf_state_iface(c))
		fputs(shares_data, p->errors);
}

void check_all(struct parser *p)
{
	p->secret = false;
	check_lan(p);
	check_backup(p);
	check_state(p);
	check_ifaces(p);
	mac_auto(p->c);
	mac_check(p);
	check_failover(p);
	if (!p->failed)
		warn(p);
}

/* -- this machine */

static const char *this_unfit(const char *dev, bool link, char *why, size_t size)
{
	struct ifreq r = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const char *unfit = NULL;
	char path[64];

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", dev);
	snprintf(path, sizeof(path), "/sys/class/net/%.15s/master", dev);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &r)) {
		snprintf(why, size, "no such device");
		unfit = why;
	} else if (r.ifr_hwaddr.sa_family != ARPHRD_ETHER) {
		snprintf(why, size, "not an Ethernet or VLAN device");
		unfit = why;
	} else if (link && !access(path, F_OK)) {
		snprintf(why, size, "a port of a bridge or bond");
		unfit = why;
	}
	if (fd >= 0)
		close(fd);
	return unfit;
}

static const char *this_devices(char *list, size_t size)
{
	struct if_nameindex *all = if_nameindex();

	list[0] = '\0';
	for (struct if_nameindex *i = all; i && i->if_index; i++)
		if (strcmp(i->if_name, "lo"))
			snprintf(list + strlen(list), size - strlen(list), "%s%s",
				 list[0] ? " " : "", i->if_name);
	if (all)
		if_freenameindex(all);
	return list;
}

const struct conf_system conf_this_system = { this_unfit, this_devices, kind_is_sub };
