// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The wire format as userspace sees it: the structures of nfha_wire.h, laid over
 * the golden bytes, must read the golden values.
 */
#include <endian.h>
#include <string.h>

#include <linux/nfha_wire.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

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

static const unsigned char *check_tcp_ends(const unsigned char *p,
					   const struct golden_record *r)
{
	const struct nfha_ct_tcp_ends *t = (const void *)p;

	CHECK(t->a.type == NFHA_CT_A_TCP_ENDS);
	CHECK(t->a.len == sizeof(*t));
	CHECK(t->state == r->state);
	CHECK(t->last_dir == r->last_dir);
	for (int i = 0; i < 2; i++) {
		CHECK(be32toh(t->end[i]) == r->dir[i].end);
		CHECK(t->scale[i] == r->dir[i].scale);
		CHECK(t->flags[i] == r->dir[i].flags);
	}
	return p + sizeof(*t);
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

/* One attribute; returns its end. */
static const unsigned char *check_attr(const unsigned char *p, unsigned char type, size_t len)
{
	CHECK(p[0] == type, "attribute %u, not %u", p[0], type);
	CHECK(p[1] == len, "attribute %u: %u bytes, not %zu", type, p[1], len);
	return p + (len + 3) / 4 * 4;
}

static const unsigned char *check_master(const unsigned char *p, size_t alen,
					 const struct golden_ext *x)
{
	const struct nfha_ct_master *m = (const void *)p;
	const unsigned char *end = check_attr(p, NFHA_CT_A_MASTER, sizeof(*m) + 2 * alen + 4);

	CHECK(m->proto == x->master_proto && be16toh(m->zone) == x->master_zone);
	CHECK(m->zone_dir == x->master_zone_dir);
	CHECK(check_tuple(p + sizeof(*m), alen, &x->master) == end);
	return end;
}

static const unsigned char *check_numbers(const unsigned char *p, const struct golden_ext *x)
{
	if (x->has_seqadj) {
		const struct nfha_ct_seqadj *s = (const void *)p;

		p = check_attr(p, NFHA_CT_A_SEQADJ, sizeof(*s));
		for (int i = 0; i < 2; i++)
			CHECK((int)be32toh(s->dir[i].pos) == x->seqadj[i][0] &&
			      (int)be32toh(s->dir[i].before) == x->seqadj[i][1] &&
			      (int)be32toh(s->dir[i].after) == x->seqadj[i][2], "%d", i);
	}
	if (x->has_synproxy) {
		const struct nfha_ct_synproxy *s = (const void *)p;

		p = check_attr(p, NFHA_CT_A_SYNPROXY, sizeof(*s));
		CHECK(be32toh(s->isn) == x->isn && be32toh(s->its) == x->its &&
		      be32toh(s->tsoff) == x->tsoff);
	}
	if (x->has_acct) {
		const struct nfha_ct_acct *a = (const void *)p;

		p = check_attr(p, NFHA_CT_A_ACCT, sizeof(*a));
		for (int i = 0; i < 2; i++)
			CHECK(be64toh(a->dir[i].packets) == x->packets[i] &&
			      be64toh(a->dir[i].bytes) == x->bytes[i], "%d", i);
	}
	if (x->start) {
		const struct nfha_ct_start *s = (const void *)p;

		p = check_attr(p, NFHA_CT_A_START, sizeof(*s));
		CHECK(be64toh(s->ns) == x->start);
	}
	if (x->has_sip) {
		const struct nfha_ct_sip *s = (const void *)p;

		p = check_attr(p, NFHA_CT_A_SIP, sizeof(*s));
		CHECK(be16toh(s->forced_dport) == x->forced_dport &&
		      be32toh(s->register_cseq) == x->register_cseq &&
		      be32toh(s->invite_cseq) == x->invite_cseq);
	}
	if (x->timeouts) {
		const struct nfha_ct_policy *t = (const void *)p;

		p = check_attr(p, NFHA_CT_A_POLICY, NFHA_POLICY_LEN(x->timeouts));
		for (unsigned int i = 0; i < x->timeouts; i++)
			CHECK(be32toh(t->secs[i]) == x->secs[i], "%u", i);
	}
	return p;
}

static unsigned long long siphash(const void *data, size_t len)
{
	const unsigned long long seed[] = { htole64(GOLDEN_SEED_0), htole64(GOLDEN_SEED_1) };
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
	size_t size = 8;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size), OSSL_PARAM_construct_end(),
	};
	unsigned long long hash = 0;

	CHECK(EVP_MAC_init(ctx, (const void *)seed, sizeof(seed), params) == 1 &&
	      EVP_MAC_update(ctx, data, len) == 1 &&
	      EVP_MAC_final(ctx, (void *)&hash, &size, sizeof(hash)) == 1);
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
	return le64toh(hash);
}

/* Returns its end; adds its digest. */
static const unsigned char *check_expect(const unsigned char *p, size_t alen,
					 const struct golden_expect *x, unsigned long long *sum)
{
	const struct nfha_ct_expect *e = (const void *)p;
	size_t fn = strlen(x->fn), helper = strlen(x->helper);
	const unsigned char *body = p + sizeof(*e), *end =
		check_attr(p, NFHA_CT_A_EXPECT, sizeof(*e) + 4 * alen + fn + helper);
	unsigned char image[256];

	CHECK(e->proto == x->proto && e->class == x->class && e->dir == x->dir);
	CHECK(be32toh(e->flags) == x->flags && be32toh(e->timeout_ms) == x->timeout_ms);
	CHECK(be16toh(e->sport) == x->tuple.sport && be16toh(e->dport) == x->tuple.dport);
	CHECK(be16toh(e->mask) == x->mask_port && be16toh(e->saved_port) == x->saved_port);
	CHECK(e->fn_len == fn && e->helper_len == helper);
	CHECK(!memcmp(body, x->tuple.src, alen) && !memcmp(body + alen, x->tuple.dst, alen));
	CHECK(!memcmp(body + 2 * alen, x->mask, alen) && !memcmp(body + 3 * alen, x->saved, alen));
	CHECK(!memcmp(body + 4 * alen, x->fn, fn));
	CHECK(!memcmp(body + 4 * alen + fn, x->helper, helper));
	memcpy(image, p, (size_t)(end - p));
	((struct nfha_ct_expect *)image)->timeout_ms = 0;
	*sum += siphash(image, (size_t)(end - p));
	return end;
}

static const unsigned char *check_ext(const unsigned char *record, const unsigned char *p,
				      size_t alen, const struct golden_ext *x)
{
	unsigned long long sum = 0;

	if (x->has_labels) {
		const struct nfha_ct_labels *l = (const void *)p;

		p = check_attr(p, NFHA_CT_A_LABELS, sizeof(*l));
		CHECK(!memcmp(l->bits, x->labels, sizeof(l->bits)));
	}
	if (x->helper[0]) {
		const struct nfha_ct_helper *h = (const void *)p;

		p = check_attr(p, NFHA_CT_A_HELPER, sizeof(*h));
		CHECK(!memcmp(h->name, x->helper, sizeof(h->name)));
	}
	if (x->has_master)
		p = check_master(p, alen, x);
	p = check_numbers(p, x);
	CHECK(p == record + x->expect_offset);
	for (unsigned int i = 0; i < x->expects; i++)
		p = check_expect(p, alen, &x->expect[i], &sum);
	CHECK(sum == x->expect_sum, "%llx", sum);
	return p;
}

/* -- digests (struct nfha_rec_digest) */

static unsigned long long position(const struct golden_tuple *t, unsigned short zone,
				   unsigned char zone_dir, unsigned char proto, unsigned char family)
{
	unsigned char key[44] = { 0 }, *p = key + 32;

	memcpy(key, t->src, 16);
	memcpy(key + 16, t->dst, 16);
	*p++ = (unsigned char)(t->sport >> 8);
	*p++ = (unsigned char)t->sport;
	*p++ = (unsigned char)(t->dport >> 8);
	*p++ = (unsigned char)t->dport;
	*p++ = (unsigned char)(zone >> 8);
	*p++ = (unsigned char)zone;
	*p++ = zone_dir;
	*p++ = proto;
	*p = family == 4 ? 2 : 10;
	return siphash(key, sizeof(key));
}

static void put_golden_ext(struct nfha_digest_ct *d, const struct golden_ext *x)
{
	d->master = htobe64(x->master_pos);
	d->expects = htobe64(x->expect_sum);
	memcpy(d->helper, x->helper, sizeof(d->helper));
	for (int i = 0; i < 4; i++)
		d->labels[i] = htobe32((unsigned int)x->labels[4 * i] |
				       (unsigned int)x->labels[4 * i + 1] << 8 |
				       (unsigned int)x->labels[4 * i + 2] << 16 |
				       (unsigned int)x->labels[4 * i + 3] << 24);
	for (int i = 0; i < 2; i++) {
		d->seqadj[i].pos = htobe32((unsigned int)x->seqadj[i][0]);
		d->seqadj[i].before = htobe32((unsigned int)x->seqadj[i][1]);
		d->seqadj[i].after = htobe32((unsigned int)x->seqadj[i][2]);
	}
	d->synproxy[0] = htobe32(x->isn);
	d->synproxy[1] = htobe32(x->its);
	d->synproxy[2] = htobe32(x->tsoff);
	if (x->timeouts) {
		unsigned int secs[NFHA_POLICY_MAX];

		for (unsigned int i = 0; i < x->timeouts; i++)
			secs[i] = htobe32(x->secs[i]);
		d->policy = htobe32((unsigned int)(siphash(secs, x->timeouts * 4) >> 32));
	}
}

static void check_digest(const struct golden_record *r)
{
	const struct golden_tuple *o = &r->orig;
	struct golden_tuple reply = { .sport = o->dport, .dport = o->sport };
	struct nfha_digest_ct d = {
		.pos = htobe64(r->ext->pos), .status = htobe32(r->status), .mark = htobe32(r->mark),
		.tcp_state = r->state, .tcp_scale = { r->dir[0].scale, r->dir[1].scale },
	};
	unsigned long long hash;

	memcpy(reply.src, o->dst, 16);
	memcpy(reply.dst, o->src, 16);
	if (r->has_reply)
		reply = r->reply;
	memcpy(d.reply_src, reply.src, 16);
	memcpy(d.reply_dst, reply.dst, 16);
	d.reply_sport = htobe16(reply.sport);
	d.reply_dport = htobe16(reply.dport);
	hash = position(o, r->zone, r->zone_dir, r->proto, r->family);
	CHECK(hash == r->ext->pos, "%llx", hash);
	hash = position(&r->ext->master, r->ext->master_zone, r->ext->master_zone_dir,
			r->ext->master_proto, r->family);
	CHECK(hash == r->ext->master_pos, "%llx", hash);
	put_golden_ext(&d, r->ext);
	hash = siphash(&d, sizeof(d));
	CHECK(hash == r->ext->digest, "%llx", hash);
}

static void check_fields(const unsigned char *p, const struct golden_record *r)
{
	for (unsigned int i = 0; i < r->fields; i++) {
		const struct golden_field *f = &r->field[i];
		unsigned long long number = 0;

		for (unsigned int n = 0; n < f->width; n++)
			number = number << 8 | p[f->offset + n];
		CHECK(number == f->number, "type %u, field %u: %llx", r->type, i, number);
	}
}

static void check_ct(const unsigned char *p, const struct golden_record *r)
{
	const struct nfha_rec_ct *c = (const void *)p;
	const unsigned char *record = p, *end = p + r->len;
	size_t alen = r->family == 4 ? 4 : 16;
	int from_dst = r->has_reply && !memcmp(r->reply.src, r->orig.dst, sizeof(r->orig.dst)) &&
		       r->reply.sport == r->orig.dport;

	CHECK(c->family == r->family);
	CHECK(c->proto == r->proto);
	CHECK(be16toh(c->zone) == r->zone);
	CHECK(c->zone_dir == r->zone_dir);
	CHECK(c->flags == (r->has_reply ? from_dst ? NFHA_CT_F_REPLY_DST : NFHA_CT_F_REPLY : 0));
	CHECK(be16toh(c->reply_dport) == (from_dst ? r->reply.dport : 0));
	CHECK(be32toh(c->status) == r->status);
	CHECK(be32toh(c->timeout_ms) == r->timeout_ms);
	CHECK(be32toh(c->mark) == r->mark);
	p = check_tuple(p + sizeof(*c), alen, &r->orig);
	if (from_dst) {
		CHECK(!memcmp(p, r->reply.dst, alen));
		p += alen;
	} else if (r->has_reply) {
		p = check_tuple(p, alen, &r->reply);
	}
	if (r->has_tcp)
		p = r->dir[0].maxwin || r->dir[1].maxwin ? check_tcp(p, r) : check_tcp_ends(p, r);
	if (r->has_udp) {
		CHECK(p[0] == NFHA_CT_A_UDP && p[1] == sizeof(struct nfha_attr_hdr));
		p += 4;
	}
	if (r->ext) {
		p = check_ext(record, p, alen, r->ext);
		check_digest(r);
	}
	CHECK(p == end, "%td bytes left", end - p);
}

static void check_neigh(const unsigned char *p, const struct golden_record *r)
{
	const struct nfha_rec_neigh *n = (const void *)p;
	size_t alen = r->family == 4 ? 4 : 16, ilen = r->iface_family == 4 ? 4 : 16;

	CHECK(n->family == r->family);
	CHECK(n->iface_family == r->iface_family);
	CHECK(!memcmp(n->lladdr, r->lladdr, sizeof(n->lladdr)));
	CHECK(!memcmp(p + sizeof(*n), r->orig.src, alen));
	CHECK(!memcmp(p + sizeof(*n) + alen, r->orig.dst, ilen));
	CHECK(r->len == sizeof(*n) + alen + ilen, "%u bytes", r->len);
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
		else if (h->type == NFHA_REC_CT_STATE || h->type == NFHA_REC_CT_DELETE ||
			 h->type == NFHA_REC_ASK)
			check_ct(f->bytes + off, r);
		else if (h->type == NFHA_REC_NEIGH_STATE || h->type == NFHA_REC_NEIGH_DELETE)
			check_neigh(f->bytes + off, r);
		check_fields(f->bytes + off, r);
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
