// SPDX-License-Identifier: GPL-2.0-or-later
/* show.c - show failover as text (13-35 to 13-39) */
#include <stdlib.h>

#include "agree.h"
#include "show.h"

static const char *unit_name(uint8_t unit)
{
	return unit == NFHA_UNIT_PRIMARY ? "Primary" : "Secondary";
}

const char *show_own_state(const struct show *s)
{
	const struct fsm *f = &s->engine.fsm;

	if (f->state == FSM_STANDBY && f->conf.stateful && f->ready)
		return "Standby Ready";
	return fsm_state_name(f->state);
}

const char *show_peer_state(const struct show *s)
{
	const struct peer *p = &s->engine.fsm.peer;

	if (p->view == PEER_NOT_DETECTED)
		return "Not Detected";
	if (p->view == PEER_FAILED)
		return "Failed";
	if (p->state == FSM_STANDBY && p->flags & NFHA_HELLO_F_SYNCED)
		return "Standby Ready";
	return fsm_state_name(p->state);
}

bool show_in_sync(const struct show *s)
{
	return module_in_sync(&s->module);
}

/* Hellos of a stranger are no news while those of the peer come. */
bool show_other_key(const struct show *s)
{
	const struct engine_status *e = &s->engine;

	return e->fsm.peer.view != PEER_ALIVE &&
	       (s->control.other_key ||
		(e->other_key_ns && s->now_ns - e->other_key_ns < e->fsm.conf.hold_ns + NS_PER_S));
}

static const struct { const char *name, *shown; } rekeys[] = {
	[REKEY_NONE] = { "none", "" },
	[REKEY_WAITS] = { "waiting for the peer",
			  "; another failover key waits for the peer" },
	[REKEY_PEER_WAITS] = { "peer is waiting", "; the peer waits with another failover key" },
	[REKEY_APART] = { "different", "; both wait with different failover keys" },
	[REKEY_CHANGING] = { "changing", "; the failover key is being changed" },
};

const char *show_rekey(const struct show *s)
{
	return rekeys[s->engine.rekey].name;
}

const char *show_encryption(const struct show *s, char text[SHOW_ENCRYPTION_MAX])
{
	const struct fsm *f = &s->engine.fsm;
	const char *what = "waiting for the peer";

	if (s->c->key == CONF_KEY_NONE)
		what = "none (failover key none)";
	else if (!conf_state_dev(s->c))
		what = "hellos HMAC-SHA256, no state link";
	if (show_other_key(s))
		snprintf(text, SHOW_ENCRYPTION_MAX, "%s%skey mismatch with the peer",
			 s->c->key == CONF_KEY_NONE ? what : "",
			 s->c->key == CONF_KEY_NONE ? ", " : "");
	else if (f->same_unit_ns && f->peer.view != PEER_ALIVE)
		snprintf(text, SHOW_ENCRYPTION_MAX, "refused: the other unit is %s, too",
			 unit_name(s->c->unit));
	else if (s->module.key_id && s->c->key != CONF_KEY_NONE)
		snprintf(text, SHOW_ENCRYPTION_MAX, "TLS 1.3 PSK, %s, key %u%s",
			 agree_cipher_name(s->module.key_cipher), s->module.key_id,
			 rekeys[s->engine.rekey].shown);
	else
		snprintf(text, SHOW_ENCRYPTION_MAX, "%s%s", what, rekeys[s->engine.rekey].shown);
	return text;
}

const char *show_iface_state(const struct show *s, unsigned int i, bool peer)
{
	const struct iftest *t = &s->engine.fsm.health.iface[conf_data_index(s->c, i)];
	enum iftest_state state = peer ? t->peer : t->state;

	if (peer && s->engine.fsm.peer.view != PEER_ALIVE)
		return iftest_state_name(IFTEST_UNKNOWN);
	if (state == IFTEST_NORMAL && !conf_monitored(&s->c->iface[i]))
		return "Normal (Not-Monitored)";
	return iftest_state_name(state);
}

const char *show_failure(const struct show *s, bool peer)
{
	const struct fsm *f = &s->engine.fsm;
	bool heard = f->peer.view == PEER_ALIVE;

	if (peer && f->peer.view == PEER_FAILED)
		return "Communication Failure";
	if (peer ? heard && f->peer.flags & NFHA_HELLO_F_FAILING : health_is_failing(&f->health))
		return "Interface Failure";
	if (peer ? heard && f->peer.state == FSM_FENCED : f->state == FSM_FENCED)
		return "Lease Lapsed";
	return "None";
}

/* -- text */

static const char *span(uint32_t ms, char text[32])
{
	if (ms % 1000)
		snprintf(text, 32, "%u milliseconds", ms);
	else
		snprintf(text, 32, "%u seconds", ms / 1000);
	return text;
}

static void print_times(FILE *f, const char *what, uint32_t poll_ms, uint32_t hold_ms)
{
	char poll[32], hold[32];

	fprintf(f, "%s Poll frequency %s, holdtime %s\n", what, span(poll_ms, poll),
		span(hold_ms, hold));
}

static void print_date(FILE *f, const char *what, time_t t)
{
	char text[64] = "none", month[8];
	struct tm tm;

	if (t && gmtime_r(&t, &tm)) {
		strftime(month, sizeof(month), "%b", &tm);
		snprintf(text, sizeof(text), "%02d:%02d:%02d UTC %s %d %d", tm.tm_hour, tm.tm_min,
			 tm.tm_sec, month, tm.tm_mday, tm.tm_year + 1900);
	}
	fprintf(f, "%s%s\n", what, text);
}

static const char *link_state(uint8_t status, bool failed)
{
	if (status != NFHA_IFACE_UP)
		return "down";
	return failed ? "failed" : "up";
}

static void print_top(FILE *f, const struct show *s)
{
	const struct conf *c = s->c;
	unsigned int monitored = 0;

	for (unsigned int i = 0; i < c->ifaces; i++)
		monitored += conf_is_data(&c->iface[i]) && conf_monitored(&c->iface[i]);
	fprintf(f, "Failover %s\n", s->on ? "On" : "Off");
	fprintf(f, "Cable status: N/A - LAN-based failover enabled\n");
	fprintf(f, "Failover unit %s\n", unit_name(c->unit));
	if (c->lan.name[0])
		fprintf(f, "Failover LAN Interface: %s %s (%s)\n", c->lan.name, c->lan.dev,
			link_state(s->lan_status, s->engine.fsm.lan_failed[0]));
	else
		fprintf(f, "Failover LAN Interface: not configured\n");
	print_times(f, "Unit", c->poll_ms, c->hold_ms);
	print_times(f, "Interface", c->if_poll_ms, c->if_hold_ms);
	fprintf(f, "Interface Policy %u%s\n", c->policy, c->policy_percent ? "%" : "");
	fprintf(f, "Monitored Interfaces %u of %u maximum\n", monitored, NFHA_IFACES_MAX);
	if (c->http)
		fprintf(f, "failover replication http\n");
	print_date(f, "Last Failover at: ", s->last_failover);
}

/* The address that a unit uses now: the first IPv4 one, the first global IPv6 one. */
static void print_addrs(FILE *f, const struct conf_iface *iface, bool active)
{
	const struct addr *v4 = NULL, *v6 = NULL;
	char text[ADDR_TEXT_MAX];

	for (unsigned int i = 0; i < iface->addrs; i++) {
		const struct addr *a = active ? &iface->addr[i].active : &iface->addr[i].standby;

		if (a->family == AF_INET)
			v4 = v4 ? v4 : a;
		else if (!v6 || (addr_is_link_local(v6) && !addr_is_link_local(a)))
			v6 = a;
	}
	if (v4)
		fputs(addr_text(v4, text), f);
	if (v4 && v6)
		fputc('/', f);
	if (v6)
		fputs(addr_text(v6, text), f);
}

static void print_ifaces(FILE *f, const struct show *s, bool peer, const char *indent)
{
	const struct fsm *fsm = &s->engine.fsm;
	bool active = peer ? fsm->peer.view == PEER_ALIVE && fsm->peer.state == FSM_ACTIVE :
			     fsm->state == FSM_ACTIVE;

	for (unsigned int i = 0; i < s->c->ifaces; i++) {
		if (!conf_is_data(&s->c->iface[i]))
			continue;
		fprintf(f, "%sInterface %s (", indent, s->c->iface[i].nameif);
		print_addrs(f, &s->c->iface[i], active);
		fprintf(f, "): %s\n", show_iface_state(s, i, peer));
	}
}

static void print_host(FILE *f, const struct show *s, bool peer)
{
	const struct fsm *fsm = &s->engine.fsm;
	const char *version = peer ? s->engine.peer_version : s->version;
	uint64_t active_s = peer ? fsm->peer.active_s : fsm_active_ns(fsm, s->now_ns) / NS_PER_S;

	fprintf(f, "    %s host: %s - %s\n", peer ? "Other" : "This",
		unit_name(peer ? !s->c->unit : s->c->unit),
		peer ? show_peer_state(s) : show_own_state(s));
	fprintf(f, "        Active time: %llu (sec)\n", (unsigned long long)active_s);
	if (version[0])
		fprintf(f, "        slot 0: nfha hw/sw rev (%s) status (%s)\n", version,
			!peer || fsm->peer.view == PEER_ALIVE ? "Up Sys" : "Unknown");
	else
		fprintf(f, "        slot 0: empty\n");
	print_ifaces(f, s, peer, "        ");
}

static void print_row(FILE *f, const char *name, const uint64_t n[4])
{
	fprintf(f, "    %-15s %-10llu %-10llu %-10llu %llu\n", name, (unsigned long long)n[0],
		(unsigned long long)n[1], (unsigned long long)n[2], (unsigned long long)n[3]);
}

static void print_stats(FILE *f, const struct show *s)
{
#define ROW(id, name) name,
	static const char *const names[] = { NFHA_KINDS(ROW) };
#undef ROW
	const char *dev = conf_state_dev(s->c);
	const uint64_t *q = s->module.queue;
	uint64_t general[4] = { 0 };

	fprintf(f, "\nStateful Failover Logical Update Statistics\n");
	if (!dev) {
		fprintf(f, "    Link : Unconfigured\n");
		return;
	}
	fprintf(f, "    Link : %s %s (%s)\n", s->c->state.name, dev,
		link_state(s->state_status, s->engine.fsm.peer.view == PEER_ALIVE &&
			   !s->module.peer_seen));
	for (unsigned int i = 0; i < NFHA_KIND_NUM; i++)
		for (int k = 0; k < 4; k++)
			general[k] += s->module.kind[i][k];
	fprintf(f, "    %-15s %-10s %-10s %-10s %s\n", "Stateful Obj", "xmit", "xerr", "rcv",
		"rerr");
	print_row(f, "General", general);
	for (unsigned int i = 0; i < NFHA_KIND_NUM; i++)
		print_row(f, names[i], s->module.kind[i]);
	fprintf(f, "\n    Logical Update Queue Information\n");
	fprintf(f, "                    %-10s %-10s %s\n", "Cur", "Max", "Total");
	fprintf(f, "    %-15s %-10llu %-10llu %llu\n", "Recv Q:",
		(unsigned long long)q[NFHA_QUEUE_A_RX_CUR],
		(unsigned long long)q[NFHA_QUEUE_A_RX_MAX], (unsigned long long)general[2]);
	fprintf(f, "    %-15s %-10llu %-10llu %llu\n", "Xmit Q:",
		(unsigned long long)q[NFHA_QUEUE_A_TX_CUR],
		(unsigned long long)q[NFHA_QUEUE_A_TX_MAX], (unsigned long long)general[0]);
}

static void print_digest(FILE *f, const struct module_state *m, time_t matched)
{
	char text[64] = "not compared";

	if (m->digest == NFHA_DIGEST_COMPARING)
		snprintf(text, sizeof(text), "comparing");
	else if (m->digest == NFHA_DIGEST_EQUAL)
		snprintf(text, sizeof(text), "equal");
	else if (m->digest == NFHA_DIGEST_DIFFERENT)
		snprintf(text, sizeof(text), "%u of %u ranges differ, being repaired",
			 m->digest_differ, m->digest_ranges);
	fprintf(f, "    Digest: %s, ", text);
	print_date(f, "last full match ", m->digest_ns ? matched : 0);
}

static void print_replication(FILE *f, const struct show *s)
{
	const struct module_state *m = &s->module;
	char text[SHOW_ENCRYPTION_MAX];

	fprintf(f, "\nReplication\n");
	fprintf(f, "    Encryption: %s\n", show_encryption(s, text));
	if (!conf_state_dev(s->c))
		return;
	fprintf(f, "    In sync: %s, lag %u ms, dirty %u, in flight %u\n",
		show_in_sync(s) ? "yes" : "no", (m->lag_us + 999) / 1000, m->dirty,
		m->in_flight);
	print_digest(f, m, s->now - (time_t)((s->now_ns - m->digest_ns) / NS_PER_S));
	if (m->bulk == NFHA_BULK_RUNNING && m->role == NFHA_ROLE_ACTIVE)
		fprintf(f, "    Bulk: %u%% of the connection table, %u objects\n", m->bulk_percent,
			m->bulk_objects);
	else if (m->bulk == NFHA_BULK_RUNNING)
		fprintf(f, "    Bulk: receiving, %u objects\n", m->objects);
}

static void print_lan(FILE *f, const char *what, const struct conf_link *link, uint8_t status,
		      bool failed, const struct rtt *rtt)
{
	static const char *const levels[] = {
		[RTT_FINE] = "", [RTT_SLOW] = ", above 10 ms", [RTT_ALARM] = ", above 250 ms",
	};

	fprintf(f, "    %s: %s %s (%s), round trip ", what, link->name, link->dev,
		link_state(status, failed));
	if (rtt->samples)
		fprintf(f, "%.1f ms%s\n", (double)rtt->smoothed_ns / NS_PER_MS,
			levels[rtt->level]);
	else
		fprintf(f, "not measured\n");
}

static void print_hellos(FILE *f, const struct show *s)
{
	const struct fsm *fsm = &s->engine.fsm;

	fprintf(f, "\nHellos\n");
	print_lan(f, "Failover link", &s->c->lan, s->lan_status, fsm->lan_failed[0], &fsm->rtt[0]);
	if (s->c->backup.name[0])
		print_lan(f, "Backup", &s->c->backup, s->backup_status, fsm->lan_failed[1],
			  &fsm->rtt[1]);
	if (s->now_ns < fsm->peer.pause_ns)
		fprintf(f, "    The other unit restarts its helper: waiting for %llu ms more\n",
			(unsigned long long)(fsm->peer.pause_ns - s->now_ns) / NS_PER_MS);
}

/* What differs between the units; nothing, when nothing does. */
static void print_compat(FILE *f, const struct show *s)
{
	const struct compat_result *r = &s->compat;

	if (r->mismatches + r->warnings)
		fprintf(f, "\nCompatibility\n");
	for (unsigned int i = 0; i < r->mismatches && i < COMPAT_LINES_MAX; i++)
		fprintf(f, "    Mismatch: %s\n", r->mismatch[i]);
	if (r->mismatches > COMPAT_LINES_MAX)
		fprintf(f, "    and %u more\n", r->mismatches - COMPAT_LINES_MAX);
	for (unsigned int i = 0; i < r->warnings; i++)
		fprintf(f, "    Warning: %s\n", r->warning[i]);
}

char *show_text(const struct show *s)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		abort();
	print_top(f, s);
	if (s->on) {
		print_host(f, s, false);
		print_host(f, s, true);
		print_stats(f, s);
		print_replication(f, s);
		print_hellos(f, s);
		print_compat(f, s);
	}
	fclose(f);
	return text;
}

static const char *host_state(const struct show *s, bool peer)
{
	return peer ? show_peer_state(s) : show_own_state(s);
}

/* 13-43 */
char *show_monitor_text(const struct show *s)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		abort();
	for (int peer = 0; s->on && peer < 2; peer++) {
		fprintf(f, "%s host: %s - %s\n", peer ? "Other" : "This",
			unit_name(peer ? !s->c->unit : s->c->unit), host_state(s, peer));
		print_ifaces(f, s, peer, "  ");
	}
	if (!s->on)
		fprintf(f, "Failover Off\n");
	fclose(f);
	return text;
}

char *show_state_text(const struct show *s)
{
	const struct fsm *fsm = &s->engine.fsm;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		abort();
	fprintf(f, "               State          Failure Reason\n");
	for (int peer = 0; s->on && peer < 2; peer++)
		fprintf(f, "%-10s -   %s\n               %-14s %s\n",
			peer ? "Other host" : "This host",
			unit_name(peer ? !s->c->unit : s->c->unit), host_state(s, peer),
			show_failure(s, peer));
	if (!s->on)
		fprintf(f, "               Failover Off\n");
	fprintf(f, "\n====Communication State====\n");
	fprintf(f, "    Failover link: %s\n", link_state(s->lan_status, fsm->lan_failed[0]));
	if (s->c->backup.name[0])
		fprintf(f, "    Backup of it: %s\n",
			link_state(s->backup_status, fsm->lan_failed[1]));
	if (fsm->damped)
		fprintf(f, "    Interface failover held back: %d takeovers in %u minutes\n",
			HEALTH_FLAPS, (unsigned int)(HEALTH_FLAP_NS / NS_PER_S / 60));
	if (fsm->isolated)
		fprintf(f, "    Isolated: no monitored interface works; no takeover\n");
	fclose(f);
	return text;
}
