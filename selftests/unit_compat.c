// SPDX-License-Identifier: GPL-2.0-or-later
/* unit_compat.c - do the two units fit together? (13-2) */
#include <stdlib.h>

#include <linux/nfha_wire.h>

#include "compat.h"
#include "ktap.h"
#include "kind.h"

static struct conf c;
static struct compat own, peer;
static struct compat_iface iface[2];
static struct compat_result r;

/* Two units that fit. */
static void fit(void)
{
	static struct conf_iface ifaces[2] = {
		{ .nameif = "inside", .addrs = 1 }, { .nameif = "outside", .addrs = 1 },
	};

	c = (struct conf){ .ifaces = 2, .iface = ifaces };
	own = (struct compat){ .known = true, .wire_min = 1, .wire_max = 2, .major = 1, .minor = 3,
			       .ifaces = 2, .memory_mib = 4000, .conntrack_max = 65536 };
	peer = own;
	for (int i = 0; i < 2; i++)
		iface[i] = (struct compat_iface){ true, NFHA_HELLO_KIND_ETHERNET,
						  NFHA_HELLO_KIND_ETHERNET };
}

static void compare(const char *stranger, const char *mismatch, const char *warning)
{
	compat_compare(&c, &own, &peer, iface, stranger, &r);
	CHECK(r.mismatches == !!mismatch && r.warnings == !!warning, "%u mismatches, %u warnings",
	      r.mismatches, r.warnings);
	CHECK(!mismatch || !strcmp(r.mismatch[0], mismatch), "%s", r.mismatch[0]);
	CHECK(!warning || !strcmp(r.warning[0], warning), "%s", r.warning[0]);
	fit();
}

static void differences(void)
{
	fit();
	compare("", NULL, NULL);
	peer.major = 2;
	compare("", "nfha version: 1.3 here, 2.3 there", NULL);
	peer.minor = 4;
	compare("", NULL, "nfha version: 1.3 here, 1.4 there (for the time of an upgrade)");
	peer.wire_min = 3, peer.wire_max = 4;
	compare("", "wire versions: 1 to 2 here, 3 to 4 there", NULL);
	peer.wire_min = 2, peer.wire_max = 4;
	compare("", NULL, NULL);
	peer.wire_min = peer.wire_max = 0;
	compare("", "wire versions: 1 to 2 here, 0 to 0 there", NULL);
	peer.mode = NFHA_HELLO_MODE_TRANSPARENT;
	compare("", "mode: routed here, transparent there", NULL);
	peer.digest[0] = 0xab;
	compare("", "configuration: 00000000 here, ab000000 there (nfha show running-config all "
		"failover)", NULL);
	/* While an upgrade goes on, a new version's new defaults do not count. */
	peer.digest[0] = 0xab;
	peer.minor = 4;
	compat_compare(&c, &own, &peer, iface, "", &r);
	CHECK(!r.mismatches && r.warnings == 2 &&
	      !strcmp(r.warning[1], "configuration: 00000000 here, ab000000 there (by versions "
		      "that differ)"), "%s", r.warning[1]);
	fit();
	peer.memory_mib = 3600;
	compare("", NULL, NULL);
	peer.memory_mib = 3599;
	compare("", NULL, "memory: 4000 MiB here, 3599 MiB there");
	peer.conntrack_max = 1000;
	compare("", NULL, "nf_conntrack_max: 65536 here, 1000 there");
}

static void interfaces(void)
{
	fit();
	peer.ifaces = 3;
	compare("", "interfaces: 2 here, 3 there", NULL);
	iface[1].kind = NFHA_HELLO_KIND_VLAN;
	compare("", "interface outside: Ethernet here, VLAN there", NULL);
	iface[1].kind = NFHA_HELLO_KIND_UNKNOWN;
	compare("", NULL, NULL);
	/* In turns: it has told of one of its two so far. */
	iface[1].known = false;
	compare("", NULL, NULL);
	iface[1].known = false;
	compat_compare(&c, &own, &peer, iface, "dmz", &r);
	CHECK(r.mismatches == 2 && !strcmp(r.mismatch[0], "interface outside: here, not there") &&
	      !strcmp(r.mismatch[1], "interface dmz: not here, there"), "%s", r.mismatch[0]);
}

/* An older version says nothing: nothing is known to differ. */
static void silent(void)
{
	fit();
	peer.major = 9;
	peer.known = false;
	compare("", NULL, NULL);
}

static void many(void)
{
	static struct conf_iface ifaces[NFHA_IFACES_MAX];
	static struct compat_iface other[NFHA_IFACES_MAX];

	fit();
	for (int i = 0; i < NFHA_IFACES_MAX; i++) {
		memset(ifaces[i].nameif, 'n', NFHA_NAMEIF_MAX - 1);
		ifaces[i].addrs = 1;
		other[i] = (struct compat_iface){ true, NFHA_HELLO_KIND_VLAN,
						  NFHA_HELLO_KIND_BRIDGE };
	}
	c.iface = ifaces;
	c.ifaces = NFHA_IFACES_MAX;
	compat_compare(&c, &own, &peer, other, "", &r);
	CHECK(r.mismatches == NFHA_IFACES_MAX, "%u", r.mismatches);
}

static void wire(void)
{
	uint8_t buf[128];
	struct compat again;
	size_t len;

	fit();
	own.digest[31] = 7;
	len = compat_put(&own, buf);
	CHECK(len == sizeof(struct nfha_hello_compat), "%zu", len);
	CHECK(compat_parse(buf + 4, len - 4, &again) && !memcmp(&again, &own, sizeof(own)));
	for (size_t i = 0; i < len - 4; i++) {
		uint8_t *exact = malloc(i + !i);

		memcpy(exact, buf + 4, i);
		CHECK(!compat_parse(exact, i, &again), "%zu bytes", i);
		free(exact);
	}
	memset(buf + len, 0xff, sizeof(buf) - len);
	CHECK(compat_parse(buf + 4, sizeof(buf) - 4, &again), "a later version's");
	buf[4] = 3;
	CHECK(!compat_parse(buf + 4, len - 4, &again), "from 3 to 2");
	own.known = false;
	CHECK(!compat_put(&own, buf));
}

static void machine(void)
{
	fit();
	compat_own(&c, &own);
	CHECK(own.known && own.ifaces == 2 && own.memory_mib && own.wire_min <= own.wire_max);
	CHECK(kind_in_hello("lo") == NFHA_HELLO_KIND_ETHERNET);
}

int main(void)
{
	ktap_begin();
	TEST(differences(), "each difference by itself");
	TEST(interfaces(), "set, number and types of the interfaces");
	TEST(silent(), "a unit that does not say what it is");
	TEST(many(), "250 differences");
	TEST(wire(), "into a hello and out of it");
	TEST(machine(), "this machine");
	return ktap_end();
}
