// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * unit_running.c - a configuration as commands, and back; virtual MAC addresses
 *
 * GOLDEN=DIR names the folder of the golden files. UPDATE=1 writes them.
 */
#include <stdlib.h>

#include "any_system.h"
#include "golden.h"
#include "ktap.h"
#include "running.h"

static bool parse(const char *text, struct conf *c)
{
	static const struct conf_system sys = { no_unfit, no_devices, NULL };
	static FILE *null;
	unsigned int failed;

	if (!null)
		null = fopen("/dev/null", "w");
	failed = conf_parse("t", text, strlen(text), false, &sys, c, null);

	CHECK(!failed, "%s", text);
	return !failed;
}

#define LAN								\
	"failover lan interface fover eth2\n"				\
	"failover interface ip fover 10.0.4.1/24 standby 10.0.4.11\n"
#define INSIDE								\
	"interface eth0\n nameif inside\n ip address 10.0.1.254/24 standby 10.0.1.253\n"
#define OUTSIDE								\
	"interface eth1\n nameif outside\n ip address 10.0.2.254/24 standby 10.0.2.253\n"
#define EVERYTHING							\
	"failover lan unit primary\n" LAN				\
	BACKUP("eth5")							\
	"failover link state eth3\n"					\
	"failover interface ip state 2001:db8:5::1/64 standby 2001:db8:5::11\n"	\
	"failover key none\n"						\
	"failover polltime msec 200 holdtime msec 800\n"		\
	"failover polltime interface msec 500 holdtime 20\n"		\
	"failover interface-policy 50%\n"				\
	"no failover replication http 8080 80\n"			\
	"failover mac address eth0 000c.f142.4cde 000c.f142.4cdf\n"	\
	"mac-address auto\n" INSIDE					\
	" ip address 192.0.2.9/28 standby 192.0.2.10 secondary\n"	\
	" ipv6 address 2001:db8::1/64 standby 2001:db8::2\n"		\
	" ipv6 address fe80::1/64 standby fe80::2\n no shutdown\n"	\
	OUTSIDE " mac-address 02:00:00:00:00:01 standby 0200.0000.0002\n shutdown\n" \
	"interface eth4.7\n nameif dmz\n ip address 10.0.3.1/24 standby 10.0.3.2\n" \
	"interface eth2\n no shutdown\n"				\
	"no monitor-interface inside\nmonitor-interface dmz\nfailover\n"

#define BACKUP(dev)							\
	"failover lan backup more " dev "\n"				\
	"failover interface ip more 10.0.6.1/30 standby 10.0.6.2\n"

/* Where something stands is not part of the configuration. */
static void forget(struct conf_pos *pos)
{
	memset(pos, 0, sizeof(*pos));
}

static void forget_addr(struct conf_addr *a)
{
	forget(&a->pos);
	forget(&a->standby_pos);
}

static void forget_positions(struct conf *c)
{
	struct conf_pos *const pos[] = {
		&c->failover_pos, &c->key_pos, &c->policy_pos, &c->http_pos, &c->lan.pos,
		&c->lan.dev_pos, &c->backup.pos, &c->backup.dev_pos, &c->state.pos, &c->state.dev_pos,
	};

	for (size_t i = 0; i < ARRAY_SIZE(pos); i++)
		forget(pos[i]);
	forget_addr(&c->lan.addr);
	forget_addr(&c->backup.addr);
	forget_addr(&c->state.addr);
	for (unsigned int i = 0; i < c->ifaces; i++) {
		forget(&c->iface[i].pos);
		forget(&c->iface[i].nameif_pos);
		forget(&c->iface[i].mac_pos);
		for (unsigned int k = 0; k < c->iface[i].addrs; k++)
			forget_addr(&c->iface[i].addr[k]);
	}
}

/* What "all" says of an interface that is as by default is now said in words. */
static void forget_defaults(struct conf *c)
{
	for (unsigned int i = 0; i < c->ifaces; i++)
		if (c->iface[i].nameif[0])
			c->iface[i].monitor = conf_monitored(&c->iface[i]) ?
					      CONF_MONITOR_ON : CONF_MONITOR_OFF;
}

static void compare(struct conf *a, struct conf *b, const char *text)
{
	size_t n = a->ifaces * sizeof(*a->iface);

	forget_positions(a);
	forget_positions(b);
	CHECK(a->ifaces == b->ifaces && (!n || !memcmp(a->iface, b->iface, n)),
	      "interfaces:\n%s", text);
	conf_free(a);
	conf_free(b);
	CHECK(!memcmp(a, b, sizeof(*a)), "%s", text);
}

static void round_trip(const char *text)
{
	for (int all = 0; all < 2; all++) {
		struct conf a, b;
		char *out;

		if (!parse(text, &a))
			return;
		out = running_text(&a, all, false);
		if (parse(out, &b)) {
			if (all) {
				forget_defaults(&a);
				forget_defaults(&b);
			}
			compare(&a, &b, out);
		}
		free(out);
	}
}

static void round_trips(void)
{
	round_trip("");
	round_trip(EVERYTHING);
	round_trip(LAN INSIDE "failover key none\nfailover\n");
	round_trip(LAN "failover link fover\n" INSIDE "failover key none\nfailover\n");
	round_trip(LAN "failover link inside\n" INSIDE "failover key none\nfailover\n");
	round_trip("failover polltime 6\nfailover polltime interface 3\n");
	round_trip("failover polltime msec 333 holdtime 1\nfailover interface-policy 2\n");
	round_trip("failover replication http\nmac-address auto\n" INSIDE OUTSIDE);
	round_trip("interface eth0\n mac-address 0200.0000.0001\n nameif a\n");
	round_trip("interface eth0\n ipv6 address fe80::1/64 standby fe80::2\n"
		   " ip address 10.0.0.0/31 standby 10.0.0.1\n nameif a\n");
}

static void words(void)
{
	static const struct { const char *name; bool all, json; } t[] = {
		{ "running.txt", false, false }, { "running-all.txt", true, false },
		{ "running.json", false, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct conf c;
		char *out;

		parse(EVERYTHING, &c);
		out = running_text(&c, t[i].all, t[i].json);
		golden(t[i].name, out);
		free(out);
		conf_free(&c);
	}
}

static void defaults_are_silent(void)
{
	struct conf c;
	char *out;

	parse("failover lan unit secondary\nfailover polltime 1 holdtime 15\n"
	      "failover polltime interface 5 holdtime 25\nfailover interface-policy 1\n"
	      "no failover replication http 80\nno failover\n", &c);
	out = running_text(&c, false, false);
	CHECK(!out[0], "%s", out);
	free(out);
	conf_free(&c);
}

static void keys(void)
{
	static const struct { const char *line, *shown; } t[] = {
		{ "failover key topsecret\n", "failover key *****\n" },
		{ "failover key hex 0123456789abcdef0123456789abcdef\n",
		  "failover key hex *****\n" },
		{ "failover key none\n", "failover key none\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct conf c;
		char *out;

		parse(t[i].line, &c);
		for (int form = 0; form < 4; form++) {
			out = running_text(&c, form & 1, form & 2);
			CHECK(!strstr(out, "topsecret") && !strstr(out, "0123456789"), "%s", out);
			free(out);
		}
		out = running_text(&c, false, false);
		CHECK(!strcmp(out, t[i].shown), "%s", out);
		free(out);
		conf_free(&c);
	}
}

static bool same_digest(const char *x, const char *y)
{
	uint8_t a[RUNNING_DIGEST_LEN], b[RUNNING_DIGEST_LEN];
	struct conf c;

	parse(x, &c);
	running_digest(&c, a);
	conf_free(&c);
	parse(y, &c);
	running_digest(&c, b);
	conf_free(&c);
	return !memcmp(a, b, sizeof(a));
}

#define PAIR LAN INSIDE OUTSIDE "failover key none\n"

static void digests(void)
{
	CHECK(same_digest(PAIR, "failover lan unit primary\n" PAIR));
	CHECK(!same_digest(PAIR, PAIR BACKUP("eth4")), "a second failover link on one unit alone");
	CHECK(same_digest(PAIR BACKUP("eth4"), PAIR BACKUP("eth5")), "by another device");
	CHECK(same_digest(PAIR, LAN OUTSIDE INSIDE "failover key none\n"), "order");
	CHECK(same_digest(PAIR, PAIR "failover polltime 1 holdtime 15\n"), "defaults said in words");
	CHECK(same_digest(PAIR, LAN INSIDE OUTSIDE "failover key secret\n"), "the key is not in it");
	CHECK(same_digest(LAN INSIDE, LAN "interface ens7\n nameif inside\n ip address 10.0.1.254/24 "
			  "standby 10.0.1.253\n"), "devices may differ");
	CHECK(!same_digest(PAIR, PAIR "failover polltime 1 holdtime 14\n"));
	CHECK(!same_digest(PAIR, PAIR "no monitor-interface inside\n"));
	CHECK(!same_digest(PAIR, LAN INSIDE "failover key none\n"));
	CHECK(!same_digest(PAIR, PAIR "mac-address auto\n"));
	CHECK(!same_digest(PAIR, PAIR "failover replication http\n"));
	CHECK(!same_digest(PAIR, PAIR "no failover replication http 8080\n"));
	CHECK(same_digest(PAIR "no failover replication http 80 8080\n",
			  PAIR "no failover replication http 8080 80\n"), "order of ports");
	CHECK(!same_digest(LAN "failover link fover\n", LAN "failover link state eth3\n"
			   "failover interface ip state 10.0.5.1/24 standby 10.0.5.2\n"));
}

/* -- virtual MAC addresses (13-24) */

static const struct conf_iface *first(const char *text, struct conf *c)
{
	parse(text, c);
	return &c->iface[0];
}

static void precedence(void)
{
	static const char *const line[] = {
		"", "mac-address auto\n", "failover mac address eth0 0200.0000.0003 0200.0000.0004\n",
	};
	struct conf c;

	CHECK(first(INSIDE, &c)->mac_source == CONF_MAC_BURNED_IN);
	conf_free(&c);
	/* In whatever order the lines stand. */
	for (int order = 0; order < 2; order++) {
		char text[512];

		snprintf(text, sizeof(text), "%s" INSIDE "%s", line[order], line[1 - order]);
		CHECK(first(text, &c)->mac_source == CONF_MAC_AUTO);
		conf_free(&c);
		snprintf(text, sizeof(text), "%s" INSIDE "%s", line[1 + order], line[2 - order]);
		CHECK(first(text, &c)->mac_source == CONF_MAC_FAILOVER && c.iface[0].mac_active[5] == 3);
		conf_free(&c);
		snprintf(text, sizeof(text), "%smac-address auto\n" INSIDE
			 " mac-address 0200.0000.0005\n%s", line[order * 2], line[2 - order * 2]);
		CHECK(first(text, &c)->mac_source == CONF_MAC_IFACE && c.iface[0].mac_active[5] == 5 &&
		      !c.iface[0].has_mac_standby);
		conf_free(&c);
	}
}

static void generated(void)
{
	struct conf a, b;
	const struct conf_iface *i = first("mac-address auto\nfailover lan unit primary\n" PAIR, &a);
	const struct conf_iface *j = first("mac-address auto\n" PAIR, &b);
	char text[MAC_TEXT_MAX];

	CHECK(!memcmp(i->mac_active, j->mac_active, MAC_LEN) &&
	      !memcmp(i->mac_standby, j->mac_standby, MAC_LEN), "both units have the same");
	/* Written down: a pair that is upgraded unit by unit must not change it. */
	CHECK(!strcmp(mac_text(i->mac_active, text), "c6:b9:dc:05:2d:f2"), "%s", text);
	CHECK((i->mac_active[0] & 3) == 2, "locally administered, unicast");
	CHECK((i->mac_active[5] ^ 1) == i->mac_standby[5] && i->has_mac_standby);
	CHECK(memcmp(a.iface[0].mac_active, a.iface[1].mac_active, MAC_LEN), "one for each interface");
	conf_free(&b);
	j = first("mac-address auto\n" LAN "interface eth0\n nameif inside\n"
		  " ip address 10.0.1.252/24 standby 10.0.1.253\n", &b);
	CHECK(memcmp(i->mac_active, j->mac_active, MAC_LEN), "another pair in the same network");
	conf_free(&b);
	conf_free(&a);
}

/* What may change without a change of roles, and what may not. */
static void same(void)
{
	static const char *const http[] = {
		"failover replication http\n", "no failover replication http 443 8080\n",
		"no failover replication http 80 8080\n", "",
	};
	struct conf a, b;

	first(PAIR, &a);
	for (size_t i = 0; i < ARRAY_SIZE(http); i++) {
		char text[1024];

		snprintf(text, sizeof(text), "%s" PAIR, http[i]);
		first(text, &b);
		CHECK(running_same(&a, &b) && running_same(&b, &a), "%s", http[i]);
		conf_free(&b);
	}
	first("failover polltime msec 300 holdtime msec 900\n" PAIR, &b);
	CHECK(!running_same(&a, &b), "another hold time is another configuration");
	conf_free(&b);
	conf_free(&a);
}

int main(void)
{
	ktap_begin();
	TEST(round_trips(), "what is printed is accepted and means the same");
	TEST(words(), "show running-config [all] failover [-j]");
	TEST(defaults_are_silent(), "without \"all\" no default is printed");
	TEST(keys(), "a key is never printed");
	TEST(digests(), "the digest has what both units share, and no more");
	TEST(precedence(), "mac-address, failover mac address, auto, burned-in (13-24)");
	TEST(generated(), "mac-address auto");
	TEST(same(), "the list of ports is no reason for a handover, a hold time is");
	return ktap_end();
}
