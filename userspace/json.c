// SPDX-License-Identifier: GPL-2.0-or-later
/* json.c - show failover -j */
#include <stdlib.h>

#include <json-c/json.h>

#include "agree.h"
#include "show.h"

static void put_number(struct json_object *o, const char *name, uint64_t value)
{
	json_object_object_add(o, name, json_object_new_uint64(value));
}

static void put_text(struct json_object *o, const char *name, const char *value)
{
	json_object_object_add(o, name, json_object_new_string(value));
}

static void put_bool(struct json_object *o, const char *name, bool value)
{
	json_object_object_add(o, name, json_object_new_boolean(value));
}

static struct json_object *put_object(struct json_object *o, const char *name)
{
	struct json_object *child = json_object_new_object();

	json_object_object_add(o, name, child);
	return child;
}

static const char *unit_word(uint8_t unit)
{
	return unit == NFHA_UNIT_PRIMARY ? "primary" : "secondary";
}

static void put_hosts(struct json_object *o, const struct show *s)
{
	struct json_object *own = put_object(o, "this_host");
	struct json_object *other = put_object(o, "other_host");
	const struct fsm *f = &s->engine.fsm;

	put_text(own, "unit", unit_word(s->c->unit));
	put_text(own, "state", show_own_state(s));
	put_number(own, "active_time_s", fsm_active_ns(f, s->now_ns) / NS_PER_S);
	put_text(own, "failure", show_failure(s, false));
	put_text(own, "version", s->version);
	put_text(other, "unit", unit_word(!s->c->unit));
	put_text(other, "state", show_peer_state(s));
	put_number(other, "active_time_s", f->peer.active_s);
	put_text(other, "failure", show_failure(s, true));
	put_text(other, "version", s->engine.peer_version);
	put_number(other, "term", f->peer.term);
	put_bool(other, "same_unit_heard", f->same_unit_ns);
	if (s->now_ns < f->peer.pause_ns)
		put_number(other, "restart_wait_ms", (f->peer.pause_ns - s->now_ns) / NS_PER_MS);
	if (f->peer.fresh_ns)
		put_number(other, "last_hello_ms", (s->now_ns - f->peer.fresh_ns) / NS_PER_MS);
}

static void put_address(struct json_object *list, const struct addr *a, uint8_t prefix)
{
	char text[ADDR_TEXT_MAX], full[ADDR_TEXT_MAX + 8];

	snprintf(full, sizeof(full), "%s/%u", addr_text(a, text), prefix);
	json_object_array_add(list, json_object_new_string(full));
}

static void put_ifaces(struct json_object *o, const struct show *s)
{
	struct json_object *list = json_object_new_array();

	json_object_object_add(o, "interfaces", list);
	for (unsigned int i = 0; i < s->c->ifaces; i++) {
		const struct conf_iface *c = &s->c->iface[i];
		struct json_object *iface, *active, *standby;
		char mac[MAC_TEXT_MAX];

		if (!conf_is_data(c))
			continue;
		iface = json_object_new_object();
		active = json_object_new_array();
		standby = json_object_new_array();
		for (unsigned int k = 0; k < c->addrs; k++) {
			put_address(active, &c->addr[k].active, c->addr[k].prefix);
			put_address(standby, &c->addr[k].standby, c->addr[k].prefix);
		}
		put_text(iface, "name", c->nameif);
		put_text(iface, "device", c->dev);
		json_object_object_add(iface, "active", active);
		json_object_object_add(iface, "standby", standby);
		put_text(iface, "state", show_iface_state(s, i, false));
		put_text(iface, "peer_state", show_iface_state(s, i, true));
		put_bool(iface, "monitored", conf_monitored(c));
		put_text(iface, "mac_active", mac_text(s->iface[i].mac_active, mac));
		put_text(iface, "mac_standby", mac_text(s->iface[i].mac_standby, mac));
		json_object_array_add(list, iface);
	}
}

static void put_rtt(struct json_object *o, const struct rtt *rtt)
{
	static const char *const levels[] = {
		[RTT_FINE] = "fine", [RTT_SLOW] = "slow", [RTT_ALARM] = "alarm",
	};

	if (!rtt->samples)
		return;
	put_number(o, "round_trip_us", rtt->smoothed_ns / 1000);
	put_text(o, "round_trip", levels[rtt->level]);
}

static const char *status_word(uint8_t status)
{
	static const char *const words[] = {
		[NFHA_IFACE_MISSING] = "missing", [NFHA_IFACE_DOWN] = "down",
		[NFHA_IFACE_NO_CARRIER] = "no carrier", [NFHA_IFACE_UP] = "up",
	};

	return words[status % ARRAY_SIZE(words)];
}

/* @i: the failover link, or its backup. */
static void put_lan(struct json_object *o, const struct show *s, unsigned int i)
{
	const struct conf_link *lan = i ? &s->c->backup : &s->c->lan;

	put_text(o, "name", lan->name);
	put_text(o, "device", lan->dev);
	put_text(o, "status", status_word(i ? s->backup_status : s->lan_status));
	put_bool(o, "failed", s->engine.fsm.lan_failed[i]);
	put_rtt(o, &s->engine.fsm.rtt[i]);
}

static void put_links(struct json_object *o, const struct show *s)
{
	const char *state = conf_state_dev(s->c);
	struct json_object *link;

	put_lan(put_object(o, "lan"), s, 0);
	if (s->c->backup.name[0])
		put_lan(put_object(o, "lan_backup"), s, 1);
	link = put_object(o, "link");
	put_bool(link, "configured", state);
	if (!state)
		return;
	put_text(link, "name", s->c->state.name);
	put_text(link, "device", state);
	put_text(link, "status", status_word(s->state_status));
	put_bool(link, "peer_seen", s->module.peer_seen);
}

static void put_counters(struct json_object *o, const struct show *s)
{
#define NAME(id, name) name,
	static const char *const stats[] = { NFHA_STATS(NAME) };
	static const char *const kinds[] = { NFHA_KINDS(NAME) };
#undef NAME
	static const char *const columns[] = { "xmit", "xerr", "rcv", "rerr" };
	struct json_object *stat = put_object(o, "stats"), *kind = put_object(o, "kinds");
	struct json_object *queue = put_object(o, "queue");

	for (unsigned int i = 0; i < NFHA_STAT_NUM; i++)
		put_number(stat, stats[i], s->module.stat[i]);
	for (unsigned int i = 0; i < NFHA_KIND_NUM; i++) {
		struct json_object *row = put_object(kind, kinds[i]);

		for (unsigned int k = 0; k < ARRAY_SIZE(columns); k++)
			put_number(row, columns[k], s->module.kind[i][k]);
	}
	put_number(queue, "rcv", s->module.queue[NFHA_QUEUE_A_RX_CUR]);
	put_number(queue, "rcv_max", s->module.queue[NFHA_QUEUE_A_RX_MAX]);
	put_number(queue, "xmit", s->module.queue[NFHA_QUEUE_A_TX_CUR]);
	put_number(queue, "xmit_max", s->module.queue[NFHA_QUEUE_A_TX_MAX]);
}

static void put_hello(struct json_object *o, const struct show *s)
{
	const struct fsm_counters *n = &s->engine.fsm.count;
	struct json_object *hello = put_object(o, "hello");

	put_number(hello, "hello_sent", n->hellos_sent);
	put_number(hello, "hello_unsent", s->engine.unsent);
	put_number(hello, "hello_fresh", n->hellos_fresh);
	put_number(hello, "hello_late", n->hellos_late);
	put_number(hello, "hello_stale", n->hellos_stale);
	put_number(hello, "hello_replayed", n->hellos_replayed);
	put_number(hello, "hello_own", n->hellos_own);
	put_number(hello, "hello_same_unit", n->hellos_same_unit);
	for (int i = HELLO_OK + 1; i < HELLO_ERRORS; i++)
		put_number(hello, hello_error_name((enum hello_error)i), s->engine.errors[i]);
	put_number(hello, "peer_interfaces_unknown", s->engine.names_unknown);
	put_number(hello, "late_ticks", n->late_ticks);
	put_number(hello, "takeovers", n->takeovers);
	put_number(hello, "active_address_answered", n->occupied);
}

static void put_replication(struct json_object *o, const struct show *s)
{
	static const char *const bulk[] = {
		[NFHA_BULK_NONE] = "none", [NFHA_BULK_RUNNING] = "running",
		[NFHA_BULK_DONE] = "done",
	};
	static const char *const digest[] = {
		[NFHA_DIGEST_NONE] = "none", [NFHA_DIGEST_COMPARING] = "comparing",
		[NFHA_DIGEST_EQUAL] = "equal", [NFHA_DIGEST_DIFFERENT] = "different",
	};
	const struct module_state *m = &s->module;
	struct json_object *r = put_object(o, "replication");

	put_bool(r, "in_sync", show_in_sync(s));
	put_number(r, "lag_us", m->lag_us);
	put_number(r, "dirty", m->dirty);
	put_number(r, "in_flight", m->in_flight);
	put_number(r, "objects", m->objects);
	put_text(r, "bulk", m->bulk < ARRAY_SIZE(bulk) ? bulk[m->bulk] : "unknown");
	put_number(r, "bulk_percent", m->bulk_percent);
	put_number(r, "bulk_objects", m->bulk_objects);
	put_number(r, "generation", m->generation);
	put_text(r, "digest", m->digest < ARRAY_SIZE(digest) ? digest[m->digest] : "unknown");
	put_number(r, "digest_ranges", m->digest_ranges);
	put_number(r, "digest_differ", m->digest_differ);
	if (m->digest_ns)
		put_number(r, "digest_match_age_ms", (s->now_ns - m->digest_ns) / NS_PER_MS);
}

static void put_encryption(struct json_object *o, const struct show *s)
{
	bool clear = s->c->key == CONF_KEY_NONE;
	struct json_object *e = put_object(o, "encryption");
	char text[SHOW_ENCRYPTION_MAX];

	put_text(e, "text", show_encryption(s, text));
	put_bool(e, "clear_text", clear);
	put_bool(e, "key_mismatch", show_other_key(s));
	put_text(e, "key_change", show_rekey(s));
	if (clear || !conf_state_dev(s->c))
		return;
	put_number(e, "key_id", s->module.key_id);
	if (s->module.key_id)
		put_text(e, "cipher", agree_cipher_name(s->module.key_cipher));
	put_bool(e, "control_connected", s->control.connected);
	put_number(e, "control_keys", s->control.keys);
	put_number(e, "control_failures", s->control.failures);
	if (s->control.why)
		put_text(e, "control_failure", s->control.why);
}

static void put_lease(struct json_object *o, const struct show *s)
{
	struct json_object *lease = put_object(o, "lease");
	uint64_t end = s->module.deadline;

	put_number(lease, "deadline_ns", end);
	put_number(lease, "remaining_ms", end > s->now_ns ? (end - s->now_ns) / NS_PER_MS : 0);
	put_number(lease, "poll_ms", s->c->poll_ms);
	put_number(lease, "hold_ms", s->c->hold_ms);
}

static void put_lines(struct json_object *o, const char *name,
		      const char line[][COMPAT_LINE_MAX], unsigned int n)
{
	struct json_object *list = json_object_new_array();

	json_object_object_add(o, name, list);
	for (unsigned int i = 0; i < n && i < COMPAT_LINES_MAX; i++)
		json_object_array_add(list, json_object_new_string(line[i]));
}

static void put_compat(struct json_object *o, const struct show *s)
{
	struct json_object *compat = put_object(o, "compatibility");

	put_bool(compat, "compatible", !s->compat.mismatches);
	put_lines(compat, "mismatches", s->compat.mismatch, s->compat.mismatches);
	put_lines(compat, "warnings", s->compat.warning, s->compat.warnings);
}

static void put_health(struct json_object *o, const struct show *s)
{
	const struct fsm *f = &s->engine.fsm;
	struct json_object *health = put_object(o, "health");

	put_number(health, "monitored", f->health.monitored);
	put_number(health, "failed", f->health.failed);
	put_bool(health, "failing", health_is_failing(&f->health));
	put_bool(health, "peer_failing", f->peer.flags & NFHA_HELLO_F_FAILING);
	put_bool(health, "isolated", f->isolated);
	put_bool(health, "held_back", f->damped);
}

static char *finish(struct json_object *o)
{
	char *text = NULL;

	if (asprintf(&text, "%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY)) < 0)
		abort();
	json_object_put(o);
	return text;
}

char *show_state_json(const struct show *s)
{
	struct json_object *o = json_object_new_object();

	put_text(o, "failover", s->on ? "on" : "off");
	put_hosts(o, s);
	put_links(o, s);
	put_health(o, s);
	return finish(o);
}

char *show_monitor_json(const struct show *s)
{
	struct json_object *o = json_object_new_object();

	put_ifaces(o, s);
	put_health(o, s);
	return finish(o);
}

char *show_json(const struct show *s)
{
	struct json_object *o = json_object_new_object();

	put_text(o, "failover", s->on ? "on" : "off");
	if (s->last_failover)
		put_number(o, "last_failover", (uint64_t)s->last_failover);
	put_number(o, "term", s->engine.fsm.term);
	put_bool(o, "gate_open", s->module.gate_open);
	put_number(o, "gate_opened_ns", s->module.opened_ns);
	put_number(o, "released_ns", s->module.released_ns);
	put_lease(o, s);
	put_hosts(o, s);
	put_ifaces(o, s);
	put_health(o, s);
	put_links(o, s);
	put_counters(o, s);
	put_hello(o, s);
	put_replication(o, s);
	put_compat(o, s);
	put_encryption(o, s);
	return finish(o);
}
