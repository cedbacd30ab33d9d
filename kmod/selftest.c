// SPDX-License-Identifier: GPL-2.0
/*
 * selftest.c - golden vectors, windows, truncated frames
 *
 * Runs when a module built with NFHA_DEBUG=1 is loaded; a failure is logged with
 * its line and refuses the load.
 */
#define pr_fmt(fmt) "nfha: selftest: " fmt

#include <linux/printk.h>
#include <linux/slab.h>

#include "digest.h"
#include "expect.h"
#include "golden_frames.h"
#include "nfha.h"
#include "receive.h"
#include "record.h"
#include "selftest.h"

static int nfha_test_header(const struct golden_frame *g)
{
	struct nfha_frame_hdr hdr;
	struct nfha_frame f;

	NFHA_TEST(!nfha_frame_parse(g->bytes, g->len, &nfha_wire_range, &f));
	NFHA_TEST(f.unit == g->unit && f.flags == g->flags && f.len == g->len);
	NFHA_TEST(f.term == g->term && f.generation == g->generation);
	NFHA_TEST(f.nonce == g->nonce && f.peer_nonce == g->peer_nonce);
	NFHA_TEST(f.counter == g->counter && f.seq == g->seq);
	NFHA_TEST(f.watermark == g->watermark && f.version_base == g->version_base);
	nfha_frame_build(&f, &hdr);
	NFHA_TEST(!memcmp(&hdr, g->bytes, sizeof(hdr)));
	return 0;
}

static int nfha_test_tcp(const struct golden_record *g, const struct ip_ct_tcp *tcp)
{
	bool windows = g->dir[0].maxwin || g->dir[1].maxwin;
	int i;

	NFHA_TEST(tcp->state == g->state && tcp->last_dir == g->last_dir);
	for (i = 0; i < 2; i++) {
		NFHA_TEST(tcp->seen[i].td_end == g->dir[i].end);
		NFHA_TEST(tcp->seen[i].td_scale == g->dir[i].scale);
		NFHA_TEST(tcp->seen[i].flags == g->dir[i].flags);
		if (!windows) {
			NFHA_TEST(tcp->seen[i].td_maxwin);
			continue;
		}
		NFHA_TEST(tcp->seen[i].td_maxend == g->dir[i].maxend);
		NFHA_TEST(tcp->seen[i].td_maxwin == g->dir[i].maxwin);
		NFHA_TEST(tcp->seen[i].td_maxack == g->dir[i].maxack);
	}
	return 0;
}

static int nfha_test_tuple(const struct golden_tuple *g, const union nf_inet_addr *src,
			   const union nf_inet_addr *dst, __be16 sport, __be16 dport)
{
	NFHA_TEST(!memcmp(src, g->src, 16) && !memcmp(dst, g->dst, 16));
	NFHA_TEST(ntohs(sport) == g->sport && ntohs(dport) == g->dport);
	return 0;
}

static int nfha_test_state(const struct golden_record *g, const struct nfha_ct *ct)
{
	NFHA_TEST(ct->status == g->status && ct->timeout_ms == g->timeout_ms);
	NFHA_TEST(ct->mark == g->mark);
	NFHA_TEST(!!(ct->has & NFHA_HAS_REPLY) == g->has_reply);
	NFHA_TEST(!!(ct->has & NFHA_HAS_TCP) == g->has_tcp);
	NFHA_TEST(!!(ct->has & NFHA_HAS_UDP) == g->has_udp);
	if (g->has_reply)
		NFHA_TEST(!nfha_test_tuple(&g->reply, &ct->reply.src.u3, &ct->reply.dst.u3,
				       ct->reply.src.u.all, ct->reply.dst.u.all));
	return g->has_tcp ? nfha_test_tcp(g, &ct->proto.tcp) : 0;
}

static int nfha_test_offsets(const struct golden_ext *g, const struct nfha_ext *ext)
{
	int i;

	for (i = 0; g->has_seqadj && i < 2; i++) {
		NFHA_TEST((int)ext->seqadj.seq[i].correction_pos == g->seqadj[i][0]);
		NFHA_TEST(ext->seqadj.seq[i].offset_before == g->seqadj[i][1]);
		NFHA_TEST(ext->seqadj.seq[i].offset_after == g->seqadj[i][2]);
	}
	for (i = 0; g->has_acct && i < 2; i++)
		NFHA_TEST(ext->packets[i] == g->packets[i] && ext->bytes[i] == g->bytes[i]);
	NFHA_TEST(!g->has_synproxy || (ext->synproxy.isn == g->isn &&
		  ext->synproxy.its == g->its && ext->synproxy.tsoff == g->tsoff));
	NFHA_TEST(!g->has_sip || (ntohs(ext->sip.forced_dport) == g->forced_dport &&
		  ext->sip.register_cseq == g->register_cseq &&
		  ext->sip.invite_cseq == g->invite_cseq));
	NFHA_TEST(ext->policy.num == g->timeouts);
	NFHA_TEST(!memcmp(ext->policy.secs, g->secs, sizeof(ext->policy.secs)));
	return 0;
}

static int nfha_test_ext(const struct golden_ext *g, const struct nfha_ext *ext)
{
	const struct nfha_key *m = &ext->master;
	unsigned int i, has = 0;

	has |= g->has_labels ? NFHA_EXT_LABELS : 0;
	has |= g->helper[0] ? NFHA_EXT_HELPER : 0;
	has |= g->has_master ? NFHA_EXT_MASTER : 0;
	has |= g->has_seqadj ? NFHA_EXT_SEQADJ : 0;
	has |= g->has_synproxy ? NFHA_EXT_SYNPROXY : 0;
	has |= g->has_acct ? NFHA_EXT_ACCT : 0;
	has |= g->start ? NFHA_EXT_START : 0;
	has |= g->has_sip ? NFHA_EXT_SIP : 0;
	has |= g->timeouts ? NFHA_EXT_POLICY : 0;
	NFHA_TEST(ext->has == has && ext->start == g->start);
	for (i = 0; i <= XT_CONNLABEL_MAXBIT; i++)
		NFHA_TEST(test_bit(i, (const unsigned long *)ext->labels) ==
			  !!(g->labels[i / 8] & BIT(i % 8)));
	NFHA_TEST(!memcmp(ext->helper, g->helper, sizeof(ext->helper)));
	NFHA_TEST(m->proto == g->master_proto && m->zone == g->master_zone &&
		  m->zone_dir == g->master_zone_dir);
	NFHA_TEST(!nfha_test_tuple(&g->master, &m->src, &m->dst, m->sport, m->dport));
	return nfha_test_offsets(g, ext);
}

static int nfha_test_expect(const struct golden_expect *g, const struct nfha_expect *e)
{
	const struct nf_conntrack_tuple *t = &e->tuple;

	NFHA_TEST(t->dst.protonum == g->proto && e->class == g->class && e->dir == g->dir);
	NFHA_TEST(e->flags == g->flags && e->timeout_ms == g->timeout_ms);
	NFHA_TEST(!nfha_test_tuple(&g->tuple, &t->src.u3, &t->dst.u3, t->src.u.all,
				   t->dst.u.all));
	NFHA_TEST(!memcmp(&e->mask.src.u3, g->mask, 16) && !memcmp(&e->saved_addr, g->saved, 16));
	NFHA_TEST(ntohs(e->mask.src.u.all) == g->mask_port);
	NFHA_TEST(ntohs(e->saved_port) == g->saved_port);
	NFHA_TEST(!strcmp(e->fn, g->fn) && !strcmp(e->helper, g->helper));
	return 0;
}

/* Attributes that are written from conntrack, and the digest of all of it. */
static int nfha_test_digest(const struct golden_ext *g, const struct nfha_rec_hdr *h,
			    const struct nfha_ct *ct)
{
	const siphash_key_t seed = { { GOLDEN_SEED_0, GOLDEN_SEED_1 } };
	struct nfha_cursor c = {
		.p = (const u8 *)h + g->expect_offset,
		.end = (const u8 *)h + be16_to_cpu(h->len),
	};
	u8 buf[NFHA_EXPECT_LEN_MAX] __aligned(8);
	const struct nfha_attr_hdr *a;
	struct nfha_expect e;
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < g->expects; i++) {
		a = nfha_attr_next(&c);
		NFHA_TEST(a && a->type == NFHA_CT_A_EXPECT);
		NFHA_TEST(!nfha_expect_get(a, ct->key.family, &e));
		NFHA_TEST(!nfha_test_expect(&g->expect[i], &e));
		NFHA_TEST(nfha_expect_put(buf, &e, ct->key.family) - buf == c.p - (const u8 *)a);
		NFHA_TEST(!memcmp(buf, a, c.p - (const u8 *)a));
		e.timeout_ms = 0;
		sum += siphash(buf, nfha_expect_put(buf, &e, ct->key.family) - buf, &seed);
	}
	NFHA_TEST(c.p == c.end && sum == g->expect_sum);
	NFHA_TEST(nfha_digest_pos(&seed, &ct->key) == g->pos);
	NFHA_TEST(nfha_digest_pos(&seed, &ct->ext.master) == g->master_pos);
	NFHA_TEST(nfha_digest_ct(&seed, g->pos, ct, sum) == g->digest);
	return 0;
}

static int nfha_test_fields(const struct golden_record *g, const u8 *rec)
{
	const struct golden_field *f;
	unsigned int i, n;
	u64 number;

	for (i = 0; i < g->fields; i++) {
		f = &g->field[i];
		for (n = 0, number = 0; n < f->width; n++)
			number = number << 8 | rec[f->offset + n];
		NFHA_TEST(number == f->number);
	}
	return 0;
}

static noinline_for_stack int nfha_test_neigh(const struct golden_record *g,
					      const struct nfha_rec_hdr *h,
					      struct nfha_cursor *body)
{
	u8 buf[NFHA_REC_NEIGH_MAX] __aligned(4);
	struct nfha_record_neigh rec;
	unsigned int len;

	NFHA_TEST(!nfha_record_neigh_parse(h, body, &rec));
	NFHA_TEST(rec.family == (g->family == 4 ? AF_INET : AF_INET6));
	NFHA_TEST(rec.iface_family == (g->iface_family == 4 ? AF_INET : AF_INET6));
	NFHA_TEST(!memcmp(rec.lladdr, g->lladdr, ETH_ALEN));
	NFHA_TEST(!memcmp(&rec.addr, g->orig.src, 16) && !memcmp(&rec.iface_addr, g->orig.dst, 16));
	len = nfha_record_neigh(h->type, &rec, buf);
	NFHA_TEST(len == g->len && !memcmp(buf, h, len));
	return 0;
}

static int nfha_test_record(const struct golden_frame *frame, const struct golden_record *g,
			    const struct nfha_rec_hdr *h, struct nfha_cursor *body)
{
	/* The stack is small, and a module is initialised by one task. */
	static u8 buf[NFHA_REC_CT_MAX(AF_INET6)] __aligned(4);
	static struct nfha_ct ct;
	const struct nfha_key *key;
	unsigned int len;

	NFHA_TEST(h->type == g->type && be16_to_cpu(h->len) == g->len);
	NFHA_TEST((const u8 *)h == frame->bytes + g->offset);
	if (h->type == NFHA_REC_NEIGH_STATE || h->type == NFHA_REC_NEIGH_DELETE)
		return nfha_test_neigh(g, h, body);
	if (h->type != NFHA_REC_CT_STATE && h->type != NFHA_REC_CT_DELETE &&
	    h->type != NFHA_REC_ASK)
		return nfha_test_fields(g, (const u8 *)h);

	NFHA_TEST(!nfha_record_parse(h, body, &ct));
	key = &ct.key;
	NFHA_TEST(key->family == (g->family == 4 ? AF_INET : AF_INET6) && key->proto == g->proto);
	NFHA_TEST(key->zone == g->zone && key->zone_dir == g->zone_dir && !ct.unknown);
	NFHA_TEST(!nfha_test_tuple(&g->orig, &key->src, &key->dst, key->sport, key->dport));
	if (h->type == NFHA_REC_CT_STATE) {
		NFHA_TEST(!nfha_test_state(g, &ct));
		len = nfha_record_state(&ct, buf);
	} else {
		len = nfha_record_delete(&ct.key, buf);
		((struct nfha_rec_hdr *)buf)->type = h->type;
	}
	if (g->ext) {
		NFHA_TEST(!nfha_test_ext(g->ext, &ct.ext) && !nfha_test_digest(g->ext, h, &ct));
		/* Expectations are added to the record afterwards. */
		NFHA_TEST(len == g->ext->expect_offset);
		((struct nfha_rec_hdr *)buf)->len = h->len;
	} else {
		NFHA_TEST(len == g->len);
	}
	NFHA_TEST(!memcmp(buf, h, len));
	return 0;
}

static int nfha_test_golden(const struct golden_frame *g)
{
	struct nfha_cursor body, c = {
		.p = g->bytes + sizeof(struct nfha_frame_hdr),
		.end = g->bytes + g->len,
	};
	const struct nfha_rec_hdr *h;
	unsigned int i;

	NFHA_TEST(!nfha_test_header(g));
	for (i = 0; i < g->records; i++) {
		h = nfha_frame_next(&c, &body);
		NFHA_TEST(h);
		NFHA_TEST(!nfha_test_record(g, &g->record[i], h, &body));
	}
	NFHA_TEST(c.p == c.end);
	return 0;
}

static void nfha_test_parse_all(const u8 *data, size_t len)
{
	struct nfha_cursor body, c = { data, data + len };
	const struct nfha_rec_hdr *h;
	struct nfha_record_neigh neigh;
	struct nfha_ct ct;

	while (c.p < c.end) {
		h = nfha_frame_next(&c, &body);
		if (!h)
			return;
		if (h->type == NFHA_REC_NEIGH_STATE || h->type == NFHA_REC_NEIGH_DELETE)
			nfha_record_neigh_parse(h, &body, &neigh);
		if (h->type == NFHA_REC_CT_STATE || h->type == NFHA_REC_CT_DELETE)
			nfha_record_parse(h, &body, &ct);
	}
}

/*
 * Every byte changed and every length cut: KASAN sees a read past the end of a
 * buffer that is just as long as the frame.
 */
static int nfha_test_mangled(const struct golden_frame *g)
{
	size_t skip = sizeof(struct nfha_frame_hdr), len, i;
	struct nfha_frame f;
	u8 *copy;

	for (len = 0; len < g->len; len++) {
		copy = kmemdup(g->bytes, len, GFP_KERNEL);
		if (!copy)
			return -ENOMEM;
		NFHA_TEST(nfha_frame_parse(copy, len, &nfha_wire_range, &f));
		if (len > skip)
			nfha_test_parse_all(copy + skip, len - skip);
		kfree(copy);
	}
	copy = kmemdup(g->bytes, g->len, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	for (i = skip; i < g->len; i++) {
		for (len = 0; len < 8; len++) {
			copy[i] = g->bytes[i] ^ BIT(len);
			nfha_test_parse_all(copy + skip, g->len - skip);
		}
		copy[i] = g->bytes[i];
	}
	kfree(copy);
	return 0;
}

static int nfha_test_ackwin(void)
{
	struct nfha_ackwin win = {}, back;
	struct nfha_rec_ack rec;
	u64 seq;

	NFHA_TEST(nfha_ackwin_add(&win, 0) == -EALREADY);
	NFHA_TEST(!nfha_ackwin_add(&win, 1) && win.cumulative == 1);
	NFHA_TEST(nfha_ackwin_add(&win, 1) == -EALREADY);
	NFHA_TEST(!nfha_ackwin_add(&win, 3) && win.cumulative == 1 && win.bits[0] == 2);
	NFHA_TEST(nfha_ackwin_add(&win, 3) == -EALREADY);
	NFHA_TEST(!nfha_ackwin_add(&win, 257) && win.bits[3] == BIT_ULL(63));
	NFHA_TEST(nfha_ackwin_add(&win, 258) == -ERANGE);
	nfha_ackwin_put(&win, &rec);
	nfha_ackwin_get(&rec, &back);
	NFHA_TEST(!memcmp(&win, &back, sizeof(win)));
	NFHA_TEST(!nfha_ackwin_add(&win, 2) && win.cumulative == 3);
	NFHA_TEST(nfha_ackwin_has(&win, 257) && !nfha_ackwin_has(&win, 256));
	/* The watermark meets what had arrived. */
	nfha_ackwin_advance(&win, 256);
	NFHA_TEST(win.cumulative == 257 && !win.bits[0] && !win.bits[3]);
	nfha_ackwin_advance(&win, 100);
	NFHA_TEST(win.cumulative == 257);
	/* The whole window backwards. */
	for (seq = 257 + NFHA_ACK_BITS; seq > 258; seq--)
		NFHA_TEST(!nfha_ackwin_add(&win, seq) && win.cumulative == 257);
	NFHA_TEST(!nfha_ackwin_add(&win, 258) && win.cumulative == 257 + NFHA_ACK_BITS);
	NFHA_TEST(!win.bits[0] && !win.bits[1] && !win.bits[2] && !win.bits[3]);
	nfha_ackwin_advance(&win, U64_MAX - 1);
	NFHA_TEST(win.cumulative == U64_MAX - 1 && nfha_ackwin_has(&win, U64_MAX - 1));
	return 0;
}

static int nfha_test_replay(void)
{
	static struct nfha_replay replay;
	u64 i;

	memset(&replay, 0, sizeof(replay));
	NFHA_TEST(nfha_replay_fresh(&replay, 5) && !nfha_replay_fresh(&replay, 5));
	NFHA_TEST(nfha_replay_fresh(&replay, 3) && !nfha_replay_fresh(&replay, 3));
	NFHA_TEST(nfha_replay_fresh(&replay, 5 + NFHA_REPLAY_BITS - 1));
	NFHA_TEST(!nfha_replay_fresh(&replay, 5) && nfha_replay_fresh(&replay, 6));
	NFHA_TEST(!nfha_replay_fresh(&replay, 4));
	NFHA_TEST(nfha_replay_fresh(&replay, 1000000));
	for (i = 1000000 - NFHA_REPLAY_BITS + 1; i < 1000000; i++)
		NFHA_TEST(nfha_replay_fresh(&replay, i) && !nfha_replay_fresh(&replay, i));
	NFHA_TEST(!nfha_replay_fresh(&replay, 1000000 - NFHA_REPLAY_BITS));
	NFHA_TEST(!nfha_replay_fresh(&replay, 1000000));
	return 0;
}

/* What a neighbour cannot have is refused. */
static int nfha_test_neigh_refused(void)
{
	static const struct nfha_record_neigh good = {
		.family = AF_INET, .iface_family = AF_INET, .lladdr = { 2, 0, 0, 0, 0, 1 },
		.addr.s6_addr = { 192, 0, 2, 7 }, .iface_addr.s6_addr = { 192, 0, 2, 1 },
	};
	/* Place in the record, what is there: families, MAC address, address. */
	static const u8 bad[][2] = {
		{ 4, 5 }, { 5, 0 }, { 5, 6 }, { 6, 3 }, { 12, 224 }, { 12, 127 },
	};
	u8 buf[NFHA_REC_NEIGH_MAX] __aligned(4);
	const struct nfha_rec_hdr *h = (const struct nfha_rec_hdr *)buf;
	struct nfha_record_neigh rec;
	struct nfha_cursor body;
	unsigned int i, len;

	for (i = 0; i <= ARRAY_SIZE(bad); i++) {
		len = nfha_record_neigh(NFHA_REC_NEIGH_STATE, &good, buf);
		if (i < ARRAY_SIZE(bad))
			buf[bad[i][0]] = bad[i][1];
		body = (struct nfha_cursor){ buf + sizeof(*h), buf + len };
		NFHA_TEST(!nfha_record_neigh_parse(h, &body, &rec) == (i == ARRAY_SIZE(bad)));
	}
	return 0;
}

/* Timeouts that a connection cannot have are refused. */
static int nfha_test_policy_refused(void)
{
	static const struct nfha_policy good = { 2, { 0, NFHA_POLICY_SECS_MAX } };
	/* Place in the attribute, what is there: length, seconds of the second timeout. */
	static const u8 bad[][2] = {
		{ 1, 4 }, { 1, 7 }, { 1, NFHA_POLICY_LEN(NFHA_POLICY_MAX + 1) }, { 8, 0x80 },
	};
	u8 buf[NFHA_POLICY_LEN(NFHA_POLICY_MAX + 1)] __aligned(4);
	const struct nfha_attr_hdr *a = (const struct nfha_attr_hdr *)buf;
	struct nfha_policy policy;
	unsigned int i;

	memset(buf, 0, sizeof(buf));
	for (i = 0; i <= ARRAY_SIZE(bad); i++) {
		NFHA_TEST(nfha_policy_put(buf, &good) == buf + NFHA_POLICY_LEN(2));
		if (i < ARRAY_SIZE(bad))
			buf[bad[i][0]] = bad[i][1];
		NFHA_TEST(!nfha_policy_get(a, &policy) == (i == ARRAY_SIZE(bad)));
	}
	NFHA_TEST(!memcmp(&policy, &good, sizeof(good)));
	return 0;
}

static int nfha_test_lives(void)
{
	/* 8 follows 7; then the only frame of an instance between them arrives. */
	static const struct { u64 nonce, counter; bool session, meets; } t[] = {
		{ 8, 3, true, true }, { 9, 1, true, true }, { 8, 4, true, false },
		{ 8, 3, false, false }, { 7, 100, false, false }, { 8, 5, false, true },
		{ 9, 1, false, false }, { 9, 2, true, false }, { 10, 1, true, true },
	};
	static struct nfha_rx rx;
	unsigned int i;

	memset(&rx, 0, sizeof(rx));
	rx.known = 7;
	rx.newest = 100;
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		struct nfha_frame frame = { .nonce = t[i].nonce, .counter = t[i].counter };

		rx.peer = t[i].session ? rx.known : 0;
		NFHA_TEST(nfha_rx_may_meet(&rx, &frame) == t[i].meets);
		if (t[i].meets) {
			nfha_rx_know(&rx, &frame);
			rx.newest = frame.counter;
		}
	}
	NFHA_TEST(rx.known == 10);
	return 0;
}

/**
 * nfha_selftest - run all tests
 * Context: may sleep. Return: 0, or a negative error after the first failure.
 */
int nfha_selftest(void)
{
	unsigned int i;

	for (i = 0; i < GOLDEN_FRAMES; i++) {
		if (nfha_test_golden(&golden_frames[i]) || nfha_test_mangled(&golden_frames[i])) {
			pr_err("golden frame \"%s\"\n", golden_frames[i].name);
			return -EINVAL;
		}
	}
	if (nfha_test_ackwin() || nfha_test_replay() || nfha_test_neigh_refused() ||
	    nfha_test_policy_refused() || nfha_test_lives() ||
	    nfha_selftest_keys() || nfha_selftest_fuzz())
		return -EINVAL;
	pr_info("passed\n");
	return 0;
}
