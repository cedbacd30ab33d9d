// SPDX-License-Identifier: GPL-2.0-or-later
/* unit_show.c - show failover against golden files, one for each variant */
#include <stdlib.h>

#include <json-c/json.h>

#include "any_system.h"
#include "golden.h"
#include "history.h"
#include "ktap.h"
#include "show.h"

#define CONF								\
	"failover lan unit primary\n"					\
	"failover lan interface fover eth2\n"				\
	"failover interface ip fover 10.0.4.1/24 standby 10.0.4.11\n"	\
	"failover key none\n"						\
	"interface eth0\n nameif inside\n"				\
	" ip address 10.130.9.3/24 standby 10.130.9.4\n"		\
	"interface eth1\n nameif outside\n"				\
	" ip address 10.132.9.3/24 standby 10.132.9.4\n"
#define STATE								\
	"failover link state eth3\n"					\
	"failover interface ip state 10.0.5.1/24 standby 10.0.5.11\n"	\
	"failover replication http\n"

static struct conf c;
static struct show s;

/* The sample of the specification (13-35): an active primary, its standby in sync. */
static void sample(const char *conf)
{
	static const struct conf_system sys = { no_unfit, no_devices, NULL };
	static const uint64_t kind[][4] = {
		[NFHA_KIND_SYS] = { 1733, 0, 1733, 0 }, [NFHA_KIND_UPTIME] = { 1, 0, 0, 0 },
		[NFHA_KIND_TCP] = { 80, 0, 0, 0 }, [NFHA_KIND_UDP] = { 20, 0, 0, 0 },
		[NFHA_KIND_ARP] = { 90, 0, 0, 0 }, [NFHA_KIND_XLATE] = { 9, 0, 0, 0 },
		[NFHA_KIND_SIP] = { 2, 0, 0, 0 }, [NFHA_KIND_ICMP] = { 5, 0, 0, 0 },
		[NFHA_KIND_EXPECT] = { 4, 0, 0, 0 }, [NFHA_KIND_ND] = { 6, 0, 0, 0 },
	};
	struct fsm *f = &s.engine.fsm;

	conf_free(&c);
	conf_parse("sample", conf, strlen(conf), false, &sys, &c, stdout);
	memset(&s, 0, sizeof(s));
	s.c = &c;
	s.on = c.failover;
	s.now_ns = 20000 * NS_PER_S;
	s.last_failover = 1796769843;
	s.now = s.last_failover + 5;
	s.version = "x86_64 6.1.0-56-amd64/1.0.0";
	s.lan_status = s.state_status = NFHA_IFACE_UP;
	memcpy(s.module.kind, kind, sizeof(kind));
	s.module.queue[NFHA_QUEUE_A_RX_MAX] = s.module.queue[NFHA_QUEUE_A_TX_MAX] = 2;
	s.module.peer_seen = s.module.gate_open = true;
	s.module.bulk = NFHA_BULK_DONE;
	s.module.role = NFHA_ROLE_ACTIVE;
	s.module.digest = NFHA_DIGEST_EQUAL;
	s.module.digest_ranges = 64;
	s.module.digest_ns = s.now_ns - 3 * NS_PER_S;
	s.module.lag_us = 1900;
	s.module.deadline = s.now_ns + 13 * NS_PER_S;
	f->state = FSM_ACTIVE;
	f->since_ns = s.now_ns - 13434 * NS_PER_S;
	f->conf.stateful = conf_state_dev(&c);
	f->term = 3;
	f->peer = (struct peer){ .view = PEER_ALIVE, .state = FSM_STANDBY, .term = 3,
				 .flags = NFHA_HELLO_F_SYNCED,
				 .fresh_ns = s.now_ns - 200 * NS_PER_MS };
	f->rtt[0] = (struct rtt){ .samples = 9, .smoothed_ns = 412 * 1000 };
	strcpy(s.engine.peer_version, s.version);
	for (unsigned int i = 0; i < c.ifaces; i++) {
		f->health.iface[i].state = f->health.iface[i].peer = IFTEST_NORMAL;
	}
}

static void shown(const char *name, char *(*make)(const struct show *s))
{
	char *text = make(&s);

	golden(name, text);
	free(text);
}

static void variant(const char *name)
{
	shown(name, show_text);
}

/* A second failover link; the first one is lost. */
static void backup(void)
{
	sample(CONF STATE "failover lan backup more eth4\n"
	       "failover interface ip more 10.0.6.1/24 standby 10.0.6.11\nfailover\n");
	s.backup_status = NFHA_IFACE_UP;
	s.engine.fsm.lan_failed[0] = true;
	s.engine.fsm.rtt[1] = (struct rtt){ .samples = 9, .smoothed_ns = 12345678,
					    .level = RTT_SLOW };
	variant("show-backup.txt");
	/* And the other unit restarts its helper. */
	s.engine.fsm.peer.pause_ns = s.now_ns + 1234 * NS_PER_MS;
	variant("show-restart.txt");
	shown("state-backup.json", show_state_json);
	shown("state-backup.txt", show_state_text);
}

static void whole(void)
{
	sample(CONF STATE "failover\n");
	variant("show-active.txt");
}

/* Not in sync: what is missing, and what is done about it. */
static void digest(void)
{
	sample(CONF STATE "failover\n");
	s.module.digest = NFHA_DIGEST_DIFFERENT;
	s.module.digest_differ = 3;
	CHECK(!show_in_sync(&s));
	variant("show-different.txt");
	s.module.digest = NFHA_DIGEST_COMPARING;
	s.module.digest_ns = 0;
	s.module.bulk = NFHA_BULK_RUNNING;
	s.module.bulk_percent = 45;
	s.module.bulk_objects = 9012;
	CHECK(!show_in_sync(&s));
	variant("show-bulk.txt");
}

static void off(void)
{
	sample(CONF);
	s.last_failover = 0;
	variant("show-off.txt");
	sample("");
	s.last_failover = 0;
	variant("show-not-configured.txt");
}

static void times(void)
{
	sample(CONF "failover polltime msec 200 holdtime msec 800\n"
	       "failover polltime interface msec 500 holdtime 5\n"
	       "failover interface-policy 50%\nfailover\n");
	s.last_failover = 0;
	variant("show-stateless.txt");
}

static void standby(void)
{
	sample(CONF "failover link fover\nfailover\n");
	s.engine.fsm.state = FSM_STANDBY;
	s.engine.fsm.active_total_ns = 7 * NS_PER_S;
	s.engine.fsm.ready = true;
	s.engine.fsm.peer.state = FSM_ACTIVE;
	s.engine.fsm.peer.flags = 0;
	s.engine.fsm.peer.active_s = 900;
	s.engine.fsm.link_failed = s.engine.fsm.lan_failed[0] = true;
	variant("show-standby-ready-shared-link.txt");
	s.engine.fsm.ready = false;
	s.module.bulk = NFHA_BULK_RUNNING;
	s.module.role = NFHA_ROLE_STANDBY;
	s.module.digest = NFHA_DIGEST_NONE;
	s.module.objects = 431;
	s.module.dirty = 3;
	s.module.in_flight = 1200;
	CHECK(!strcmp(show_own_state(&s), "Standby"));
	variant("show-standby.txt");
}

/* The state link is a data interface, and does not reach the peer (13-4). */
static void state_on_data(void)
{
	sample(CONF "failover link inside\nfailover\n");
	s.module.peer_seen = false;
	variant("show-state-on-data.txt");
}

static void peer_failed(void)
{
	sample(CONF STATE "failover\n");
	s.engine.fsm.peer.view = PEER_FAILED;
	s.module.peer_seen = false;
	s.module.digest = NFHA_DIGEST_NONE;
	s.lan_status = NFHA_IFACE_NO_CARRIER;
	s.state_status = NFHA_IFACE_DOWN;
	variant("show-peer-failed.txt");
}

static void not_detected(void)
{
	sample(CONF STATE "failover\n");
	s.engine.fsm.state = FSM_NEGOTIATION;
	s.engine.fsm.peer = (struct peer){ 0 };
	s.engine.peer_version[0] = '\0';
	s.module.peer_seen = false;
	s.module.digest = NFHA_DIGEST_NONE;
	variant("show-not-detected.txt");
}

/* Table 13-2, "failover link failed at startup": carrier, and nothing was ever heard. */
static void alone(void)
{
	sample(CONF STATE "failover\n");
	s.engine.fsm.peer = (struct peer){ 0 };
	s.engine.fsm.rtt[0] = (struct rtt){ 0 };
	s.engine.fsm.link_failed = s.engine.fsm.lan_failed[0] = true;
	s.engine.peer_version[0] = '\0';
	s.module.peer_seen = false;
	s.module.digest = NFHA_DIGEST_NONE;
	variant("show-alone.txt");
	shown("state-alone.txt", show_state_text);
	shown("state-alone.json", show_state_json);
}

static void mismatch(void)
{
	static const struct compat_iface iface[2] = {
		{ true, NFHA_HELLO_KIND_VLAN, NFHA_HELLO_KIND_ETHERNET },
		{ false, 0, NFHA_HELLO_KIND_ETHERNET },
	};
	struct compat own = { .known = true, .wire_min = 1, .wire_max = 1, .major = 1, .ifaces = 2,
			      .memory_mib = 4096, .conntrack_max = 262144, .digest = { 1 } };
	struct compat peer = { .known = true, .wire_min = 2, .wire_max = 3, .major = 2,
			       .minor = 4, .mode = NFHA_HELLO_MODE_TRANSPARENT, .ifaces = 2,
			       .memory_mib = 2048, .conntrack_max = 65536, .digest = { 2 } };

	sample(CONF STATE "failover\n");
	s.engine.fsm.peer.flags = 0;
	compat_compare(&c, &own, &peer, iface, "dmz", &s.compat);
	variant("show-mismatch.txt");
	peer = own;
	peer.minor = 1;
	compat_compare(&c, &own, &peer, iface, "", &s.compat);
	CHECK(s.compat.warnings == 1, "minor versions may differ");
}

static void interfaces(void)
{
	sample("no monitor-interface outside\n" CONF
	       " ipv6 address fe80::1/64 standby fe80::2\n"
	       " ipv6 address 2001:db8::3/64 standby 2001:db8::4\nfailover\n");
	s.engine.fsm.health.iface[0].state = IFTEST_NO_LINK;
	s.engine.fsm.health.iface[0].peer = IFTEST_LINK_DOWN;
	s.engine.fsm.health.iface[1].peer = IFTEST_FAILED;
	variant("show-interfaces.txt");
}

static char *every_state(char *(*make)(const struct show *s))
{
	static const enum iftest_state states[] = {
		IFTEST_WAITING, IFTEST_PASSED, IFTEST_TESTING, IFTEST_UNKNOWN,
	};
	static char text[16384];
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		char *one;

		s.engine.fsm.health.iface[0].state = states[i];
		s.engine.fsm.health.iface[1].peer = states[ARRAY_SIZE(states) - 1 - i];
		one = make(&s);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s", one);
		free(one);
	}
	return text;
}

static void monitored(void)
{
	sample(CONF STATE "failover\n");
	golden("monitor.txt", every_state(show_monitor_text));
	sample(CONF STATE "failover\n");
	golden("monitor.json", every_state(show_monitor_json));
}

static void states(void)
{
	struct health *h = &s.engine.fsm.health;

	sample(CONF STATE "failover\n");
	s.engine.fsm.state = FSM_FAILED;
	h->conf.policy = h->failed = h->monitored = 1;
	s.engine.fsm.peer.view = PEER_FAILED;
	s.engine.fsm.damped = s.engine.fsm.isolated = true;
	shown("state-failed.txt", show_state_text);
	shown("state-failed.json", show_state_json);
	sample(CONF STATE "failover\n");
	shown("state.txt", show_state_text);
}

static void transitions(void)
{
	static struct history h;
	char *text;

	for (int i = 0; i < HISTORY_MAX + 2; i++)
		history_add(&h, &(struct history_entry){
			1796769843 + i, "Standby", "Active",
			i == 2 ? "the oldest that is kept" : "a reason" });
	text = history_text(&h);
	golden("history.txt", text);
	free(text);
	memset(&h, 0, sizeof(h));
	history_add(&h, &(struct history_entry){ 1796769843, "Active", "Failed", "a reason" });
	text = history_json(&h);
	golden("history.json", text);
	free(text);
}

static void encryption_is(const char *want)
{
	char text[SHOW_ENCRYPTION_MAX];

	CHECK(!strcmp(show_encryption(&s, text), want), "%s", text);
}

static void encryption(void)
{
	sample(CONF STATE "failover\n");
	c.key = CONF_KEY_HEX;
	encryption_is("waiting for the peer");
	s.module.key_id = 3;
	s.module.key_cipher = NFHA_CIPHER_AES_256_GCM;
	variant("show-encrypted.txt");
	/* While the peer's hellos come, those of others are none of its business. */
	s.engine.other_key_ns = s.now_ns;
	s.engine.fsm.conf.hold_ns = NS_PER_S;
	encryption_is("TLS 1.3 PSK, AES-256-GCM, key 3");
	s.engine.rekey = REKEY_WAITS;
	encryption_is("TLS 1.3 PSK, AES-256-GCM, key 3; another failover key waits for the peer");
	s.engine.rekey = REKEY_NONE;
	s.module.key_cipher = NFHA_CIPHER_CHACHA20_POLY1305;
	encryption_is("TLS 1.3 PSK, ChaCha20-Poly1305, key 3");
	s.engine.fsm.peer.view = PEER_FAILED;
	encryption_is("key mismatch with the peer");
	c.key = CONF_KEY_NONE;
	encryption_is("none (failover key none), key mismatch with the peer");
	c.key = CONF_KEY_HEX;
	s.now_ns += 2 * NS_PER_S;
	encryption_is("TLS 1.3 PSK, ChaCha20-Poly1305, key 3");
	s.engine.fsm.peer.view = PEER_NOT_DETECTED;
	s.engine.fsm.same_unit_ns = s.now_ns;
	encryption_is("refused: the other unit is Primary, too");
	sample(CONF "failover\n");
	c.key = CONF_KEY_HEX;
	encryption_is("hellos HMAC-SHA256, no state link");
}

/* Every name that is promised, and the states. */
static void json(void)
{
	static const char *const names[] = {
		"failover", "term", "gate_open", "lease", "this_host", "other_host",
		"interfaces", "lan", "link", "stats", "kinds", "queue", "hello", "replication",
		"encryption",
	};
	struct json_object *o, *host, *state;
	char *text;

	sample(CONF STATE "failover\n");
	text = show_json(&s);
	golden("show-active.json", text);
	o = json_tokener_parse(text);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		CHECK(json_object_object_get(o, names[i]), "%s", names[i]);
	host = json_object_object_get(o, "this_host");
	state = json_object_object_get(host, "state");
	CHECK(!strcmp(json_object_get_string(state), "Active"));
	CHECK((unsigned int)json_object_object_length(json_object_object_get(o, "stats")) ==
	      NFHA_STAT_NUM);
	json_object_put(o);
	free(text);
}

int main(void)
{
	ktap_begin();
	TEST(whole(), "the sample of the specification (13-35)");
	TEST(digest(), "tables that differ; bulk synchronisation");
	TEST(backup(), "second failover link");
	TEST(off(), "off; not configured");
	TEST(times(), "stateless, milliseconds, percentage");
	TEST(standby(), "standby; ready; shared link; failover link failed");
	TEST(state_on_data(), "a state link that shares a data interface");
	TEST(peer_failed(), "the other unit failed, links down");
	TEST(not_detected(), "Negotiation; Not Detected");
	TEST(alone(), "the failover link failed at startup (13-8)");
	TEST(interfaces(), "states and addresses of interfaces");
	TEST(mismatch(), "units that do not fit together (13-2)");
	TEST(monitored(), "show monitor-interface (13-43)");
	TEST(states(), "show failover state");
	TEST(transitions(), "show failover history");
	TEST(encryption(), "encryption");
	TEST(json(), "JSON");
	conf_free(&c);
	return ktap_end();
}
