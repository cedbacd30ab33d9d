// SPDX-License-Identifier: GPL-2.0-or-later
/* health.c - health of the unit by its interfaces */
#include "health.h"

static void count(struct health *h)
{
	h->failed = h->dead = 0;
	for (unsigned int i = 0; i < h->conf.ifaces; i++) {
		if (!h->conf.monitored[i])
			continue;
		h->failed += iftest_is_failed(&h->iface[i]);
		h->dead += iftest_is_dead(&h->iface[i]);
	}
}

/* One that is not monitored has a link, and that is all. */
static void settle(struct health *h, unsigned int i)
{
	struct iftest *t = &h->iface[i];

	if (!h->conf.monitored[i] && t->link == NFHA_IFACE_UP)
		t->state = IFTEST_NORMAL;
}

void health_init(struct health *h, const struct health_conf *conf, uint64_t now)
{
	memset(h, 0, sizeof(*h));
	h->conf = *conf;
	h->due_ns = now;
	for (unsigned int i = 0; i < conf->ifaces; i++) {
		iftest_init(&h->iface[i], conf->link[i], now);
		settle(h, i);
		h->monitored += conf->monitored[i];
	}
	count(h);
}

void health_step(struct health *h, const uint64_t *rx, bool talks, uint64_t now,
		 struct health_probes *out)
{
	struct iftest_now world = {
		.ns = now, .hold_ns = h->conf.hold_ns, .talks = talks, .counted = rx,
	};

	out->n = 0;
	h->due_ns = UINT64_MAX;
	for (unsigned int i = 0; i < h->conf.ifaces; i++) {
		enum iftest_test test;
		uint64_t due;

		if (!h->conf.monitored[i])
			continue;
		if (out->n == HEALTH_PROBES_MAX) {
			h->due_ns = now;
			break;
		}
		world.rx = rx ? rx[i] : 0;
		test = iftest_step(&h->iface[i], &world);
		if (test != IFTEST_TESTS)
			out->probe[out->n++] = (struct health_probe){ i, test };
		due = iftest_due(&h->iface[i], world.hold_ns, talks);
		if (due < h->due_ns)
			h->due_ns = due;
	}
	count(h);
}

void health_link(struct health *h, unsigned int index, uint8_t link, uint64_t now)
{
	if (index >= h->conf.ifaces || link > NFHA_IFACE_UP || link == h->iface[index].link)
		return;
	iftest_link(&h->iface[index], link, now);
	settle(h, index);
	h->due_ns = now;
	count(h);
}

void health_hello(struct health *h, unsigned int index, uint64_t now)
{
	if (h->conf.monitored[index])
		iftest_hello(&h->iface[index], now);
}

void health_peer(struct health *h, const uint8_t *state, uint64_t now)
{
	for (unsigned int i = 0; i < h->conf.ifaces; i++) {
		struct iftest *t = &h->iface[i];
		enum iftest_state before = t->state;

		if (state[i] == IFTEST_UNTOLD)
			continue;
		if (h->conf.monitored[i]) {
			iftest_peer(t, state[i], now);
		} else {
			t->peer = state[i];
			t->peer_ns = now;
		}
		if (t->state != before)
			h->due_ns = now;
	}
	count(h);
}

void health_again(struct health *h, uint64_t now)
{
	for (unsigned int i = 0; i < h->conf.ifaces; i++) {
		iftest_again(&h->iface[i], now);
		settle(h, i);
	}
	h->due_ns = now;
	count(h);
}

bool health_counts(const struct health *h, uint64_t now)
{
	for (unsigned int i = 0; i < h->conf.ifaces; i++)
		if (h->conf.monitored[i] && iftest_counts(&h->iface[i], now, h->conf.hold_ns))
			return true;
	return false;
}

bool health_is_failing(const struct health *h)
{
	if (h->conf.percent)
		return h->failed && h->failed * 100 >= h->conf.policy * h->monitored;
	return h->failed >= h->conf.policy && h->failed;
}

void health_moved(struct health *h, uint64_t now)
{
	h->moved_ns[h->moves] = now;
	h->moves = (h->moves + 1) % HEALTH_FLAPS;
}

bool health_is_damped(const struct health *h, uint64_t now)
{
	uint64_t oldest = h->moved_ns[h->moves];

	return oldest && now - oldest < HEALTH_FLAP_NS;
}
