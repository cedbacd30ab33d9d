// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The wire format as userspace sees it: the structures of nfha_wire.h, laid over
 * the golden bytes, must read the golden values.
 */
#include <endian.h>
#include <string.h>

#include <linux/nfha_wire.h>

#include "golden_frames.h"
#include "ktap.h"

static void check_header(const struct golden_frame *f)
{
	const struct nfha_frame_hdr *h = (const void *)f->bytes;

	CHECK(be16toh(h->magic) == NFHA_WIRE_MAGIC);
	CHECK(h->version == NFHA_WIRE_VERSION);
	CHECK(h->key_id == 0);
	CHECK(h->unit == f->unit);
	CHECK(h->flags == f->flags);
	CHECK(be16toh(h->len) == f->len);
	CHECK(be32toh(h->term) == f->term);
	CHECK(be32toh(h->generation) == f->generation);
	CHECK(be64toh(h->nonce) == f->nonce);
	CHECK(be64toh(h->peer_nonce) == f->peer_nonce);
	CHECK(be64toh(h->counter) == f->counter);
	CHECK(be64toh(h->seq) == f->seq);
	CHECK(be64toh(h->watermark) == f->watermark);
	CHECK(be64toh(h->version_base) == f->version_base);
}

static const unsigned char *check_tuple(const unsigned char *p, size_t alen,
					const struct golden_tuple *t)
{
	unsigned short sport = p[2 * alen] << 8 | p[2 * alen + 1];
	unsigned short dport = p[2 * alen + 2] << 8 | p[2 * alen + 3];

	CHECK(!memcmp(p, t->src, alen));
	CHECK(!memcmp(p + alen, t->dst, alen));
	CHECK(sport == t->sport, "%u", sport);
	CHECK(dport == t->dport, "%u", dport);
	return p + 2 * alen + 4;
}

static const unsigned char *check_tcp(const unsigned char *p,
				      const struct golden_record *r)
{
	const struct nfha_ct_tcp *t = (const void *)p;

	CHECK(t->a.type == NFHA_CT_A_TCP);
	CHECK(t->a.len == sizeof(*t));
	CHECK(t->state == r->state);
	CHECK(t->last_dir == r->last_dir);
	for (int i = 0; i < 2; i++) {
		CHECK(be32toh(t->dir[i].end) == r->dir[i].end);
		CHECK(be32toh(t->dir[i].maxend) == r->dir[i].maxend);
		CHECK(be32toh(t->dir[i].maxwin) == r->dir[i].maxwin);
		CHECK(be32toh(t->dir[i].maxack) == r->dir[i].maxack);
		CHECK(t->dir[i].scale == r->dir[i].scale);
		CHECK(t->dir[i].flags == r->dir[i].flags);
	}
	return p + sizeof(*t);
}

static void check_ct(const unsigned char *p, const struct golden_record *r)
{
	const struct nfha_rec_ct *c = (const void *)p;
	const unsigned char *end = p + r->len;
	size_t alen = r->family == 4 ? 4 : 16;

	CHECK(c->family == r->family);
	CHECK(c->proto == r->proto);
	CHECK(be16toh(c->zone) == r->zone);
	CHECK(c->zone_dir == r->zone_dir);
	CHECK(c->flags == (r->has_reply ? NFHA_CT_F_REPLY : 0));
	CHECK(be32toh(c->status) == r->status);
	CHECK(be32toh(c->timeout_ms) == r->timeout_ms);
	CHECK(be32toh(c->mark) == r->mark);
	p = check_tuple(p + sizeof(*c), alen, &r->orig);
	if (r->has_reply)
		p = check_tuple(p, alen, &r->reply);
	if (r->has_tcp)
		p = check_tcp(p, r);
	if (r->has_udp) {
		CHECK(p[0] == NFHA_CT_A_UDP && p[1] == sizeof(struct nfha_attr_hdr));
		p += 4;
	}
	CHECK(p == end, "%td bytes left", end - p);
}

static void check_ack(const unsigned char *p, const struct golden_record *r)
{
	const struct nfha_rec_ack *a = (const void *)p;

	CHECK(be64toh(a->cumulative) == r->cumulative);
	for (int i = 0; i < NFHA_ACK_WORDS; i++)
		CHECK(be64toh(a->bitmap[i]) == r->bitmap[i], "word %d", i);
}

static void check_records(const struct golden_frame *f)
{
	unsigned long long version = f->version_base;
	unsigned int off = sizeof(struct nfha_frame_hdr);

	for (unsigned int i = 0; i < f->records; i++) {
		const struct golden_record *r = &f->record[i];
		const struct nfha_rec_hdr *h = (const void *)(f->bytes + off);
		bool object = h->type >= NFHA_REC_OBJECT_MIN &&
			      h->type < NFHA_REC_OBJECT_MAX;

		CHECK(off == r->offset, "record %u at %u", i, off);
		CHECK(h->type == r->type);
		CHECK(be16toh(h->len) == r->len);
		CHECK(r->version == (object ? version++ : 0));
		if (h->type == NFHA_REC_ACK)
			check_ack(f->bytes + off, r);
		else if (h->type == NFHA_REC_CT_STATE || h->type == NFHA_REC_CT_DELETE)
			check_ct(f->bytes + off, r);
		off += be16toh(h->len);
	}
	CHECK(off == f->len, "%u of %u bytes", off, f->len);
}

int main(void)
{
	ktap_begin();
	for (size_t i = 0; i < GOLDEN_FRAMES; i++) {
		TEST(check_header(&golden_frames[i]), "header: %s", golden_frames[i].name);
		TEST(check_records(&golden_frames[i]), "records: %s", golden_frames[i].name);
	}
	return ktap_end();
}
