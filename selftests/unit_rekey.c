// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * unit_rekey.c - another failover key while both units run (13-34)
 *
 * Two units that say hello to each other, with real seals; a hello that can be opened is
 * fresh. Time is counted in rounds of hellos.
 */
#include "ktap.h"
#include "rekey.h"

#define KEYS	4
#define HOLD	4	/* rounds */

static struct key *keys[KEYS];

/**
 * struct unit - one end
 * @unit: NFHA_UNIT_*
 * @r: its keys
 * @heard: round of the last hello that was opened
 * @event: of it
 * @said: hellos in the last round
 */
struct unit {
	uint8_t		unit;
	struct rekey	r;
	uint64_t	heard;
	enum rekey_event event;
	unsigned int	said;
};

static struct unit u[2];
static uint64_t now;

static void begin(int a, int b)
{
	now = 100;
	for (int i = 0; i < 2; i++) {
		u[i] = (struct unit){ .unit = (uint8_t)i, .heard = now };
		u[i].r.now = seal_new(keys[i ? b : a], (uint8_t)i);
	}
}

static void end(void)
{
	rekey_free(&u[0].r);
	rekey_free(&u[1].r);
}

static enum rekey_answer offer(int unit, int key)
{
	return rekey_offer(&u[unit].r, seal_new(keys[key], (uint8_t)unit));
}

static void hear(struct unit *to, const uint8_t *buf, size_t len)
{
	struct hello_tlvs t;
	struct fsm_hello h;
	bool by_next;

	if (rekey_parse(&to->r, buf, len, now, &h, &t, &by_next))
		return;
	to->heard = now;
	to->event = rekey_fresh(&to->r, &t, by_next, now);
}

static void say(int from)
{
	struct fsm_hello h = { .unit = (uint8_t)from, .nonce = 1, .poll_ms = 200, .hold_ms = 800 };
	struct unit *own = &u[from];
	struct hello_tlvs t = { 0 };
	uint8_t buf[NFHA_HELLO_MAX];
	struct seal *seal[2];

	own->said = rekey_seals(&own->r, now - own->heard < HOLD, now, HOLD, seal);
	rekey_tell(&own->r, &t);
	for (unsigned int i = 0; i < own->said; i++)
		hear(&u[!from], buf, hello_build(seal[i], &h, &t, buf));
}

/* Both say hello so often; a unit that was heard in each round. */
static void rounds(int n)
{
	while (n--) {
		now++;
		for (int i = 0; i < 2; i++) {
			say(i);
			CHECK(u[!i].heard == now, "round %d: %d not heard", (int)now, i);
		}
	}
}

static void view(int unit, enum rekey_view want)
{
	CHECK(rekey_view(&u[unit].r) == want, "unit %d: %d", unit, rekey_view(&u[unit].r));
}

static void has_only(int unit, int key)
{
	struct seal *s = seal_new(keys[key], 0);

	CHECK(!u[unit].r.next && !memcmp(seal_mark(u[unit].r.now), seal_mark(s),
					 NFHA_KEY_MARK_LEN), "unit %d", unit);
	CHECK(u[unit].said == 1);
	view(unit, REKEY_NONE);
	seal_free(s);
}

static void one_after_the_other(void)
{
	for (int first = 0; first < 2; first++) {
		begin(0, 0);
		rounds(2);
		CHECK(offer(first, 1) == REKEY_TAKEN);
		view(first, REKEY_WAITS);
		rounds(1);
		CHECK(u[!first].event == REKEY_PEER_HAS);
		rounds(50);
		CHECK(u[0].event == REKEY_NOTHING && u[1].event == REKEY_NOTHING, "said once");
		view(first, REKEY_WAITS);
		view(!first, REKEY_PEER_WAITS);
		CHECK(u[0].said == 1 && u[1].said == 1, "no hello more than before");
		CHECK(offer(!first, 1) == REKEY_TAKEN);
		view(!first, REKEY_CHANGING);
		rounds(3);
		has_only(0, 1);
		has_only(1, 1);
		end();
	}
}

static void at_once(void)
{
	begin(0, 0);
	CHECK(offer(0, 1) == REKEY_TAKEN && offer(1, 1) == REKEY_TAKEN);
	rounds(3);
	has_only(0, 1);
	has_only(1, 1);
	/* And again, back to the first one. */
	CHECK(offer(1, 0) == REKEY_TAKEN && offer(0, 0) == REKEY_TAKEN);
	rounds(3);
	has_only(0, 0);
	has_only(1, 0);
	end();
}

static void other_thoughts(void)
{
	begin(0, 0);
	CHECK(offer(0, 0) == REKEY_SAME);
	CHECK(offer(0, 1) == REKEY_TAKEN && offer(0, 1) == REKEY_SAME);
	rounds(2);
	CHECK(offer(0, 0) == REKEY_BACK);
	rounds(2);
	has_only(0, 0);
	view(1, REKEY_NONE);
	CHECK(offer(0, 1) == REKEY_TAKEN && offer(1, 2) == REKEY_TAKEN);
	rounds(3);
	view(0, REKEY_APART);
	view(1, REKEY_APART);
	CHECK(offer(1, 1) == REKEY_TAKEN);
	rounds(3);
	has_only(0, 1);
	has_only(1, 1);
	end();
}

/* The moment between both knowing it and both being done. */
static void half_way(void)
{
	begin(0, 0);
	offer(0, 1);
	rounds(1);
	offer(1, 1);
	now++;
	say(0);
	CHECK(u[1].event == REKEY_BOTH_HAVE);
	CHECK(offer(1, 0) == REKEY_BUSY && offer(1, 2) == REKEY_BUSY);
	say(1);
	CHECK(u[0].event == REKEY_DONE, "a hello under the new key ends it");
	/* It may have another one at once. */
	CHECK(offer(0, 2) == REKEY_TAKEN);
	rounds(2);
	view(0, REKEY_WAITS);
	view(1, REKEY_PEER_WAITS);
	offer(0, 1);
	rounds(1);
	has_only(0, 1);
	has_only(1, 1);
	end();
}

/* One unit was dead while the other was given the key, and comes back with it. */
static void comes_back(void)
{
	begin(0, 0);
	offer(0, 1);
	rounds(1);
	now += HOLD;
	say(0);
	CHECK(u[0].said == 2, "nobody knows what the other one has");
	CHECK(u[1].heard == now, "with the key before");
	seal_free(u[1].r.now);
	u[1].r = (struct rekey){ .now = seal_new(keys[1], 1) };
	rounds(3);
	has_only(0, 1);
	has_only(1, 1);
	/* Or it comes back with the one before, after both had the new one. */
	offer(0, 2);
	offer(1, 2);
	now++;
	say(0);
	say(1);
	seal_free(u[1].r.now);
	seal_free(u[1].r.next);
	u[1].r = (struct rekey){ .now = seal_new(keys[2], 1) };
	rounds(3);
	has_only(0, 2);
	end();
}

static void old_is_refused(void)
{
	struct fsm_hello h = { .unit = 1, .nonce = 1, .poll_ms = 200, .hold_ms = 800 }, g;
	struct seal *before = seal_new(keys[0], 1), *foreign = seal_new(keys[3], 1);
	struct hello_tlvs t = { 0 };
	uint8_t buf[NFHA_HELLO_MAX];
	bool by_next;
	size_t len = hello_build(before, &h, &t, buf);

	begin(0, 0);
	offer(0, 1);
	CHECK(rekey_parse(&u[0].r, buf, len, now, &g, &t, &by_next) == HELLO_OK && !by_next);
	offer(1, 1);
	rounds(3);
	CHECK(rekey_parse(&u[0].r, buf, len, now, &g, &t, &by_next) == HELLO_SEAL);
	offer(0, 2);
	len = hello_build(foreign, &h, &t, buf);
	CHECK(rekey_parse(&u[0].r, buf, len, now, &g, &t, &by_next) == HELLO_SEAL);
	CHECK(!u[0].r.next_heard_ns, "a stranger changes nothing");
	seal_free(before);
	seal_free(foreign);
	end();
}

/* Either direction loses any of the first hellos: it ends the same way. */
static void lossy(void)
{
	for (unsigned int lost = 0; lost < 1U << 12; lost++) {
		unsigned int bit = 0;

		begin(0, 0);
		offer(lost & 1, 1);
		for (int round = 0; round < 6; round++) {
			now++;
			if (round == 2)
				offer(!(lost & 1), 1);
			for (int i = 0; i < 2; i++, bit++)
				if (!(lost >> bit & 1))
					say(i);
		}
		for (int round = 0; round < 4; round++) {
			now++;
			say(0);
			say(1);
		}
		has_only(0, 1);
		has_only(1, 1);
		end();
	}
}

int main(void)
{
	static const char *const text[KEYS] = {
		"00112233445566778899aabbccddeeff", "10112233445566778899aabbccddeeff",
		"20112233445566778899aabbccddeeff", "30112233445566778899aabbccddeeff",
	};

	for (int i = 0; i < KEYS; i++)
		keys[i] = key_make(text[i], true);
	ktap_begin();
	TEST(one_after_the_other(), "one unit, much later the other: no hello is refused");
	TEST(at_once(), "both at once, and back");
	TEST(other_thoughts(), "the key before again; yet another one");
	TEST(half_way(), "half-way it cannot be taken back");
	TEST(comes_back(), "a unit that comes back with either key is understood");
	TEST(old_is_refused(), "afterwards the key before is refused");
	TEST(lossy(), "whatever is lost meanwhile");
	for (int i = 0; i < KEYS; i++)
		key_free(keys[i]);
	return ktap_end();
}
