// SPDX-License-Identifier: GPL-2.0-or-later
/* unit_conf.c - the configuration language: what is taken, what is refused, the words */
#include <stdlib.h>

#include "conf.h"
#include "conf_mac.h"
#include "ktap.h"
#include "near.h"

static const char *no_unfit(const char *dev, bool link, char *why, size_t size)
{
	if (!strncmp(dev, "eth", 3)) {
		snprintf(why, size, "a port of a bridge or bond");
		return link && !strcmp(dev, "eth9") ? why : NULL;
	}
	snprintf(why, size, "no such device");
	return why;
}

static const char *some_devices(char *list, size_t size)
{
	snprintf(list, size, "eth0 eth1");
	return list;
}

/* By its kind, as the kernel would say; its name tells nothing. */
static bool is_sub(const char *dev)
{
	return !strcmp(dev, "eth8");
}

static const struct conf_system sys = { no_unfit, some_devices, is_sub };

/* What every complete configuration has; tests put lines before and after it. */
#define LINKS	"failover lan interface fover eth2\n" \
		"failover interface ip fover 10.0.4.1 255.255.255.0 standby 10.0.4.11\n"
#define DATA	"interface eth0\n nameif inside\n" \
		" ip address 10.0.1.254/24 standby 10.0.1.253\n"
#define WHOLE	LINKS "failover key none\n" DATA "failover\n"

static char *errors;

static unsigned int parse(const char *text, size_t len, bool readable, struct conf *c)
{
	size_t size;
	FILE *f;
	unsigned int n;

	free(errors);
	f = open_memstream(&errors, &size);
	n = conf_parse("t", text, len, readable, &sys, c, f);
	fclose(f);
	return n;
}

static void subinterfaces(void)
{
	static const char text[] = "interface eth7\n nameif a.b\ninterface eth8\n nameif c\n";
	struct conf c;

	parse(text, sizeof(text) - 1, false, &c);
	CHECK(c.ifaces == 2 && conf_monitored(&c.iface[0]) && !conf_monitored(&c.iface[1]));
	conf_free(&c);
}

/* The last line begins interface number @n. */
static char *many_interfaces(unsigned int n)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	for (unsigned int i = 1; i < n; i++)
		fprintf(f, "interface eth%u\n nameif n%u\n", 100 + i, i);
	for (unsigned int i = 1; i < n; i++)
		fprintf(f, "monitor-interface n%u\n", i);
	fprintf(f, "interface eth%u\n", 100 + n);
	fclose(f);
	return text;
}

static void most_interfaces(void)
{
	unsigned int monitored = 0;
	char *text = many_interfaces(250);
	struct conf c;

	CHECK(!parse(text, strlen(text), false, &c), "%s", errors);
	for (unsigned int i = 0; i < c.ifaces; i++)
		monitored += conf_monitored(&c.iface[i]);
	CHECK(c.ifaces == 250 && monitored == 250, "%u, monitored %u", c.ifaces, monitored);
	conf_free(&c);
	free(text);
	text = many_interfaces(251);
	CHECK(parse(text, strlen(text), false, &c) == 1 && c.ifaces == 250, "%u", c.ifaces);
	CHECK(!strcmp(errors, "t:751:11: found \"eth351\": one interface too many; allowed: "
		      "250 interfaces (13-22)\n"), "%s", errors);
	conf_free(&c);
	free(text);
}

/* Accepted, without a word. */
static void accepted(const char *text)
{
	struct conf c;

	CHECK(!parse(text, strlen(text), false, &c) && !errors[0], "%s\n# %s", text, errors);
	conf_free(&c);
}

/* Refused, and this message is among those printed. */
static void refused(const char *text, const char *message)
{
	struct conf c;

	CHECK(parse(text, strlen(text), true, &c), "accepted: %s", text);
	CHECK(strstr(errors, message), "%s\n# wanted: %s\n# got: %s", text, message, errors);
	conf_free(&c);
}

/* -- whole files */

static void example(void)
{
	static const char text[] =
		"failover lan unit primary\n"
		"failover lan interface fover eth2\n"
		"failover interface ip fover 10.0.4.1 255.255.255.0 standby 10.0.4.11\n"
		"failover lan backup more eth4\n"
		"failover interface ip more 10.0.6.1/30 standby 10.0.6.2\n"
		"failover link state eth3\n"
		"failover interface ip state 2001:db8:5::1/64 standby 2001:db8:5::11\n"
		"failover key none\n"
		"failover polltime msec 200 holdtime msec 800\n"
		"failover polltime interface 3 holdtime 20\n"
		"failover interface-policy 50%\n"
		"failover replication http\n"
		"failover mac address eth0 0200.0000.0001 0200.0000.0002\n"
		"interface eth0\n nameif outside\n ip address 192.0.2.1/24 standby 192.0.2.2\n"
		" ip address 192.0.2.9 255.255.255.0 standby 192.0.2.10 secondary\n"
		" ipv6 address 2001:db8::1/64 standby 2001:db8::2\n"
		" ipv6 address fe80::1/64 standby fe80::2\n no shutdown\n"
		"no monitor-interface outside\n"
		"failover\n";
	struct conf c;
	char a[ADDR_TEXT_MAX];

	CHECK(!parse(text, sizeof(text) - 1, false, &c), "%s", errors);
	CHECK(c.failover && c.unit == NFHA_UNIT_PRIMARY && c.key == CONF_KEY_NONE);
	CHECK(!strcmp(c.lan.name, "fover") && !strcmp(c.lan.dev, "eth2"));
	CHECK(!strcmp(c.backup.name, "more") && !strcmp(c.backup.dev, "eth4"));
	CHECK(c.backup.has_addr && c.backup.addr.prefix == 30);
	CHECK(c.lan.addr.prefix == 24 && !strcmp(addr_text(&c.lan.addr.standby, a), "10.0.4.11"));
	CHECK(!strcmp(conf_state_dev(&c), "eth3") && c.state.addr.prefix == 64);
	CHECK(c.poll_ms == 200 && c.hold_ms == 800 && c.if_poll_ms == 3000 && c.if_hold_ms == 20000);
	CHECK(c.policy == 50 && c.policy_percent && c.http);
	CHECK(c.ifaces == 1 && c.iface[0].addrs == 4 && c.iface[0].admin == CONF_ADMIN_UP);
	CHECK(c.iface[0].mac_source == CONF_MAC_FAILOVER && c.iface[0].mac_active[5] == 1);
	CHECK(!conf_monitored(&c.iface[0]));
	c.iface[0].monitor = CONF_MONITOR_DEFAULT;
	CHECK(conf_monitored(&c.iface[0]), "a physical interface is (13-22)");
	c.iface[0].sub = true;
	CHECK(!conf_monitored(&c.iface[0]), "a subinterface is not");
	c.iface[0].monitor = CONF_MONITOR_ON;
	CHECK(conf_monitored(&c.iface[0]), "but for being told so");
	CHECK(!strcmp(addr_text(&c.iface[0].addr[0].active, a), "192.0.2.1"));
	conf_free(&c);
}

/* 13-4: taken, with the specified warning and nothing else. */
static void state_on_data(void)
{
	static const char warning[] =
		"***** WARNING ***** WARNING ***** WARNING ***** WARNING *****\n"
		"  Sharing Stateful failover interface with regular data interface is not\n"
		"  a recommended configuration due to performance and security concerns.\n"
		"***** WARNING ***** WARNING ***** WARNING ***** WARNING *****\n";
	static const char text[] = "failover link inside\n" WHOLE;
	uint8_t even[MAC_LEN], odd[MAC_LEN], other[MAC_LEN];
	struct conf c;

	CHECK(!parse(text, sizeof(text) - 1, false, &c) && !strcmp(errors, warning), "%s", errors);
	CHECK(conf_state_iface(&c) == &c.iface[0] && !strcmp(conf_state_dev(&c), "eth0"));
	mac_pair(&c, &c.iface[0], "failover link", even, odd);
	CHECK((even[0] & 3) == 2 && !(even[5] & 1) && odd[5] == (even[5] | 1), "unicast, local");
	CHECK(!memcmp(even, odd, MAC_LEN - 1));
	mac_pair(&c, &c.iface[0], "mac-address auto", other, odd);
	CHECK(memcmp(even, other, MAC_LEN), "no virtual MAC address of the interface");
	conf_free(&c);
}

static void defaults(void)
{
	struct conf c;

	CHECK(!parse("", 0, false, &c), "%s", errors);
	CHECK(!c.failover && c.unit == NFHA_UNIT_SECONDARY && c.policy == 1);
	CHECK(!c.http && !c.http_ports, "HTTP is not replicated, and is port 80 (13-22)");
	CHECK(c.poll_ms == 1000 && c.hold_ms == 15000);
	CHECK(c.if_poll_ms == 5000 && c.if_hold_ms == 25000);
	CHECK(c.key == CONF_KEY_MISSING && !conf_state_dev(&c));
	conf_free(&c);
}

static void forms(void)
{
	accepted(WHOLE);
	accepted("\n\n! comment \xc3\xa9\n# comment\n\t " WHOLE);
	accepted("failover key none\r\n" LINKS DATA "failover\r\n");
	accepted("failover lan unit primary\nfailover lan unit primary\n");
	accepted(DATA);
	accepted(WHOLE "interface eth2\n no shutdown\n");
	accepted("failover link fover\n" WHOLE);
	accepted("failover interface ip fover 10.0.4.1/24 standby 10.0.4.11\n"
		 "failover lan interface fover eth2\n");
	accepted("failover mac address eth0 02:00:00:00:00:01 02:00:00:00:00:02\n" WHOLE);
	accepted("interface eth0\n mac-address 0200.0000.0001\n nameif a\n");
	accepted("interface eth0\n mac-address 0200.0000.0001 standby 0200.0000.0002\n");
	accepted("no failover replication http 80 8080\nfailover link fover\n" LINKS);
	accepted("no failover replication http 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 65535\n");
	accepted("interface eth0\n nameif a\n ipv6 address fe80::1/64 standby fe80::2\n"
		 "interface eth1\n nameif b\n ipv6 address fe80::1/64 standby fe80::2\n");
	accepted("interface eth0\n ip address 10.0.0.0/31 standby 10.0.0.1\n");
}

/* -- boundaries of times (13-34, 13-23) */

struct times {
	const char *text;
	bool good;
	uint32_t poll, hold;	/* what comes of it */
};

static void times(const char *command, const struct times *t, size_t n, bool iface)
{
	for (size_t i = 0; i < n; i++) {
		char text[128];
		struct conf c;
		bool good;

		snprintf(text, sizeof(text), "%s %s\n", command, t[i].text);
		good = !parse(text, strlen(text), false, &c);
		CHECK(good == t[i].good, "%s# %s", text, errors);
		if (good)
			CHECK((iface ? c.if_poll_ms : c.poll_ms) == t[i].poll &&
			      (iface ? c.if_hold_ms : c.hold_ms) == t[i].hold, "%s", text);
		conf_free(&c);
	}
}

static void http_ports(void)
{
	static const char text[] = "no failover replication http 8080 80 3128 8080\n";
	struct conf c;

	CHECK(!parse(text, sizeof(text) - 1, false, &c), "%s", errors);
	CHECK(!c.http && c.http_ports == 3 && c.http_port[0] == 80 && c.http_port[1] == 3128 &&
	      c.http_port[2] == 8080, "each once, in order");
	conf_free(&c);
	CHECK(!parse("no failover replication http 80\n", 32, false, &c), "%s", errors);
	CHECK(!c.http && !c.http_ports, "the default in words");
	conf_free(&c);
}

static void unit_times(void)
{
	static const struct times t[] = {
		{ "1 holdtime 3", true, 1000, 3000 },
		{ "15 holdtime 45", true, 15000, 45000 },
		{ "msec 200 holdtime msec 800", true, 200, 800 },
		{ "msec 266 holdtime msec 800", true, 266, 800 },
		{ "msec 330 holdtime msec 990", true, 330, 990 },
		{ "msec 333 holdtime 1", true, 333, 1000 },
		{ "msec 334 holdtime 2", true, 334, 2000 },
		{ "msec 999 holdtime 3", true, 999, 3000 },
		{ "msec 5 holdtime msec 15", true, 5, 15 },
		{ "msec 10 holdtime msec 30", true, 10, 30 },
		{ "msec 50 holdtime msec 150", true, 50, 150 },
		{ "msec 200 holdtime msec 600", true, 200, 600 },
		{ "unit 2 holdtime 6", true, 2000, 6000 },
		{ "1", true, 1000, 15000 },
		{ "msec 200", true, 200, 15000 },
		{ "6", true, 6000, 18000 },
		{ "1 holdtime 2", false, 0, 0 },
		{ "15 holdtime 44", false, 0, 0 },
		{ "msec 267 holdtime msec 800", false, 0, 0 },
		{ "msec 331 holdtime msec 990", false, 0, 0 },
		{ "msec 334 holdtime 1", false, 0, 0 },
		{ "0", false, 0, 0 },
		{ "16", false, 0, 0 },
		{ "1 holdtime 46", false, 0, 0 },
		{ "1 holdtime 0", false, 0, 0 },
		{ "msec 4 holdtime msec 15", false, 0, 0 },
		{ "msec 10 holdtime msec 29", false, 0, 0 },
		{ "msec 1000 holdtime 4", false, 0, 0 },
		{ "msec 300 holdtime msec 1000", false, 0, 0 },
		{ "-1 holdtime 3", false, 0, 0 },
		{ "+1 holdtime 3", false, 0, 0 },
		{ "1s holdtime 3", false, 0, 0 },
		{ "99999999999999999999 holdtime 3", false, 0, 0 },
		{ "1 holdtime", false, 0, 0 },
		{ "msec", false, 0, 0 },
		{ "1 hold 3", false, 0, 0 },
		{ "1 holdtime 3 4", false, 0, 0 },
	};

	times("failover polltime", t, ARRAY_SIZE(t), false);
}

static void iface_times(void)
{
	static const struct times t[] = {
		{ "msec 500 holdtime 5", true, 500, 5000 },
		{ "msec 999 holdtime 5", true, 999, 5000 },
		{ "1 holdtime 5", true, 1000, 5000 },
		{ "5 holdtime 25", true, 5000, 25000 },
		{ "15 holdtime 75", true, 15000, 75000 },
		{ "15", true, 15000, 75000 },
		{ "msec 500", true, 500, 5000 },
		{ "3", true, 3000, 15000 },
		{ "5 holdtime 24", false, 0, 0 },
		{ "15 holdtime 74", false, 0, 0 },
		{ "16 holdtime 75", false, 0, 0 },
		{ "1 holdtime 4", false, 0, 0 },
		{ "1 holdtime 76", false, 0, 0 },
	};

	times("failover polltime interface", t, ARRAY_SIZE(t), true);
}

static void policies(void)
{
	accepted("failover interface-policy 1\n" DATA);
	accepted("failover interface-policy 100%\n");
	refused("failover interface-policy 0\n", "found \"0\": out of range; allowed: 1 to 250");
	refused("failover interface-policy 251\n", "out of range");
	refused("failover interface-policy 101%\n", "out of range");
	refused("failover interface-policy %\n", "not a number");
}

/* -- the words of refusals that golden/refused does not have */

static const struct { const char *text, *message; } wrong[] = {
	{ "failover lam unit primary\n", "t:1:10: found \"lam\": unknown word; did you mean \"lan\"?" },
	{ "failover lan uint primary\n", "t:1:14: found \"uint\": unknown word; did you mean \"unit\"?; "
	  "allowed: unit, interface, backup (" },
	{ "failover lan\n", "t:1:13: found end of line: a word is missing; allowed: unit, interface, backup" },
	{ "failover lan unit\n", "t:1:18: found end of line: a word is missing; allowed: failover lan "
	  "unit primary, secondary (13-20)" },
	{ "failover lan unit first\n", "t:1:19: found \"first\": not a unit; allowed: primary, "
	  "secondary (13-20)" },
	{ "failover lan unit primary now\n", "t:1:27: found \"now\": a word too many" },
	{ "failover now\n", "t:1:10: found \"now\": unknown word" },
	{ "failover lan unit primary\n\nfailover lan unit secondary\n",
	  "t:3:19: found \"secondary\": line 1 says otherwise; allowed: one of the two (13-20)" },
	{ "interface wlan7\n", "t:1:11: found \"wlan7\": no such device; allowed: found: eth0 eth1" },
	{ "interface eth0\ninterface eth0\n", "t:2:11: found \"eth0\": line 1 begins it already" },
	{ "interface eth0\n ip address 10.0.4.1/24 standby 10.0.5.1\n",
	  "t:2:33: found \"10.0.5.1\": standby 10.0.5.1 is outside 10.0.4.0/24; allowed: another "
	  "address of 10.0.4.0/24 (13-19)" },
	{ "interface eth0\n ip address 10.0.4.0/24 standby 10.0.4.1\n", "the network's own address" },
	{ "interface eth0\n ip address 10.0.4.1/33 standby 10.0.4.2\n",
	  "t:2:22: found \"33\": out of range; allowed: a length of 1 to 32" },
	{ "interface eth0\n ip address 10.0.4.256/24 standby 10.0.4.2\n",
	  "t:2:13: found \"10.0.4.256\": not an address; allowed: an IPv4 address" },
	{ "interface eth0\n ip address 10.0.4.1/24 standby 10.0.4.2\n"
	  " ip address 10.0.6.1/24 standby 10.0.6.2\n", "line 2 has the primary address; allowed: "
	  "\"secondary\"" },
	{ "interface eth0\n ip address 10.0.4.1/24 standby 10.0.4.2 secondary\n",
	  "there is no primary address yet" },
	{ "interface eth0\n ip address 10.0.4.1/24 standby 10.0.4.2\n"
	  "interface eth1\n ip address 10.0.4.1/24 standby 10.0.4.3\n", "line 2 has 10.0.4.1 already" },
	{ "interface eth0\n nameif a\ninterface eth1\n nameif a\n",
	  "t:4:9: found \"a\": line 2 gives this name to eth0" },
	{ "interface eth0\n nameif a/b\n", "not a name" },
	{ "interface eth2\n nameif inside\nfailover lan interface fover eth2\n",
	  "t:3:30: found \"eth2\": eth2 is data interface \"inside\"; the failover link needs an "
	  "unused one; allowed: a device that carries nothing else (13-3)" },
	{ "failover link state\n", "it has no device, and is neither the failover link nor a data interface" },
	{ "failover link inside\nfailover interface ip inside 10.0.1.254/24 standby 10.0.1.253\n" WHOLE,
	  "t:2:30: found \"10.0.1.254/24\": inside is a data interface, which has its addresses; "
	  "allowed: those of \"ip address\" alone (13-21)" },
	{ "failover link bare\ninterface eth1\n nameif bare\n" WHOLE,
	  "it has no device, and is neither the failover link nor a data interface" },
	{ "failover lan backup more eth3\n", "there is no failover link that it could be the backup of; "
	  "allowed: \"failover lan interface NAME DEV\" before it (nfha)" },
	{ "failover lan backup more eth3\n" WHOLE, "the backup of the failover link has no addresses" },
	{ "failover lan backup more eth2\n" WHOLE,
	  "t:1:21: found \"more\": name or device of the failover link, which is fover on eth2" },
	{ "failover lan backup more eth0\n" WHOLE, "eth0 is data interface \"inside\"" },
	{ "failover lan backup more eth9\n" WHOLE, "a port of a bridge or bond" },
	{ WHOLE "failover lan backup more eth3\nfailover link more eth4\n",
	  "name or device of the backup of the failover link, which is more on eth3" },
	{ WHOLE "failover lan backup more eth3\nfailover link more\n",
	  "it has no device, and is neither the failover link nor a data interface" },
	{ WHOLE "failover lan backup more eth3\nfailover interface ip more 10.0.4.5/28 standby 10.0.4.6\n",
	  "it overlaps with 10.0.4.0/24" },
	{ WHOLE "failover lan backup more eth3\nfailover mac address eth3 0200.0000.0001 0200.0000.0002\n",
	  "a failover or state link keeps its own address" },
	{ "failover link state eth3\n" WHOLE, "the state link has no addresses" },
	{ LINKS "interface eth0\n nameif a\n ip address 10.0.4.7/28 standby 10.0.4.8\n",
	  "it overlaps with 10.0.4.0/24 of line 2" },
	{ "failover polltime interface 2 holdtime 9\n", "holdtime 9 s is less than 5 x polltime 2 s; "
	  "allowed: at least 10 s (13-23)" },
	{ "failover mac address eth2 0200.0000.0001 0200.0000.0002\n" LINKS,
	  "a failover or state link keeps its own address; allowed: a data interface (13-24)" },
	{ "interface eth0\n mac-address 0200.0000.0001\ninterface eth1\n mac-address 0200.0000.0001\n",
	  "line 2 has it already" },
	{ "no failover replication http 0\n", "out of range; allowed: ports 1 to 65535" },
	{ "no failover replication http 65536\n", "out of range; allowed: ports 1 to 65535" },
	{ "no failover replication http www\n",
	  "t:1:30: found \"www\": not a number; allowed: ports 1 to 65535" },
	{ "failover replication http 8080\n",
	  "t:1:27: found \"8080\": a word too many; allowed: failover replication http (13-22)" },
	{ "no failover replication http 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n",
	  "a word too many" },
	{ "failover replication http\nno failover replication http 80\n", "line 1" },
	{ "fail\x01over\n", "t:1:5: found \"\\x01\": this byte has no place" },
};

static void refusals(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		refused(wrong[i].text, wrong[i].message);
}

static void keys_are_secret(void)
{
	static const char *const text[] = {
		"failover key topsecret topsecret\n", "failover key hex topsecret\n",
		"failover key topsecret\nfailover key topsecret2\n",
		"failover key topsecret a topsecret\n", "failover key topsecret\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(text); i++) {
		struct conf c;

		CHECK(parse(text[i], strlen(text[i]), true, &c));
		CHECK(!strstr(errors, "topsecret"), "%s", errors);
		conf_free(&c);
	}
	accepted("failover key topsecret\n");
	accepted("failover key hex 0123456789abcdefABCDEF0123456789\n");
}

static void long_lines(void)
{
	char text[1100];
	struct conf c;

	memset(text, 'x', sizeof(text));
	text[1025] = '\n';
	CHECK(parse(text, 1026, false, &c));
	CHECK(!strncmp(errors, "t:1:1025: found \"...\": the line is too long; allowed: 1024", 58),
	      "%s", errors);
	conf_free(&c);
	text[0] = '!';
	text[1024] = '\n';
	CHECK(!parse(text, 1025, false, &c), "%s", errors);
	conf_free(&c);
	memset(text, ' ', sizeof(text));
	for (int i = 0; i < 66; i += 2)
		text[i] = 'a';
	CHECK(parse(text, 66, false, &c));
	CHECK(strstr(errors, "too many words"), "%s", errors);
	conf_free(&c);
	CHECK(parse("a\0b", 3, false, &c));
	conf_free(&c);
}

static void all_errors_at_once(void)
{
	static const char text[] = "failover lan unit x\nfailover polltime 99\nnonsense\n";
	struct conf c;

	CHECK(parse(text, sizeof(text) - 1, false, &c) == 3, "%s", errors);
	conf_free(&c);
}

static void warnings(void)
{
	struct conf c;

	CHECK(!parse("failover interface-policy 3\n" WHOLE,
		     strlen("failover interface-policy 3\n" WHOLE), false, &c));
	CHECK(strstr(errors, "t:1:27: warning: found \"3\": only 1 interfaces are monitored"), "%s",
	      errors);
	conf_free(&c);
	CHECK(!parse("failover replication http\n" WHOLE,
		     strlen("failover replication http\n" WHOLE), false, &c));
	CHECK(strstr(errors, "nothing is replicated"), "%s", errors);
	conf_free(&c);
}

static void masks(void)
{
	static const struct { const char *mask; int len; } t[] = {
		{ "255.255.255.255", 32 }, { "255.255.255.0", 24 }, { "128.0.0.0", 1 },
		{ "0.0.0.0", 0 }, { "255.255.255.1", -1 }, { "0.255.255.255", -1 },
	};
	struct addr a;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++)
		CHECK(addr_parse(t[i].mask, &a) && addr_mask_len(&a) == t[i].len, "%s: %d",
		      t[i].mask, addr_mask_len(&a));
}

static void suggestions(void)
{
	static const char *const words[] = { "failover", "interface", "nameif" };

	CHECK(nearest("failovr", words, 3) == words[0]);
	CHECK(nearest("namefi", words, 3) == words[2]);
	CHECK(!nearest("zzz", words, 3));
	CHECK(!nearest("", words, 3));
}

int main(void)
{
	ktap_begin();
	TEST(subinterfaces(), "subinterfaces are not monitored by default (13-22)");
	TEST(most_interfaces(), "250 monitored interfaces, and one more (13-22)");
	TEST(example(), "a whole file");
	TEST(state_on_data(), "a state link that shares a data interface (13-4)");
	TEST(defaults(), "defaults (13-17, 13-23, 13-34)");
	TEST(forms(), "forms that are taken");
	TEST(http_ports(), "failover replication http: the list of ports (13-22)");
	TEST(unit_times(), "failover polltime: boundaries (13-34)");
	TEST(iface_times(), "failover polltime interface: boundaries (13-23)");
	TEST(policies(), "failover interface-policy: boundaries (13-23)");
	TEST(refusals(), "refusals name what, why, and what is allowed");
	TEST(keys_are_secret(), "a key is never shown");
	TEST(long_lines(), "lines that are none");
	TEST(all_errors_at_once(), "every error is printed");
	TEST(warnings(), "warnings");
	TEST(masks(), "masks");
	TEST(suggestions(), "suggestions");
	free(errors);
	return ktap_end();
}
