// SPDX-License-Identifier: GPL-2.0
/* frame.c - frame header, acknowledgement window, replay window (nfha_wire.h) */
#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "frame.h"

const struct nfha_wire_range nfha_wire_range = { NFHA_WIRE_VERSION_MIN, NFHA_WIRE_VERSION };

/**
 * nfha_frame_parse - verify and read a frame header
 * @data: the frame
 * @len: bytes that arrived
 * @range: versions that are taken
 * @frame: filled on success
 *
 * Whether the sender is who wrote this is for nfha_keys_open() to say.
 * Context: any. Return: 0; -EINVAL: not a frame; -EPROTONOSUPPORT: another
 * version.
 */
int nfha_frame_parse(const void *data, size_t len, const struct nfha_wire_range *range,
		     struct nfha_frame *frame)
{
	const struct nfha_frame_hdr *hdr = data;

	if (len < sizeof(*hdr) || len > NFHA_FRAME_MAX ||
	    hdr->magic != cpu_to_be16(NFHA_WIRE_MAGIC))
		return -EINVAL;
	if (hdr->version < range->min || hdr->version > range->max)
		return -EPROTONOSUPPORT;
	if (be16_to_cpu(hdr->len) != len || !hdr->nonce)
		return -EINVAL;

	frame->version = hdr->version;
	frame->key_id = hdr->key_id;
	frame->key_order = 0;
	frame->unit = hdr->unit;
	frame->flags = hdr->flags;
	frame->len = len;
	frame->term = be32_to_cpu(hdr->term);
	frame->generation = be32_to_cpu(hdr->generation);
	frame->nonce = be64_to_cpu(hdr->nonce);
	frame->peer_nonce = be64_to_cpu(hdr->peer_nonce);
	frame->counter = be64_to_cpu(hdr->counter);
	frame->seq = be64_to_cpu(hdr->seq);
	frame->watermark = be64_to_cpu(hdr->watermark);
	frame->version_base = be64_to_cpu(hdr->version_base);
	/* A sender never declares settled what it is just sending. */
	if (frame->seq && frame->watermark >= frame->seq)
		return -EINVAL;
	return 0;
}

/**
 * nfha_frame_build - write a frame header
 * @frame: what to write
 * @hdr: filled
 *
 * Context: any.
 */
void nfha_frame_build(const struct nfha_frame *frame, struct nfha_frame_hdr *hdr)
{
	hdr->magic = cpu_to_be16(NFHA_WIRE_MAGIC);
	hdr->version = frame->version;
	hdr->key_id = frame->key_id;
	hdr->unit = frame->unit;
	hdr->flags = frame->flags;
	hdr->len = cpu_to_be16(frame->len);
	hdr->term = cpu_to_be32(frame->term);
	hdr->generation = cpu_to_be32(frame->generation);
	hdr->nonce = cpu_to_be64(frame->nonce);
	hdr->peer_nonce = cpu_to_be64(frame->peer_nonce);
	hdr->counter = cpu_to_be64(frame->counter);
	hdr->seq = cpu_to_be64(frame->seq);
	hdr->watermark = cpu_to_be64(frame->watermark);
	hdr->version_base = cpu_to_be64(frame->version_base);
}

/**
 * nfha_frame_next - the next record
 * @c: at a record or at the end; moves behind it
 * @body: set to what follows the record's header
 *
 * Context: any. Return: the record's header, or NULL: malformed. Do not call at
 * the end.
 */
const struct nfha_rec_hdr *nfha_frame_next(struct nfha_cursor *c, struct nfha_cursor *body)
{
	const struct nfha_rec_hdr *h = nfha_take(c, sizeof(*h));
	u16 len;

	if (!h)
		return NULL;
	len = be16_to_cpu(h->len);
	if (len < sizeof(*h) || len % 4)
		return NULL;
	body->p = nfha_take(c, len - sizeof(*h));
	if (!body->p)
		return NULL;
	body->end = body->p + len - sizeof(*h);
	return h;
}

/**
 * nfha_frame_is_whole - do the lengths of the records add up?
 * @data: the frame, opened
 * @frame: its header
 *
 * Context: any. Return: true when nfha_frame_next() finds every record to the end.
 */
bool nfha_frame_is_whole(const void *data, const struct nfha_frame *frame)
{
	struct nfha_cursor body, c = {
		.p = (const u8 *)data + sizeof(struct nfha_frame_hdr),
		.end = (const u8 *)data + frame->len,
	};

	while (c.p < c.end)
		if (!nfha_frame_next(&c, &body))
			return false;
	return true;
}

/**
 * nfha_replay_fresh - accept each frame counter once
 * @replay: what was seen; a counter that is accepted is noted
 * @counter: of a frame of this session
 *
 * Context: any. Return: true when the frame is not a repetition and not so old
 * that nobody can tell.
 */
bool nfha_replay_fresh(struct nfha_replay *replay, u64 counter)
{
	u64 n;

	if (counter > replay->top) {
		if (counter - replay->top >= NFHA_REPLAY_BITS) {
			bitmap_zero(replay->bits, NFHA_REPLAY_BITS);
		} else {
			for (n = replay->top + 1; n < counter; n++)
				__clear_bit(n % NFHA_REPLAY_BITS, replay->bits);
		}
		replay->top = counter;
		__set_bit(counter % NFHA_REPLAY_BITS, replay->bits);
		return true;
	}
	if (replay->top - counter >= NFHA_REPLAY_BITS)
		return false;
	return !__test_and_set_bit(counter % NFHA_REPLAY_BITS, replay->bits);
}

/* Move @win by @n settled numbers, and then over those that had arrived already. */
static void nfha_ackwin_shift(struct nfha_ackwin *win, u64 n)
{
	int word, i;

	if (n >= NFHA_ACK_BITS) {
		memset(win->bits, 0, sizeof(win->bits));
	} else {
		word = n / 64;
		for (i = 0; i < NFHA_ACK_WORDS; i++) {
			u64 lo = i + word < NFHA_ACK_WORDS ? win->bits[i + word] : 0;
			u64 hi = i + word + 1 < NFHA_ACK_WORDS ? win->bits[i + word + 1] : 0;

			win->bits[i] = n % 64 ? lo >> (n % 64) | hi << (64 - n % 64) : lo;
		}
	}
	win->cumulative += n;
}

static void nfha_ackwin_settle(struct nfha_ackwin *win)
{
	while (win->bits[0] & 1)
		nfha_ackwin_shift(win, ~win->bits[0] ? __ffs64(~win->bits[0]) : 64);
}

/**
 * nfha_ackwin_add - a frame arrived
 * @win: window
 * @seq: its sequence number
 *
 * Context: any. Return: 0: new; -EALREADY: settled or arrived before; -ERANGE:
 * too far ahead of what the sender may have in flight.
 */
int nfha_ackwin_add(struct nfha_ackwin *win, u64 seq)
{
	u64 bit;

	if (nfha_ackwin_has(win, seq))
		return -EALREADY;
	bit = seq - win->cumulative - 1;
	if (bit >= NFHA_ACK_BITS)
		return -ERANGE;
	win->bits[bit / 64] |= BIT_ULL(bit % 64);
	nfha_ackwin_settle(win);
	return 0;
}

/**
 * nfha_ackwin_advance - the sender settled everything up to a number
 * @win: window
 * @watermark: the number
 *
 * Context: any.
 */
void nfha_ackwin_advance(struct nfha_ackwin *win, u64 watermark)
{
	if (watermark > win->cumulative)
		nfha_ackwin_shift(win, watermark - win->cumulative);
	nfha_ackwin_settle(win);
}

/**
 * nfha_ackwin_has - a number is settled or arrived
 * @win: window
 * @seq: the number
 *
 * Context: any.
 */
bool nfha_ackwin_has(const struct nfha_ackwin *win, u64 seq)
{
	u64 bit;

	if (seq <= win->cumulative)
		return true;
	bit = seq - win->cumulative - 1;
	return bit < NFHA_ACK_BITS && win->bits[bit / 64] & BIT_ULL(bit % 64);
}

/**
 * nfha_ackwin_put - write an acknowledgement
 * @win: window
 * @rec: filled
 *
 * Context: any.
 */
void nfha_ackwin_put(const struct nfha_ackwin *win, struct nfha_rec_ack *rec)
{
	int i;

	rec->h.type = NFHA_REC_ACK;
	rec->h.flags = 0;
	rec->h.len = cpu_to_be16(sizeof(*rec));
	rec->cumulative = cpu_to_be64(win->cumulative);
	for (i = 0; i < NFHA_ACK_WORDS; i++)
		rec->bitmap[i] = cpu_to_be64(win->bits[i]);
}

/**
 * nfha_ackwin_get - read an acknowledgement
 * @rec: the record
 * @win: filled
 *
 * Context: any.
 */
void nfha_ackwin_get(const struct nfha_rec_ack *rec, struct nfha_ackwin *win)
{
	int i;

	win->cumulative = be64_to_cpu(rec->cumulative);
	for (i = 0; i < NFHA_ACK_WORDS; i++)
		win->bits[i] = be64_to_cpu(rec->bitmap[i]);
}
