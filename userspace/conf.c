// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conf.c - the commands of the configuration: each one's words, ranges, meaning
 *
 * What concerns more than one line is in check.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "parse.h"

#define FILE_MAX	(1U << 20)
#define KEY_HEX_LEN	32	/* 13-34 */
#define KEY_SECRET_MAX	63	/* 13-34 */

#define UNIT_POLL	"1 to 15 s, or msec 200 to 999 (extended: msec 5 to 199)"
#define UNIT_HOLD	"1 to 45 s, or msec 800 to 999 (extended: msec 15 to 799)"
#define IF_POLL		"1 to 15 s, or msec 500 to 999 (extended: msec 5 to 499)"
#define IF_HOLD		"5 to 75 s (extended: msec 25 to 999)"

static bool on_failover(struct parser *p, const struct word *arg, unsigned int n)
{
	(void)arg, (void)n;
	p->c->failover = true;
	p->c->failover_pos = parse_pos(p, &p->word[0]);
	return true;
}

static bool on_no_failover(struct parser *p, const struct word *arg, unsigned int n)
{
	(void)arg, (void)n;
	p->c->failover = false;
	return true;
}

static bool on_unit(struct parser *p, const struct word *arg, unsigned int n)
{
	(void)n;
	if (!strcmp(arg[0].text, "primary"))
		p->c->unit = NFHA_UNIT_PRIMARY;
	else if (!strcmp(arg[0].text, "secondary"))
		p->c->unit = NFHA_UNIT_SECONDARY;
	else
		return parse_fail(p, &arg[0], "primary, secondary", "13-20", "not a unit");
	return true;
}

static bool take_name(struct parser *p, const struct word *w, const char *page, char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-";
	size_t len = strlen(w->text);

	if (len >= NFHA_NAMEIF_MAX || w->text[strspn(w->text, letters)])
		return parse_fail(p, w, "1 to 47 letters, digits, \"_\", \".\", \"-\"", page,
				  "not a name");
	memcpy(name, w->text, len + 1);
	return true;
}

static bool take_device(struct parser *p, const struct word *w, const char *page, char *dev)
{
	size_t len = strlen(w->text);

	if (len >= IFNAMSIZ || strchr(w->text, '/'))
		return parse_fail(p, w, "a device of at most 15 characters", page,
				  "not the name of a device");
	memcpy(dev, w->text, len + 1);
	return true;
}

static bool take_link(struct parser *p, const struct word *arg, unsigned int n,
		      struct conf_link *link)
{
	link->pos = parse_pos(p, &arg[0]);
	if (!take_name(p, &arg[0], "13-20", link->name))
		return false;
	if (n < 2)
		return true;
	link->dev_pos = parse_pos(p, &arg[1]);
	return take_device(p, &arg[1], "13-20", link->dev);
}

static bool on_lan_interface(struct parser *p, const struct word *arg, unsigned int n)
{
	return take_link(p, arg, n, &p->c->lan);
}

static bool on_link(struct parser *p, const struct word *arg, unsigned int n)
{
	return take_link(p, arg, n, &p->c->state);
}

/* -- addresses */

static bool take_addr(struct parser *p, const struct word *w, uint8_t family, const char *page,
		      struct addr *a)
{
	if (!addr_parse(w->text, a) || (family && a->family != family))
		return parse_fail(p, w, family == AF_INET6 ? "an IPv6 address" :
				  family == AF_INET ? "an IPv4 address" : "an IP address",
				  page, "not an address");
	return true;
}

static bool take_prefix(struct parser *p, const struct word *w, const char *text,
			const struct conf_addr *a, const char *page, uint8_t *prefix)
{
	struct word number = { text, w->col + (unsigned int)(text - w->text) };
	unsigned int bits = addr_bits(&a->active);
	char allowed[32];
	unsigned long v;

	snprintf(allowed, sizeof(allowed), "a length of 1 to %u", bits);
	if (!parse_number(p, &number, 1, bits, allowed, page, &v))
		return false;
	*prefix = (uint8_t)v;
	return true;
}

/* "A/LEN" or "A MASK"; @used: words taken. */
static bool take_net(struct parser *p, const struct word *arg, unsigned int n, uint8_t family,
		     const char *page, struct conf_addr *a, unsigned int *used)
{
	char text[PARSE_LINE_MAX + 1];
	struct word w = { text, arg[0].col };
	char *slash;
	struct addr mask;
	int prefix;

	snprintf(text, sizeof(text), "%s", arg[0].text);
	slash = strchr(text, '/');
	if (slash)
		*slash = '\0';
	a->pos = parse_pos(p, &arg[0]);
	if (!take_addr(p, &w, family, page, &a->active))
		return false;
	*used = 1;
	if (slash)
		return take_prefix(p, &w, slash + 1, a, page, &a->prefix);
	if (n < 2 || a->active.family == AF_INET6)
		return parse_fail(p, n < 2 ? NULL : &arg[1], a->active.family == AF_INET ?
				  "a mask, or /LEN behind the address" : "/LEN behind the address",
				  page, "the length of the network is missing");
	*used = 2;
	if (!take_addr(p, &arg[1], AF_INET, page, &mask))
		return false;
	prefix = addr_mask_len(&mask);
	if (prefix < 1)
		return parse_fail(p, &arg[1], "255.0.0.0 and the like", page,
				  "not a contiguous mask");
	a->prefix = (uint8_t)prefix;
	return true;
}

/* "NET standby B"; the rest of the line is the caller's. */
static bool take_pair(struct parser *p, const struct word *arg, unsigned int n, uint8_t family,
		      const char *page, struct conf_addr *a, unsigned int *used)
{
	memset(a, 0, sizeof(*a));
	if (!take_net(p, arg, n, family, page, a, used))
		return false;
	if (*used >= n || strcmp(arg[*used].text, "standby"))
		return parse_fail(p, *used < n ? &arg[*used] : NULL, "standby ADDRESS", page,
				  "the standby address is missing: the standby unit needs one");
	if (++*used >= n)
		return parse_fail(p, NULL, "an IP address", page, "an address is missing");
	a->standby_pos = parse_pos(p, &arg[*used]);
	if (!take_addr(p, &arg[*used], a->active.family, page, &a->standby))
		return false;
	++*used;
	return check_pair(p, a, page);
}

static bool on_interface_ip(struct parser *p, const struct word *arg, unsigned int n)
{
	struct conf_link *link = NULL;
	unsigned int used;

	if (p->c->lan.name[0] && !strcmp(arg[0].text, p->c->lan.name))
		link = &p->c->lan;
	else if (p->c->state.name[0] && !strcmp(arg[0].text, p->c->state.name))
		link = &p->c->state;
	if (!link)
		return parse_fail(p, &arg[0], "the NAME of \"failover lan interface\" or "
				  "\"failover link\"", "13-20", "no link has this name");
	if (!take_pair(p, arg + 1, n - 1, 0, "13-20", &link->addr, &used))
		return false;
	if (used < n - 1)
		return parse_fail(p, &arg[1 + used], "end of line", "13-20", "a word too many");
	link->has_addr = true;
	return true;
}

static struct conf_iface *this_iface(struct parser *p)
{
	return &p->c->iface[p->iface];
}

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

static bool on_ip_address(struct parser *p, const struct word *arg, unsigned int n)
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

static bool on_ipv6_address(struct parser *p, const struct word *arg, unsigned int n)
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

static bool on_interface(struct parser *p, const struct word *arg, unsigned int n)
{
	struct conf *c = p->c;
	struct conf_iface *iface;
	char dev[IFNAMSIZ];

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
		return parse_fail(p, &arg[0], "250 interfaces", "13-22", "one interface too many");
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

static bool on_nameif(struct parser *p, const struct word *arg, unsigned int n)
{
	(void)n;
	this_iface(p)->nameif_pos = parse_pos(p, &arg[0]);
	return take_name(p, &arg[0], "13-19", this_iface(p)->nameif);
}

static bool on_shutdown(struct parser *p, const struct word *arg, unsigned int n)
{
	(void)arg, (void)n;
	this_iface(p)->admin = CONF_ADMIN_DOWN;
	return true;
}

static bool on_no_shutdown(struct parser *p, const struct word *arg, unsigned int n)
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

static bool on_monitor(struct parser *p, const struct word *arg, unsigned int n)
{
	(void)n;
	return set_monitor(p, &arg[0], CONF_MONITOR_ON);
}

static bool on_no_monitor(struct parser *p, const struct word *arg, unsigned int n)
{
	(void)n;
	return set_monitor(p, &arg[0], CONF_MONITOR_OFF);
}

/* -- MAC addresses (13-24) */

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

static bool on_failover_mac(struct parser *p, const struct word *arg, unsigned int n)
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

static bool on_mac_address(struct parser *p, const struct word *arg, unsigned int n)
{
	if (n == 2 || (n == 3 && strcmp(arg[1].text, "standby")))
		return parse_fail(p, n == 2 ? NULL : &arg[1], "mac-address A [standby S]",
				  "13-24", n == 2 ? "a word is missing" : "unknown word");
	return set_mac(p, this_iface(p), CONF_MAC_IFACE, &arg[0], n == 3 ? &arg[2] : NULL);
}

/* -- times, policy, replication */

struct time_range {
	unsigned int	sec_min, sec_max;
	unsigned int	ms_min, ms_max;	/* 0: no "msec" here */
	const char	*allowed;
};

/* "[msec] N" at *@i. */
static bool take_time(struct parser *p, const struct word *arg, unsigned int n, unsigned int *i,
		      const struct time_range *r, const char *page, uint32_t *ms)
{
	bool msec = *i < n && !strcmp(arg[*i].text, "msec");
	unsigned long v;

	*i += msec;
	if (*i >= n)
		return parse_fail(p, NULL, r->allowed, page, "a time is missing");
	if (!parse_number(p, &arg[*i], msec ? r->ms_min : r->sec_min,
			  msec ? r->ms_max : r->sec_max, r->allowed, page, &v))
		return false;
	++*i;
	*ms = (uint32_t)(msec ? v : v * 1000);
	return true;
}

static const char *time_text(uint32_t ms, char text[24])
{
	if (ms % 1000)
		snprintf(text, 24, "%u ms", ms);
	else
		snprintf(text, 24, "%u s", ms / 1000);
	return text;
}

/* "[msec] P [holdtime [msec] H]" with H >= @times x P. */
static bool take_polltime(struct parser *p, const struct word *arg, unsigned int n,
			  const struct time_range *poll, const struct time_range *hold,
			  unsigned int times, const char *page, uint32_t *poll_ms,
			  uint32_t *hold_ms)
{
	char h[24], q[24], least[24], allowed[64];
	unsigned int i = 0;
	uint32_t def = *hold_ms;

	if (!take_time(p, arg, n, &i, poll, page, poll_ms))
		return false;
	if (i == n) {
		*hold_ms = (uint32_t)max_u64(def, times * *poll_ms);
		return true;
	}
	if (strcmp(arg[i].text, "holdtime"))
		return parse_fail(p, &arg[i], "holdtime, end of line", page, "unknown word");
	i++;
	if (!take_time(p, arg, n, &i, hold, page, hold_ms))
		return false;
	if (i < n)
		return parse_fail(p, &arg[i], "end of line", page, "a word too many");
	if (*hold_ms >= times * *poll_ms)
		return true;
	snprintf(allowed, sizeof(allowed), "at least %s", time_text(times * *poll_ms, least));
	return parse_fail(p, &arg[n - 1], allowed, page,
			  "holdtime %s is less than %u x polltime %s",
			  time_text(*hold_ms, h), times, time_text(*poll_ms, q));
}

static bool on_polltime(struct parser *p, const struct word *arg, unsigned int n)
{
	static const struct time_range poll = { 1, 15, 5, 999, UNIT_POLL };
	static const struct time_range hold = { 1, 45, NFHA_HOLD_MS_MIN, 999, UNIT_HOLD };
	bool unit = !strcmp(arg[0].text, "unit");

	return take_polltime(p, arg + unit, n - unit, &poll, &hold, 3, "13-34",
			     &p->c->poll_ms, &p->c->hold_ms);
}

static bool on_polltime_interface(struct parser *p, const struct word *arg, unsigned int n)
{
	static const struct time_range poll = { 1, 15, 5, 999, IF_POLL };
	static const struct time_range hold = { 5, 75, 25, 999, IF_HOLD };
	uint32_t hold_ms = 5000;	/* H omitted: max(5 s, 5P) */

	if (!take_polltime(p, arg, n, &poll, &hold, 5, "13-23", &p->c->if_poll_ms, &hold_ms))
		return false;
	p->c->if_hold_ms = hold_ms;
	return true;
}

static bool on_policy(struct parser *p, const struct word *arg, unsigned int n)
{
	static const char allowed[] = "1 to 250, or 1% to 100%";
	char text[32];
	struct word number = { text, arg[0].col };
	unsigned long v;
	size_t len;

	(void)n;
	snprintf(text, sizeof(text), "%s", arg[0].text);
	len = strlen(text);
	p->c->policy_percent = len && text[len - 1] == '%';
	if (p->c->policy_percent)
		text[len - 1] = '\0';
	if (!parse_number(p, &number, 1, p->c->policy_percent ? 100 : NFHA_IFACES_MAX, allowed,
			  "13-23", &v))
		return false;
	p->c->policy = (unsigned int)v;
	p->c->policy_pos = parse_pos(p, &arg[0]);
	return true;
}

static bool on_http(struct parser *p, const struct word *arg, unsigned int n)
{
	unsigned long v;

	p->c->http = true;
	p->c->http_pos = parse_pos(p, &p->word[2]);
	for (unsigned int i = 0; i < n; i++) {
		if (!parse_number(p, &arg[i], 1, UINT16_MAX, "ports 1 to 65535", "nfha", &v))
			return false;
		p->c->http_port[p->c->http_ports++] = (uint16_t)v;
	}
	return true;
}

static bool on_key(struct parser *p, const struct word *arg, unsigned int n)
{
	static const char allowed[] = "SECRET, hex K, file PATH, none";
	size_t len;

	p->c->key_pos = parse_pos(p, &arg[0]);
	if (n == 2 && !strcmp(arg[0].text, "hex")) {
		len = strlen(arg[1].text);
		if (arg[1].text[strspn(arg[1].text, "0123456789abcdefABCDEF")])
			return parse_fail(p, &arg[1], "0-9, a-f", "13-34",
					  "not a hexadecimal number");
		if (len != KEY_HEX_LEN)
			return parse_fail(p, &arg[1], "exactly 32", "13-34",
					  "%zu hexadecimal digits; exactly 32 needed", len);
		p->c->key = CONF_KEY_HEX;
	} else if (n == 2 && !strcmp(arg[0].text, "file")) {
		snprintf(p->c->key_path, sizeof(p->c->key_path), "%s", arg[1].text);
		p->c->key = CONF_KEY_FILE;
		/* A path is no secret. */
		p->secret = false;
		p->c->key_pos = parse_pos(p, &arg[1]);
		return check_key_file(p, &arg[1]);
	} else if (n == 2) {
		return parse_fail(p, &arg[0], allowed, "13-34", "neither \"hex\" nor \"file\"");
	} else if (!strcmp(arg[0].text, "none")) {
		p->c->key = CONF_KEY_NONE;
		return true;
	} else {
		len = strlen(arg[0].text);
		if (len > KEY_SECRET_MAX)
			return parse_fail(p, &arg[0], "1 to 63 characters", "13-34",
					  "a secret of %zu characters", len);
		p->c->key = CONF_KEY_SECRET;
	}
	if (p->readable_by_others)
		return parse_fail(p, &arg[0], "mode 0600 for this file, or \"failover key file "
				  "PATH\"", "13-34", "others can read the key in this file");
	return true;
}

static const struct rule rules[] = {
	{ "failover", 0, 0, "failover", "13-21", .handle = on_failover },
	{ "no failover", 0, 0, "no failover", "13-45",
	  .handle = on_no_failover, .key = "failover" },
	{ "failover lan unit", 1, 1, "failover lan unit primary, secondary", "13-20",
	  .handle = on_unit },
	{ "failover lan interface", 2, 2, "failover lan interface NAME DEV", "13-20",
	  .handle = on_lan_interface },
	{ "failover interface ip", 4, 5, "failover interface ip NAME A MASK standby B", "13-20",
	  .handle = on_interface_ip, .key_args = 1, .late = true },
	{ "failover link", 1, 2, "failover link NAME [DEV]", "13-20", .handle = on_link },
	{ "failover key", 1, 2, "failover key SECRET, hex K, file PATH, none", "13-34",
	  .handle = on_key, .secret = true },
	{ "failover polltime", 1, 6, "failover polltime [unit] [msec] P [holdtime [msec] H]",
	  "13-34", .handle = on_polltime },
	{ "failover polltime interface", 1, 5,
	  "failover polltime interface [msec] P [holdtime H]", "13-23",
	  .handle = on_polltime_interface },
	{ "failover interface-policy", 1, 1, "failover interface-policy N[%]", "13-23",
	  .handle = on_policy },
	{ "failover replication http", 0, CONF_PORTS_MAX, "failover replication http [PORT ...]",
	  "13-22", .handle = on_http },
	{ "failover mac address", 3, 3, "failover mac address DEV A S", "13-24",
	  .handle = on_failover_mac, .key_args = 1, .late = true },
	{ "monitor-interface", 1, 1, "monitor-interface NAME", "13-22", .handle = on_monitor,
	  .key = "monitor", .key_args = 1, .late = true },
	{ "no monitor-interface", 1, 1, "no monitor-interface NAME", "13-22",
	  .handle = on_no_monitor, .key = "monitor", .key_args = 1, .late = true },
	{ "interface", 1, 1, "interface DEV", "13-19", .handle = on_interface, .each_time = true },
	{ "nameif", 1, 1, "nameif NAME", "13-19", .handle = on_nameif, .iface = true },
	{ "ip address", 1, 5, "ip address A MASK standby B [secondary]", "13-19",
	  .handle = on_ip_address, .iface = true, .key_args = 5 },
	{ "ipv6 address", 1, 3, "ipv6 address A/LEN standby B", "13-19",
	  .handle = on_ipv6_address, .iface = true, .key_args = 3 },
	{ "mac-address", 1, 3, "mac-address A [standby S]", "13-24", .handle = on_mac_address,
	  .iface = true },
	{ "shutdown", 0, 0, "shutdown", "13-20", .handle = on_shutdown, .iface = true },
	{ "no shutdown", 0, 0, "no shutdown", "13-20", .handle = on_no_shutdown, .iface = true,
	  .key = "shutdown" },
};

unsigned int conf_parse(const char *file, const char *text, size_t len, bool readable_by_others,
			const struct conf_system *sys, struct conf *c, FILE *errors)
{
	struct parser p = {
		.file = file, .errors = errors, .iface = -1, .sys = sys, .c = c,
		.readable_by_others = readable_by_others,
	};

	/* Defaults: 13-17, 13-23, 13-34. */
	*c = (struct conf){
		.unit = NFHA_UNIT_SECONDARY, .policy = 1,
		.poll_ms = 1000, .hold_ms = 15000, .if_poll_ms = 5000, .if_hold_ms = 25000,
	};
	parse_text(&p, rules, ARRAY_SIZE(rules), text, len);
	check_all(&p);
	parse_done(&p);
	return p.failed;
}

static char *read_file(int fd, size_t *len)
{
	char *text = malloc(FILE_MAX + 1);
	ssize_t n;

	if (!text)
		abort();
	*len = 0;
	while (*len <= FILE_MAX) {
		n = read(fd, text + *len, FILE_MAX + 1 - *len);
		if (n < 0) {
			free(text);
			return NULL;
		}
		if (!n)
			return text;
		*len += (size_t)n;
	}
	free(text);
	errno = EFBIG;
	return NULL;
}

unsigned int conf_load(const char *file, struct conf *c, FILE *errors)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *text = NULL;
	unsigned int failed = 1;
	size_t len;

	memset(c, 0, sizeof(*c));
	if (fd >= 0 && !fstat(fd, &st))
		text = read_file(fd, &len);
	if (text) {
		failed = conf_parse(file, text, len, st.st_mode & 077, &conf_this_system, c,
				    errors);
		explicit_bzero(text, len);
		free(text);
	} else {
		fprintf(errors, "%s: cannot read the configuration: %s\n", file, strerror(errno));
	}
	if (fd >= 0)
		close(fd);
	return failed;
}

void conf_free(struct conf *c)
{
	free(c->iface);
	c->iface = NULL;
	c->ifaces = 0;
}

bool conf_monitored(const struct conf_iface *iface)
{
	if (iface->monitor != CONF_MONITOR_DEFAULT)
		return iface->monitor == CONF_MONITOR_ON;
	/* Subinterfaces are not monitored unless told so (13-22). */
	return !strchr(iface->dev, '.');
}
