// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz.c - golden frames, changed at random, through the parsers and the ciphers
 *
 * Parameters fuzz_rounds and fuzz_seed of a module built with NFHA_DEBUG=1; runs as
 * selftest.c says. Every frame lies in a buffer of just its length, where KASAN sees a
 * read beyond it.
 */
#define pr_fmt(fmt) "nfha: fuzz: " fmt

#include <linux/prandom.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "golden_frames.h"
#include "key.h"
#include "nfha.h"
#include "params.h"
#include "record.h"
#include "selftest.h"

#define HDR		sizeof(struct nfha_frame_hdr)
#define NFHA_FUZZ_GROW	64	/* a frame gets longer by this, at most */

/**
 * struct nfha_fuzz - one run
 * @rnd: where everything at random comes from
 * @a: seals
 * @b: opens
 * @sealed: NFHA_FRAME_MAX bytes
 * @parsed: frames whose header was taken
 * @records: connections that were read
 * @neighs: neighbours that were read
 */
struct nfha_fuzz {
	struct rnd_state	rnd;
	struct nfha_keys	a;
	struct nfha_keys	b;
	u8			*sealed;
	unsigned int		parsed;
	unsigned int		records;
	unsigned int		neighs;
};

static u32 nfha_fuzz_below(struct nfha_fuzz *fuzz, u32 ceil)
{
	return ceil ? prandom_u32_state(&fuzz->rnd) % ceil : 0;
}

static void nfha_fuzz_change(struct nfha_fuzz *fuzz, u8 *data, size_t len)
{
	static const u8 edges[] = { 0, 1, 3, 4, 0x7f, 0x80, 0xfe, 0xff };
	u32 at = nfha_fuzz_below(fuzz, len), to = nfha_fuzz_below(fuzz, len);

	switch (nfha_fuzz_below(fuzz, 4)) {
	case 0:
		data[at] ^= BIT(nfha_fuzz_below(fuzz, 8));
		break;
	case 1:
		data[at] = edges[nfha_fuzz_below(fuzz, ARRAY_SIZE(edges))];
		break;
	case 2:
		data[at] = prandom_u32_state(&fuzz->rnd);
		break;
	default:
		memmove(data + to, data + at,
			nfha_fuzz_below(fuzz, min_t(size_t, len - max(at, to), 128)));
		break;
	}
}

/* A golden frame, cut or grown, changed in up to 8 places; exactly *@len bytes. */
static u8 *nfha_fuzz_frame(struct nfha_fuzz *fuzz, size_t *len)
{
	const struct golden_frame *g = &golden_frames[nfha_fuzz_below(fuzz, GOLDEN_FRAMES)];
	u32 changes = nfha_fuzz_below(fuzz, 9);
	struct nfha_frame_hdr *hdr;
	u8 *data;

	*len = g->len;
	if (!nfha_fuzz_below(fuzz, 4))
		*len = 1 + nfha_fuzz_below(fuzz, g->len + NFHA_FUZZ_GROW);
	data = kzalloc(*len, GFP_KERNEL);
	if (!data)
		return NULL;
	memcpy(data, g->bytes, min_t(size_t, *len, g->len));
	while (changes--)
		nfha_fuzz_change(fuzz, data, *len);
	/* Most would fail at the first look. */
	if (*len >= HDR && nfha_fuzz_below(fuzz, 8)) {
		hdr = (struct nfha_frame_hdr *)data;
		hdr->magic = cpu_to_be16(NFHA_WIRE_MAGIC);
		hdr->version = NFHA_WIRE_VERSION;
		hdr->len = cpu_to_be16(*len);
	}
	return data;
}

/* What was read can be written, and is read again as the same neighbour. */
static int nfha_fuzz_neigh(struct nfha_fuzz *fuzz, const struct nfha_rec_hdr *h,
			   struct nfha_cursor *body)
{
	u8 buf[NFHA_REC_NEIGH_MAX] __aligned(4);
	struct nfha_cursor again, c = { .p = buf };
	struct nfha_record_neigh rec, back;

	if (nfha_record_neigh_parse(h, body, &rec))
		return 0;
	fuzz->neighs++;
	NFHA_TEST(body->p <= body->end);
	c.end = buf + nfha_record_neigh(h->type, &rec, buf);
	NFHA_TEST(c.end <= buf + sizeof(buf));
	h = nfha_frame_next(&c, &again);
	NFHA_TEST(h && c.p == c.end);
	NFHA_TEST(!nfha_record_neigh_parse(h, &again, &back) && !memcmp(&rec, &back, sizeof(rec)));
	return 0;
}

/* What was read can be written, and is read again as the same connection. */
static int nfha_fuzz_record(struct nfha_fuzz *fuzz, const struct nfha_rec_hdr *h,
			    struct nfha_cursor *body)
{
	/* Too large for the stack; there is one run at a time, when the module is loaded. */
	static u8 buf[NFHA_REC_CT_MAX(AF_INET6)] __aligned(4);
	static struct nfha_ct ct, back;
	struct nfha_cursor again, c = { .p = buf };

	if (nfha_record_parse(h, body, &ct))
		return 0;
	fuzz->records++;
	NFHA_TEST(body->p <= body->end);
	if (h->type == NFHA_REC_CT_STATE)
		c.end = buf + nfha_record_state(&ct, buf);
	else
		c.end = buf + nfha_record_delete(&ct.key, buf);
	NFHA_TEST(c.end <= buf + sizeof(buf));
	h = nfha_frame_next(&c, &again);
	NFHA_TEST(h && c.p == c.end);
	NFHA_TEST(!nfha_record_parse(h, &again, &back));
	NFHA_TEST(!memcmp(&ct.key, &back.key, sizeof(ct.key)) && ct.has == back.has);
	NFHA_TEST(h->type == NFHA_REC_CT_DELETE ||
		  (ct.status == back.status && ct.mark == back.mark));
	return 0;
}

static int nfha_fuzz_records(struct nfha_fuzz *fuzz, const u8 *data,
			     const struct nfha_frame *frame)
{
	bool whole = nfha_frame_is_whole(data, frame);
	struct nfha_cursor body, c = { data + HDR, data + frame->len };
	const struct nfha_rec_hdr *h;

	while (c.p < c.end) {
		h = nfha_frame_next(&c, &body);
		NFHA_TEST(h || !whole);
		if (!h)
			return 0;
		NFHA_TEST(body.p <= body.end && body.end == c.p && c.p <= c.end);
		if ((h->type == NFHA_REC_CT_STATE || h->type == NFHA_REC_CT_DELETE) &&
		    nfha_fuzz_record(fuzz, h, &body))
			return -EINVAL;
		if ((h->type == NFHA_REC_NEIGH_STATE || h->type == NFHA_REC_NEIGH_DELETE) &&
		    nfha_fuzz_neigh(fuzz, h, &body))
			return -EINVAL;
	}
	NFHA_TEST(whole);
	return 0;
}

/* What is sealed comes out as it went in, once; changed in one bit it does not. */
static int nfha_fuzz_seal(struct nfha_fuzz *fuzz, const u8 *data, struct nfha_frame *frame)
{
	struct nfha_frame opened;
	u16 len = frame->len;
	u8 *copy;
	u32 at;

	memcpy(fuzz->sealed, data, len);
	NFHA_TEST(nfha_keys_seal(&fuzz->a, frame, fuzz->sealed) >= 0);
	copy = kmemdup(fuzz->sealed, frame->len, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	at = nfha_fuzz_below(fuzz, frame->len);
	copy[at] ^= BIT(nfha_fuzz_below(fuzz, 8));
	NFHA_TEST(nfha_frame_parse(copy, frame->len, &nfha_wire_range, &opened) ||
		  nfha_keys_open(&fuzz->b, &opened, copy));
	memcpy(copy, fuzz->sealed, frame->len);
	NFHA_TEST(!nfha_frame_parse(copy, frame->len, &nfha_wire_range, &opened));
	NFHA_TEST(!nfha_keys_open(&fuzz->b, &opened, copy));
	NFHA_TEST(opened.len == len && !memcmp(copy + HDR, data + HDR, len - HDR));
	memcpy(copy, fuzz->sealed, frame->len);
	NFHA_TEST(!nfha_frame_parse(copy, frame->len, &nfha_wire_range, &opened));
	NFHA_TEST(nfha_keys_open(&fuzz->b, &opened, copy) == -EALREADY);
	kfree(copy);
	return 0;
}

static int nfha_fuzz_round(struct nfha_fuzz *fuzz)
{
	struct nfha_frame frame;
	int err = 0;
	size_t len;
	u8 *data;

	data = nfha_fuzz_frame(fuzz, &len);
	if (!data)
		return -ENOMEM;
	if (!nfha_frame_parse(data, len, &nfha_wire_range, &frame)) {
		fuzz->parsed++;
		err = nfha_fuzz_records(fuzz, data, &frame) ?:
		      nfha_fuzz_seal(fuzz, data, &frame);
	}
	kfree(data);
	return err;
}

static int nfha_fuzz_keys(struct nfha_fuzz *fuzz)
{
	u8 one[NFHA_KEY_SECRET_LEN], other[NFHA_KEY_SECRET_LEN];
	u8 cipher = 1 + nfha_fuzz_below(fuzz, 2);
	struct nfha_key_conf a = { 1, cipher, one, other }, b = { 1, cipher, other, one };

	prandom_bytes_state(&fuzz->rnd, one, sizeof(one));
	prandom_bytes_state(&fuzz->rnd, other, sizeof(other));
	nfha_keys_forget(&fuzz->a);
	nfha_keys_forget(&fuzz->b);
	return nfha_keys_set(&fuzz->a, &a, NULL) ?: nfha_keys_set(&fuzz->b, &b, NULL) ?:
	       nfha_keys_use(&fuzz->a, 1, NULL);
}

/**
 * nfha_selftest_fuzz - frames changed at random
 * Context: may sleep. Return: 0, or a negative error after the first failure.
 */
int nfha_selftest_fuzz(void)
{
	struct nfha_fuzz *fuzz = kzalloc(sizeof(*fuzz), GFP_KERNEL);
	unsigned int round;
	int err = -ENOMEM;

	if (!fuzz)
		return err;
	nfha_keys_init(&fuzz->a, false);
	nfha_keys_init(&fuzz->b, false);
	prandom_seed_state(&fuzz->rnd, nfha_fuzz_seed);
	fuzz->sealed = kmalloc(NFHA_FRAME_MAX, GFP_KERNEL);
	if (!fuzz->sealed)
		goto exit;
	err = 0;
	for (round = 0; round < nfha_fuzz_rounds && !err; round++) {
		if (round % 1000 == 0)
			err = nfha_fuzz_keys(fuzz);
		err = err ?: nfha_fuzz_round(fuzz);
		cond_resched();
	}
	pr_info("seed %u: %u frames, %u with a header, %u connections, %u neighbours%s\n",
		nfha_fuzz_seed, round, fuzz->parsed, fuzz->records, fuzz->neighs,
		err ? ", failed" : "");
exit:
	nfha_keys_exit(&fuzz->a);
	nfha_keys_exit(&fuzz->b);
	kfree(fuzz->sealed);
	kfree(fuzz);
	return err;
}
