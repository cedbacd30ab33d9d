// SPDX-License-Identifier: GPL-2.0
/*
 * selftest_key.c - sealed frames: golden vectors, tampering, rotation, the end of a key
 *
 * Two sets of keys are the two units. Runs as selftest.c says.
 */
#define pr_fmt(fmt) "nfha: selftest: " fmt

#include <linux/printk.h>
#include <linux/slab.h>

#include "golden_frames.h"
#include "golden_keys.h"
#include "key.h"
#include "params.h"
#include "selftest.h"

#define HDR	sizeof(struct nfha_frame_hdr)

/**
 * struct nfha_test_pair - two units
 * @a: one
 * @b: the other one
 * @buf: the frame between them, NFHA_FRAME_MAX bytes
 */
struct nfha_test_pair {
	struct nfha_keys	a;
	struct nfha_keys	b;
	u8			*buf;
};

static void nfha_test_secret(u8 *secret, u8 first)
{
	unsigned int i;

	for (i = 0; i < NFHA_KEY_SECRET_LEN; i++)
		secret[i] = first + i;
}

/* A key for a unit: the other unit's has the secrets the other way round. */
static int nfha_test_install(struct nfha_keys *keys, u8 id, u8 cipher, u8 tx, u8 rx)
{
	u8 secret[2][NFHA_KEY_SECRET_LEN];
	struct nfha_key_conf conf = {
		.id = id, .cipher = cipher, .tx = secret[0], .rx = secret[1],
	};

	nfha_test_secret(secret[0], tx);
	nfha_test_secret(secret[1], rx);
	return nfha_keys_set(keys, &conf, NULL);
}

/* The same key for both units; @secret differs by more than 1 from any other. */
static int nfha_test_both(struct nfha_test_pair *pair, u8 id, u8 cipher, u8 secret)
{
	return nfha_test_install(&pair->a, id, cipher, secret, secret + 1) ?:
	       nfha_test_install(&pair->b, id, cipher, secret + 1, secret);
}

/* Seal the golden frame as one that @keys sends. Returns as nfha_keys_seal(). */
static int nfha_test_seal(struct nfha_keys *keys, u8 *buf, struct nfha_frame *frame)
{
	const struct golden_frame *g = &golden_frames[0];

	if (nfha_frame_parse(g->bytes, g->len, &nfha_wire_range, frame))
		return -EINVAL;
	memcpy(buf, g->bytes, g->len);
	return nfha_keys_seal(keys, frame, buf);
}

/* What the peer does with @len bytes. */
static int nfha_test_open(struct nfha_keys *keys, u8 *buf, size_t len)
{
	const struct golden_frame *g = &golden_frames[0];
	struct nfha_frame frame;
	int err;

	err = nfha_frame_parse(buf, len, &nfha_wire_range, &frame) ?: nfha_keys_open(keys, &frame, buf);
	if (err)
		return err;
	NFHA_TEST(frame.key_order && frame.len == g->len);
	NFHA_TEST(!memcmp(buf + HDR, g->bytes + HDR, g->len - HDR));
	return 0;
}

static int nfha_test_vector(struct nfha_test_pair *pair, const struct golden_sealed *g)
{
	const struct golden_frame *clear = &golden_frames[0];
	struct nfha_frame frame;
	unsigned int i;

	NFHA_TEST(!nfha_test_install(&pair->a, g->key_id, g->cipher, g->secret, 0x55));
	NFHA_TEST(!nfha_test_install(&pair->b, g->key_id, g->cipher, 0x55, g->secret));
	/* With the counter of the vector, which no frame of this module may have. */
	NFHA_TEST(!nfha_frame_parse(clear->bytes, clear->len, &nfha_wire_range, &frame));
	memcpy(pair->buf, clear->bytes, clear->len);
	NFHA_TEST(!nfha_key_seal(pair->a.held[0], &frame, pair->buf));
	NFHA_TEST(frame.len == g->len && !memcmp(pair->buf, g->bytes, g->len));
	/* Every byte changed in turn, every length cut: and nothing is marked as seen. */
	for (i = 0; i < g->len; i++) {
		memcpy(pair->buf, g->bytes, g->len);
		pair->buf[i] ^= 1 << i % 8;
		NFHA_TEST(nfha_test_open(&pair->b, pair->buf, g->len) < 0);
		memcpy(pair->buf, g->bytes, i);
		NFHA_TEST(nfha_test_open(&pair->b, pair->buf, i) < 0);
	}
	NFHA_TEST(!pair->b.held[0]->replay.top);
	memcpy(pair->buf, g->bytes, g->len);
	NFHA_TEST(!nfha_test_open(&pair->b, pair->buf, g->len));
	memcpy(pair->buf, g->bytes, g->len);
	NFHA_TEST(nfha_test_open(&pair->b, pair->buf, g->len) == -EALREADY);
	/* Sent back to who sealed it. */
	memcpy(pair->buf, g->bytes, g->len);
	NFHA_TEST(nfha_test_open(&pair->a, pair->buf, g->len) == -EBADMSG);
	nfha_keys_forget(&pair->a);
	nfha_keys_forget(&pair->b);
	return 0;
}

static int nfha_test_clear(struct nfha_test_pair *pair)
{
	const struct golden_frame *g = &golden_frames[0];
	struct nfha_frame frame;

	NFHA_TEST(nfha_test_seal(&pair->a, pair->buf, &frame) == -ENOKEY);
	memcpy(pair->buf, g->bytes, g->len);
	NFHA_TEST(nfha_test_open(&pair->a, pair->buf, g->len) == -EPROTO);
	NFHA_TEST(!nfha_test_both(pair, 1, NFHA_CIPHER_AES_256_GCM, 10));
	/* Installed is not in use. */
	NFHA_TEST(nfha_test_seal(&pair->a, pair->buf, &frame) == -ENOKEY);
	NFHA_TEST(nfha_keys_use(&pair->a, 2, NULL) == -ENOKEY);
	NFHA_TEST(!nfha_keys_use(&pair->a, 1, NULL));
	NFHA_TEST(!nfha_test_seal(&pair->a, pair->buf, &frame));
	pair->b.clear = true;
	NFHA_TEST(nfha_test_open(&pair->b, pair->buf, frame.len) == -EKEYREJECTED);
	NFHA_TEST(nfha_test_install(&pair->b, 2, NFHA_CIPHER_AES_256_GCM, 20, 21) == -EINVAL);
	pair->b.clear = false;
	NFHA_TEST(!nfha_test_open(&pair->b, pair->buf, frame.len));
	return 0;
}

/* The first key is there, and unit a sends with it. */
static int nfha_test_rotate(struct nfha_test_pair *pair)
{
	struct nfha_keys_state state;
	struct nfha_frame frame;
	unsigned int id;
	u8 *late;

	late = kmalloc(NFHA_FRAME_MAX, GFP_KERNEL);
	if (!late)
		return -ENOMEM;
	for (id = 2; id < 10; id++) {
		/* A frame under the key before is on its way while the next one is taken. */
		NFHA_TEST(!nfha_test_seal(&pair->a, late, &frame));
		NFHA_TEST(!nfha_test_both(pair, id, 1 + id % 2, 10 * id));
		NFHA_TEST(!nfha_keys_use(&pair->a, id, NULL));
		NFHA_TEST(!nfha_keys_use(&pair->b, id, NULL));
		NFHA_TEST(!nfha_test_open(&pair->b, late, frame.len));
		NFHA_TEST(!nfha_test_seal(&pair->a, pair->buf, &frame) && frame.key_id == id);
		NFHA_TEST(!nfha_test_open(&pair->b, pair->buf, frame.len));
		NFHA_TEST(!nfha_test_seal(&pair->b, pair->buf, &frame));
		NFHA_TEST(!nfha_test_open(&pair->a, pair->buf, frame.len));
	}
	nfha_keys_get_state(&pair->a, &state);
	NFHA_TEST(state.id == 9 && state.cipher == 2 && state.newest == 9);
	/* 8 is held, 7 is not: what was sealed with it is of no use any more. */
	NFHA_TEST(nfha_keys_use(&pair->a, 7, NULL) == -ENOKEY);
	NFHA_TEST(!nfha_keys_use(&pair->a, 8, NULL));
	nfha_keys_get_state(&pair->a, &state);
	NFHA_TEST(state.id == 8 && state.newest == 9);
	kfree(late);
	return 0;
}

/* Keys 8 and 9 are held, with the secrets 80, 81, 90, 91. */
static int nfha_test_twice(struct nfha_test_pair *pair)
{
	NFHA_TEST(nfha_test_install(&pair->a, 9, 1, 1, 2) == -EEXIST);
	NFHA_TEST(nfha_test_install(&pair->a, 10, 1, 80, 2) == -EEXIST);
	NFHA_TEST(nfha_test_install(&pair->a, 10, 1, 1, 91) == -EEXIST);
	NFHA_TEST(nfha_test_install(&pair->a, 10, 1, 91, 2) == -EEXIST);
	NFHA_TEST(nfha_test_install(&pair->a, 10, 1, 1, 80) == -EEXIST);
	NFHA_TEST(nfha_test_install(&pair->a, 10, 1, 1, 1) == -EEXIST);
	/* The oldest that is not in use makes room: 9, then 10. */
	NFHA_TEST(!nfha_test_install(&pair->a, 10, 1, 1, 2));
	NFHA_TEST(!nfha_test_install(&pair->a, 11, 1, 3, 4));
	NFHA_TEST(nfha_test_install(&pair->a, 8, 1, 5, 6) == -EEXIST);
	NFHA_TEST(!nfha_test_install(&pair->a, 9, 1, 5, 6));
	NFHA_TEST(nfha_keys_use(&pair->a, 10, NULL) == -ENOKEY);
	return 0;
}

/* A key seals so many frames and no more, and installed again it goes on counting. */
static int nfha_test_end(struct nfha_test_pair *pair)
{
	unsigned int limit = nfha_key_frames, i;
	struct nfha_frame frame;
	u64 last = 0;
	int err = 0;

	nfha_keys_forget(&pair->a);
	nfha_key_frames = 20;
	NFHA_TEST(!nfha_test_install(&pair->a, 1, 1, 1, 2));
	NFHA_TEST(!nfha_keys_use(&pair->a, 1, NULL));
	for (i = 1; i <= 20; i++) {
		err = nfha_test_seal(&pair->a, pair->buf, &frame);
		NFHA_TEST(err == (i == 10) && frame.counter > last);
		last = frame.counter;
	}
	NFHA_TEST(nfha_test_seal(&pair->a, pair->buf, &frame) == -EKEYEXPIRED);
	NFHA_TEST(nfha_test_seal(&pair->a, pair->buf, &frame) == -EKEYEXPIRED);
	nfha_keys_forget(&pair->a);
	NFHA_TEST(!nfha_test_install(&pair->a, 1, 1, 1, 2));
	NFHA_TEST(!nfha_keys_use(&pair->a, 1, NULL));
	NFHA_TEST(!nfha_test_seal(&pair->a, pair->buf, &frame) && frame.counter > last);
	nfha_key_frames = limit;
	return 0;
}

/**
 * nfha_selftest_keys - sealed frames
 * Context: may sleep. Return: 0, or a negative error after the first failure.
 */
int nfha_selftest_keys(void)
{
	struct nfha_test_pair *pair = kzalloc(sizeof(*pair), GFP_KERNEL);
	unsigned int i;
	int err = -ENOMEM;

	if (!pair)
		return err;
	nfha_keys_init(&pair->a, false);
	nfha_keys_init(&pair->b, false);
	pair->buf = kmalloc(NFHA_FRAME_MAX, GFP_KERNEL);
	if (!pair->buf)
		goto exit;
	for (i = 0; i < GOLDEN_SEALED; i++) {
		err = nfha_test_vector(pair, &golden_sealed[i]);
		if (err) {
			pr_err("golden frame under %s\n", golden_sealed[i].name);
			goto exit;
		}
	}
	err = nfha_test_clear(pair) ?: nfha_test_rotate(pair) ?: nfha_test_twice(pair) ?:
	      nfha_test_end(pair);
exit:
	nfha_keys_exit(&pair->a);
	nfha_keys_exit(&pair->b);
	kfree(pair->buf);
	kfree(pair);
	return err;
}
