// SPDX-License-Identifier: GPL-2.0-or-later
/* hear.c - the peer's hellos: into the election, and what they say besides */
#include <string.h>

#include "engine_own.h"
#include "messages.h"

#define DRAIN_MAX		256	/* hellos of one path before others get their turn */
#define OTHER_KEY_LOG_NS	(60 * NS_PER_S)

/* It may have come back with another configuration. */
static void forget(struct engine *e)
{
	if (e->learnt == e->status.fsm.peer.nonce)
		return;
	e->learnt = e->status.fsm.peer.nonce;
	e->status.stranger[0] = '\0';
	e->status.peer_compat.known = false;
	for (unsigned int i = 0; i < e->c->ifaces; i++)
		e->status.peer_iface[i].known = false;
}

static void learn(struct engine *e, const struct hello_tlvs *t)
{
	const struct conf *c = e->c;
	bool news = false;

	forget(e);
	if (t->version[0])
		memcpy(e->status.peer_version, t->version, sizeof(e->status.peer_version));
	if (t->compat.known)
		e->status.peer_compat = t->compat;
	for (unsigned int i = 0; i < t->ifaces; i++) {
		struct engine_peer_iface *p;
		unsigned int k = 0;

		while (k < c->ifaces && strcmp(c->iface[k].nameif, t->iface[i].nameif))
			k++;
		if (k == c->ifaces) {
			e->status.names_unknown++;
			memcpy(e->status.stranger, t->iface[i].nameif, NFHA_NAMEIF_MAX);
			continue;
		}
		p = &e->status.peer_iface[k];
		news |= !p->known || memcmp(p->mac, t->iface[i].mac, MAC_LEN);
		p->known = true;
		p->status = t->iface[i].status;
		p->kind = t->iface[i].kind;
		memcpy(p->mac, t->iface[i].mac, MAC_LEN);
	}
	if (news)
		engine_tell(e, &(struct engine_news){ .type = ENGINE_LEARNED });
}

/* By data interface, in the order of the configuration. */
static void peer_ifaces(const struct engine *e, const struct hello_tlvs *t,
			uint8_t state[NFHA_IFACES_MAX])
{
	memset(state, IFTEST_UNTOLD, e->owns);
	for (unsigned int i = 0; i < t->ifaces; i++)
		for (unsigned int k = 0; k < e->owns; k++)
			if (!strcmp(e->own[k].nameif, t->iface[i].nameif))
				state[k] = t->iface[i].state;
}

/* As good as no hello; but whoever looks for the peer's is told. */
static void on_other_key(struct engine *e, unsigned int path)
{
	uint64_t now = boottime_ns();

	/* Said by the peer before it heard that the key was changed, perhaps. */
	if (e->keys.done_ns && now - e->keys.done_ns < e->status.fsm.conf.hold_ns)
		return;
	e->status.other_key_ns = now;
	if (e->other_key_told_ns && now - e->other_key_told_ns < OTHER_KEY_LOG_NS)
		return;
	e->other_key_told_ns = now;
	log_message(OTHER_KEY, e->path[path].dev);
}

static void learn_keys(struct engine *e, const struct hello_tlvs *t, bool by_next)
{
	struct engine_news news = {
		.type = ENGINE_REKEY,
		.rekey = rekey_fresh(&e->keys, t, by_next, boottime_ns()),
	};

	e->status.rekey = rekey_view(&e->keys);
	e->status.rekeys += news.rekey == REKEY_DONE;
	if (news.rekey)
		engine_tell(e, &news);
}

static void on_hello(struct engine *e, unsigned int path, const uint8_t *bytes, size_t len)
{
	uint64_t fresh = e->status.fsm.count.hellos_fresh;
	struct hello_tlvs t;
	struct fsm_hello h;
	bool by_next;
	enum hello_error err = rekey_parse(&e->keys, bytes, len, boottime_ns(), &h, &t, &by_next);
	uint8_t state[NFHA_IFACES_MAX];
	struct fsm_event ev = { .type = FSM_EV_HELLO, .path = path, .hello = &h,
				.peer_ifaces = state };

	e->status.errors[err]++;
	if (err == HELLO_KEY || err == HELLO_SEAL)
		on_other_key(e, path);
	if (err)
		return;
	peer_ifaces(e, &t, state);
	log_debug(DEBUG_HELLO, "hello by %s: %s, term %u, counter %llu", e->path[path].dev,
		  fsm_state_name(h.state), h.term, (unsigned long long)h.counter);
	engine_step(e, &ev);
	/* Of what is not fresh, nothing is believed. */
	if (e->status.fsm.count.hellos_fresh == fresh)
		return;
	learn(e, &t);
	learn_keys(e, &t, by_next);
}

void hear_path(struct engine *e, unsigned int path)
{
	const uint8_t *hello;
	size_t len;

	for (int i = 0; i < DRAIN_MAX; i++) {
		len = path_recv(&e->path[path], e->buf, sizeof(e->buf), &hello);
		if (!len)
			break;
		on_hello(e, path, hello, len);
	}
	e->status.errors[HELLO_SOURCE] += e->path[path].strangers;
	e->path[path].strangers = 0;
}
