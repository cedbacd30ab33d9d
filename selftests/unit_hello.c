// SPDX-License-Identifier: GPL-2.0-or-later
/* unit_hello.c - hellos: bytes to meaning and back, and bytes that are none */
#include <linux/nfha.h>

#include "hello.h"
#include "ktap.h"
#include "path.h"

/* Written out from the layout in nfha_wire.h: one interface, a version, an unknown part. */
static const uint8_t golden[] = {
	/* magic, version, key id; unit, state, length */
	0x6e, 0x66, 0x01, 0x00, 0x01, 0x01, 0x00, 0x8c,
	/* flags, term */
	0x00, 0x00, 0x00, 0x11, 0x00, 0x00, 0x00, 0x07,
	/* sender nonce, receiver nonce, counter */
	0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,
	0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x01,
	0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x02,
	/* poll 200 ms, hold 800 ms, active 13434 s */
	0x00, 0x00, 0x00, 0xc8, 0x00, 0x00, 0x03, 0x20, 0x00, 0x00, 0x34, 0x7a,
	/* version: "x/1.0" and padding */
	0x02, 0x00, 0x00, 0x09, 'x', '/', '1', '.', '0', 0x00, 0x00, 0x00,
	/* a part of a later version */
	0x63, 0x00, 0x00, 0x0a, 1, 2, 3, 4, 5, 6, 0x00, 0x00,
	/* interface "inside", up */
	0x01, 0x00, 0x00, 0x40, 0x02, 0x00, 0x00, 0xaa, 0xbb, 0xcc, 0x03, 0x00,
	'i', 'n', 's', 'i', 'd', 'e', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	/* being tested */
	0x04, 0, 0, 0,
};

static void golden_read(void)
{
	struct hello_tlvs t;
	struct fsm_hello h;
	enum hello_error err = hello_parse(NULL, golden, sizeof(golden), &h, &t);

	CHECK(err == HELLO_OK, "%s", hello_error_name(err));
	CHECK(h.unit == NFHA_UNIT_SECONDARY && h.state == NFHA_HELLO_STANDBY);
	CHECK(h.flags == (NFHA_HELLO_F_PROBE | NFHA_HELLO_F_SYNCED));
	CHECK(h.term == 7 && h.nonce == 0x1122334455667788 && h.peer_nonce == 0x99aabbccddeeff01);
	CHECK(h.counter == 0x100000002 && h.poll_ms == 200 && h.hold_ms == 800);
	CHECK(h.active_s == 13434);
	CHECK(!strcmp(t.version, "x/1.0") && t.unknown == 1 && t.ifaces == 1);
	CHECK(!strcmp(t.iface[0].nameif, "inside") && t.iface[0].status == 3);
	CHECK(t.iface[0].state == NFHA_HELLO_I_TESTING);
	CHECK(!memcmp(t.iface[0].mac, "\x02\x00\x00\xaa\xbb\xcc", MAC_LEN));
}

static void golden_written(void)
{
	uint8_t buf[NFHA_HELLO_MAX];
	struct hello_tlvs t;
	struct fsm_hello h;
	size_t len;

	hello_parse(NULL, golden, sizeof(golden), &h, &t);
	len = hello_build(NULL, &h, &t, buf);
	/* All but the unknown part, which stands at 64. */
	CHECK(len == sizeof(golden) - 12, "%zu", len);
	CHECK(!memcmp(buf + 8, golden + 8, 56));
	CHECK(!memcmp(buf + 64, golden + 76, sizeof(golden) - 76));
}

static void round_trip(void)
{
	struct hello_tlvs t = { .ifaces = HELLO_IFACES_ROOM }, u;
	struct fsm_hello h = { .unit = 1, .state = NFHA_HELLO_LEAVING, .flags = ~0U,
			       .term = ~0U, .nonce = ~0ULL, .peer_nonce = ~0ULL,
			       .counter = ~0ULL, .poll_ms = 5, .hold_ms = 15,
			       .active_s = ~0U, .stamp = ~0ULL - 1, .echo = ~0ULL - 2,
			       .held_us = ~0U - 3, .ask_ms = ~0U - 4,
			       .grant_ms = NFHA_PAUSE_MS_MAX }, g;
	uint8_t buf[NFHA_HELLO_MAX], again[NFHA_HELLO_MAX];
	size_t len;

	memset(t.version, 'v', sizeof(t.version) - 1);
	t.compat = (struct compat){ .known = true, .wire_max = 255, .mode = 1, .major = 0xffff,
				    .minor = 0xfffe, .ifaces = 250, .memory_mib = ~0U,
				    .conntrack_max = 7, .digest = { [0] = 1, [31] = 2 } };
	for (unsigned int i = 0; i < t.ifaces; i++) {
		memset(t.iface[i].nameif, 'a' + (int)i, NFHA_NAMEIF_MAX - 1);
		memset(t.iface[i].mac, (int)i, MAC_LEN);
		t.iface[i].status = i % 4;
		t.iface[i].kind = i % 5;
	}
	len = hello_build(NULL, &h, &t, buf);
	CHECK(len <= NFHA_HELLO_MAX, "%zu", len);
	CHECK(hello_parse(NULL, buf, len, &g, &u) == HELLO_OK);
	CHECK(hello_build(NULL, &g, &u, again) == len && !memcmp(buf, again, len));
	CHECK(g.nonce == h.nonce && g.counter == h.counter && g.active_s == h.active_s);
	CHECK(g.stamp == h.stamp && g.echo == h.echo && g.held_us == h.held_us);
	CHECK(g.ask_ms == h.ask_ms && g.grant_ms == h.grant_ms);
	CHECK(len + NFHA_HELLO_SEAL <= NFHA_HELLO_MAX, "no room for a seal");
	CHECK(len + NFHA_HELLO_SEAL + sizeof(struct nfha_hello_iface) > NFHA_HELLO_MAX,
	      "room for one more");
	CHECK(u.ifaces == t.ifaces, "%u of %u interfaces fit", u.ifaces, t.ifaces);
	CHECK(u.compat.known && u.compat.major == 0xffff && u.compat.minor == 0xfffe &&
	      u.compat.ifaces == 250 && u.compat.memory_mib == ~0U &&
	      !memcmp(u.compat.digest, t.compat.digest, RUNNING_DIGEST_LEN));
	CHECK(!memcmp(t.iface, u.iface, sizeof(t.iface)) && !strcmp(t.version, u.version));
}

/* A hello with one part and nothing else. */
static void hello_of(const uint8_t *part, uint8_t len, uint8_t *buf)
{
	memcpy(buf, golden, sizeof(struct nfha_hello_hdr));
	memcpy(buf + sizeof(struct nfha_hello_hdr), part, len);
	buf[7] = (uint8_t)(sizeof(struct nfha_hello_hdr) + len);
}

/* Written out from the layout; the last four bytes are of a later version. */
static void times(void)
{
	static const uint8_t part[] = {
		0x04, 0, 0, 0x1c, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4,
		0, 0, 0x03, 0xe8, 9, 9, 9, 9,
	};
	uint8_t buf[sizeof(struct nfha_hello_hdr) + sizeof(part)];
	struct hello_tlvs t;
	struct fsm_hello h;

	hello_of(part, sizeof(part), buf);
	CHECK(hello_parse(NULL, buf, sizeof(buf), &h, &t) == HELLO_OK && !t.unknown);
	CHECK(h.stamp == 0x100000002 && h.echo == 0x300000004 && h.held_us == 1000);
	hello_parse(NULL, golden, sizeof(golden), &h, &t);
	CHECK(!h.stamp && !h.echo, "a hello without");
}

static void pause(void)
{
	static const uint8_t part[] = { 0x06, 0, 0, 0x0c, 0, 0, 0x07, 0xd0, 0, 0, 0x03, 0xe8 };
	uint8_t buf[sizeof(struct nfha_hello_hdr) + sizeof(part)];
	struct hello_tlvs t;
	struct fsm_hello h;

	hello_of(part, sizeof(part), buf);
	CHECK(hello_parse(NULL, buf, sizeof(buf), &h, &t) == HELLO_OK && !t.unknown);
	CHECK(h.ask_ms == 2000 && h.grant_ms == 1000);
	/* One does not have to agree to much; to have been granted much is no good. */
	buf[sizeof(buf) - 8] = 0xff;
	CHECK(hello_parse(NULL, buf, sizeof(buf), &h, &t) == HELLO_OK);
	buf[sizeof(buf) - 4] = 0xff;
	CHECK(hello_parse(NULL, buf, sizeof(buf), &h, &t) == HELLO_TLV);
	hello_parse(NULL, golden, sizeof(golden), &h, &t);
	CHECK(!h.ask_ms && !h.grant_ms, "a hello without");
}

/* Each shorter copy has a page of its own size, so that reading past it is seen. */
static void truncated(void)
{
	struct hello_tlvs t;
	struct fsm_hello h;

	for (size_t len = 0; len < sizeof(golden); len++) {
		uint8_t copy[sizeof(golden)];
		uint8_t *exact = memcpy(copy + sizeof(copy) - len, golden, len);

		CHECK(hello_parse(NULL, exact, len, &h, &t) != HELLO_OK, "%zu bytes", len);
		/* The length in the header cut, too: no part ends there but these. */
		if (len < sizeof(struct nfha_hello_hdr))
			continue;
		exact[6] = (uint8_t)(len >> 8);
		exact[7] = (uint8_t)len;
		CHECK((hello_parse(NULL, exact, len, &h, &t) == HELLO_OK) ==
		      (len == 52 || len == 64 || len == 76), "%zu bytes", len);
	}
}

static void padded(void)
{
	uint8_t buf[sizeof(golden) + 100] = { 0 };
	struct hello_tlvs t;
	struct fsm_hello h;

	memcpy(buf, golden, sizeof(golden));
	memset(buf + sizeof(golden), 0xff, 100);
	CHECK(hello_parse(NULL, buf, sizeof(buf), &h, &t) == HELLO_OK, "Ethernet pads short frames");
}

static void flipped(void)
{
	unsigned int taken = 0;

	for (size_t bit = 0; bit < 8 * sizeof(golden); bit++) {
		uint8_t buf[sizeof(golden)];
		struct hello_tlvs t;
		struct fsm_hello h;

		memcpy(buf, golden, sizeof(buf));
		buf[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (hello_parse(NULL, buf, sizeof(buf), &h, &t))
			continue;
		taken++;
		/* What is taken is in range, always. */
		CHECK(h.unit <= 1 && h.state <= NFHA_HELLO_LEAVING && h.nonce);
		CHECK(h.hold_ms >= NFHA_HOLD_MS_MIN && h.hold_ms <= NFHA_HOLD_MS_MAX);
		CHECK(h.poll_ms && h.poll_ms <= h.hold_ms);
		for (unsigned int i = 0; i < t.ifaces; i++)
			CHECK(t.iface[i].status <= NFHA_IFACE_UP &&
			      strnlen(t.iface[i].nameif, NFHA_NAMEIF_MAX) < NFHA_NAMEIF_MAX);
	}
	CHECK(taken > 0);
}

static void refused(void)
{
	static const struct { size_t at; uint8_t value; enum hello_error error; } t[] = {
		{ 0, 0, HELLO_MAGIC }, { 2, 2, HELLO_VERSION }, { 3, 1, HELLO_KEY },
		{ 4, 2, HELLO_FIELD }, { 5, 7, HELLO_FIELD }, { 6, 0xff, HELLO_LENGTH },
		{ 7, 51, HELLO_LENGTH }, { 43, 0, HELLO_FIELD }, { 46, 0, HELLO_OK },
		{ 55, 3, HELLO_TLV }, { 55, 200, HELLO_TLV }, { 57, 0x07, HELLO_TLV },
		{ 79, 0x38, HELLO_TLV }, { 86, 4, HELLO_TLV }, { 88, 0, HELLO_TLV },
		{ 89, 0x1b, HELLO_TLV },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		uint8_t buf[sizeof(golden)];
		struct hello_tlvs tlvs;
		struct fsm_hello h;
		enum hello_error err;

		memcpy(buf, golden, sizeof(buf));
		buf[t[i].at] = t[i].value;
		err = hello_parse(NULL, buf, sizeof(buf), &h, &tlvs);
		/* Poll 200 with hold 32: out of range as well. */
		if (t[i].at == 46)
			CHECK(err == HELLO_FIELD);
		else
			CHECK(err == t[i].error, "byte %zu = %u: %s", t[i].at, t[i].value,
			      hello_error_name(err));
	}
}

/* Parts whose lengths lie: each of these alone behind a good header. */
static void lying_parts(void)
{
	static const struct { uint8_t part[72]; size_t len; } t[] = {
		{ { 0x63, 0, 0, 2 }, 4 }, { { 0x63, 0, 0, 0 }, 4 }, { { 0x02, 0, 0, 3 }, 4 },
		{ { 0x02, 0, 0, 4 }, 4 }, { { 0x02, 0, 0, 5, 'v' }, 5 },
		{ { 0x01, 0, 0, 60, [12] = 'i' }, 60 }, { { 0x01, 0, 0, 72, [12] = 'i' }, 72 },
		{ { 0x01, 0, 0, 56, [12] = 'i' }, 56 }, { { 0x04, 0, 0, 20, [11] = 1 }, 20 },
		{ { 0x06, 0, 0, 8 }, 8 },
		{ { 0x04, 0, 0, 24, [19] = 1 }, 24 }, { { 0x63, 0, 0xff, 0xff }, 8 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		uint8_t buf[200];
		size_t len = sizeof(struct nfha_hello_hdr);
		struct hello_tlvs tlvs;
		struct fsm_hello h;

		memcpy(buf, golden, len);
		memcpy(buf + len, t[i].part, t[i].len);
		len += t[i].len;
		buf[6] = 0;
		buf[7] = (uint8_t)len;
		CHECK(hello_parse(NULL, buf, len, &h, &tlvs) == HELLO_TLV, "part %zu", i);
	}
}

/* A name that fills its field has no end. */
static void endless_name(void)
{
	uint8_t buf[sizeof(golden)];
	struct hello_tlvs t;
	struct fsm_hello h;

	memcpy(buf, golden, sizeof(buf));
	memset(buf + 88, 'a', NFHA_NAMEIF_MAX);
	CHECK(hello_parse(NULL, buf, sizeof(buf), &h, &t) == HELLO_TLV);
	buf[88 + NFHA_NAMEIF_MAX - 1] = 0;
	CHECK(hello_parse(NULL, buf, sizeof(buf), &h, &t) == HELLO_OK);
	CHECK(strlen(t.iface[0].nameif) == NFHA_NAMEIF_MAX - 1);
}

static void too_many_parts(void)
{
	uint8_t buf[2048];
	struct hello_tlvs t;
	struct fsm_hello h;
	size_t len = sizeof(struct nfha_hello_hdr);

	memcpy(buf, golden, len);
	while (len + sizeof(struct nfha_hello_iface) <= sizeof(buf)) {
		memcpy(buf + len, golden + 76, sizeof(struct nfha_hello_iface));
		len += sizeof(struct nfha_hello_iface);
	}
	buf[6] = (uint8_t)(len >> 8);
	buf[7] = (uint8_t)len;
	CHECK(hello_parse(NULL, buf, len, &h, &t) == HELLO_LENGTH, "longer than any hello");
}

/* Never an active or standby address, always a unicast, locally administered one. */
static void source(void)
{
	static const uint8_t own[][MAC_LEN] = {
		{ 0x00, 1, 2, 3, 4, 5 }, { 0x02, 1, 2, 3, 4, 5 }, { 0x52, 0x54, 0, 1, 2, 3 },
		{ 0xfe, 1, 2, 3, 4, 5 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
		uint8_t src[MAC_LEN], taken[2][MAC_LEN];

		memcpy(taken[0], own[i], MAC_LEN);
		path_source(own[i], (const void *)taken, 1, src);
		CHECK(memcmp(src, own[i], MAC_LEN) && !(src[0] & 1) && src[0] & 2);
		memcpy(taken[1], src, MAC_LEN);
		path_source(own[i], (const void *)taken, 2, src);
		CHECK(memcmp(src, taken[0], MAC_LEN) && memcmp(src, taken[1], MAC_LEN) &&
		      !(src[0] & 1) && src[0] & 2);
	}
}

int main(void)
{
	ktap_begin();
	TEST(golden_read(), "golden bytes are read");
	TEST(golden_written(), "golden bytes are written");
	TEST(round_trip(), "round trip of the largest hello");
	TEST(times(), "times of the failover link");
	TEST(pause(), "restart of a helper");
	TEST(truncated(), "truncated at every length");
	TEST(padded(), "padding behind is ignored");
	TEST(flipped(), "every bit flipped");
	TEST(refused(), "each reason to refuse");
	TEST(lying_parts(), "parts whose lengths lie");
	TEST(endless_name(), "a name without an end");
	TEST(too_many_parts(), "more parts than a hello can have");
	TEST(source(), "source address of hellos on data interfaces");
	return ktap_end();
}
