/* SPDX-License-Identifier: GPL-2.0 */
/* frame.h - frame header, acknowledgement window, replay window (nfha_wire.h) */
#ifndef _NFHA_FRAME_H
#define _NFHA_FRAME_H

#include <linux/bits.h>
#include <linux/types.h>
#include <linux/nfha_wire.h>

/**
 * struct nfha_frame - a frame header in host byte order
 * Fields as in struct nfha_frame_hdr, and:
 * @key_order: nfha_link_key.order of the key that opened it; 0: clear text
 */
struct nfha_frame {
	u8	version;
	u8	key_id;
	u8	unit;
	u8	flags;
	u16	len;
	u32	term;
	u32	generation;
	u64	nonce;
	u64	peer_nonce;
	u64	counter;
	u64	seq;
	u64	watermark;
	u64	version_base;
	u32	key_order;
};

/**
 * struct nfha_cursor - bounded reader of untrusted bytes
 * @p: next byte
 * @end: first byte that may not be read
 */
struct nfha_cursor {
	const u8 *p;
	const u8 *end;
};

/* Context: any. Return: @len bytes, or NULL when fewer are left. */
static inline const void *nfha_take(struct nfha_cursor *c, size_t len)
{
	const u8 *p = c->p;

	if (len > (size_t)(c->end - p))
		return NULL;
	c->p = p + len;
	return p;
}

#define NFHA_REPLAY_BITS	2048

/**
 * struct nfha_replay - which frame counters were seen
 * @top: highest one
 * @bits: the last NFHA_REPLAY_BITS, a ring indexed by counter
 */
struct nfha_replay {
	u64		top;
	unsigned long	bits[NFHA_REPLAY_BITS / BITS_PER_LONG];
};

#define NFHA_ACK_BITS		(NFHA_ACK_WORDS * 64)

/**
 * struct nfha_ackwin - which sequence numbers arrived
 * @cumulative: all up to here are settled
 * @bits: bit i: cumulative + 1 + i arrived
 */
struct nfha_ackwin {
	u64	cumulative;
	u64	bits[NFHA_ACK_WORDS];
};

/**
 * struct nfha_wire_range - versions of the wire format that a unit takes
 * @min: lowest
 * @max: highest
 */
struct nfha_wire_range {
	u8	min;
	u8	max;
};

extern const struct nfha_wire_range nfha_wire_range;

int nfha_frame_parse(const void *data, size_t len, const struct nfha_wire_range *range,
		     struct nfha_frame *frame);
void nfha_frame_build(const struct nfha_frame *frame, struct nfha_frame_hdr *hdr);
bool nfha_frame_is_whole(const void *data, const struct nfha_frame *frame);
const struct nfha_rec_hdr *nfha_frame_next(struct nfha_cursor *c, struct nfha_cursor *body);

bool nfha_replay_fresh(struct nfha_replay *replay, u64 counter);

int nfha_ackwin_add(struct nfha_ackwin *win, u64 seq);
void nfha_ackwin_advance(struct nfha_ackwin *win, u64 watermark);
bool nfha_ackwin_has(const struct nfha_ackwin *win, u64 seq);
void nfha_ackwin_put(const struct nfha_ackwin *win, struct nfha_rec_ack *rec);
void nfha_ackwin_get(const struct nfha_rec_ack *rec, struct nfha_ackwin *win);

#endif /* _NFHA_FRAME_H */
