/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Golden vectors of the wire format, version 1 (uapi/linux/nfha_wire.h): the
 * bytes of five frames and what they mean. The module's own test and the
 * userspace unit test compile this file, so that neither can drift alone.
 *
 * The bytes come from the layout in nfha_wire.h, written out without the
 * code that they check. Since the first release they change only with NFHA_WIRE_VERSION.
 */
#ifndef NFHA_GOLDEN_FRAMES_H
#define NFHA_GOLDEN_FRAMES_H

/**
 * struct golden_tuple - one direction of a connection, host byte order
 * @src: source address, network order; IPv4 in the first four bytes
 * @dst: destination address
 * @sport: source part of the transport protocol (ICMP: id)
 * @dport: destination part (ICMP: type << 8 | code)
 */
struct golden_tuple {
	unsigned char src[16];
	unsigned char dst[16];
	unsigned short sport;
	unsigned short dport;
};

/**
 * struct golden_tcp_dir - struct nfha_ct_tcp_dir in host byte order; both with a maxwin of 0:
 * struct nfha_ct_tcp_ends
 */
struct golden_tcp_dir {
	unsigned int end;
	unsigned int maxend;
	unsigned int maxwin;
	unsigned int maxack;
	unsigned char scale;
	unsigned char flags;
};

/* The key that the digests of golden_ext are made with. */
#define GOLDEN_SEED_0	0x0123456789abcdefULL
#define GOLDEN_SEED_1	0xfedcba9876543210ULL

/**
 * struct golden_expect - struct nfha_ct_expect in host byte order
 * @tuple: its protocol is @proto
 * @mask: of the source address
 * @mask_port: of the source part of the transport protocol
 * @saved: address before NAT
 * @fn: may be empty
 * @helper: may be empty
 */
struct golden_expect {
	unsigned char proto;
	unsigned char class;
	unsigned char dir;
	unsigned int flags;
	unsigned int timeout_ms;
	struct golden_tuple tuple;
	unsigned char mask[16];
	unsigned short mask_port;
	unsigned char saved[16];
	unsigned short saved_port;
	const char *fn;
	const char *helper;
};

/**
 * struct golden_ext - attributes behind that of the protocol, in their order, and what
 * the comparison makes of the connection
 * @has_labels: NFHA_CT_A_LABELS
 * @helper: NFHA_CT_A_HELPER
 * @has_master: NFHA_CT_A_MASTER
 * @has_seqadj: NFHA_CT_A_SEQADJ; position, before, after of both directions
 * @has_synproxy: NFHA_CT_A_SYNPROXY
 * @has_acct: NFHA_CT_A_ACCT
 * @start: NFHA_CT_A_START; 0: not there
 * @has_sip: NFHA_CT_A_SIP
 * @timeouts: NFHA_CT_A_POLICY: number of @secs; 0: not there
 * @expect_offset: of the first NFHA_CT_A_EXPECT from the start of the record
 * @pos: position, SipHash of the key with GOLDEN_SEED_0, _1
 * @master_pos: of the master
 * @expect_sum: sum of the digests of the expectations
 * @digest: of the connection
 */
struct golden_ext {
	unsigned char has_labels;
	unsigned char labels[16];
	char helper[16];
	unsigned char has_master;
	unsigned char master_proto;
	unsigned short master_zone;
	unsigned char master_zone_dir;
	struct golden_tuple master;
	unsigned char has_seqadj;
	int seqadj[2][3];
	unsigned char has_synproxy;
	unsigned int isn, its, tsoff;
	unsigned char has_acct;
	unsigned long long packets[2];
	unsigned long long bytes[2];
	unsigned long long start;
	unsigned char has_sip;
	unsigned short forced_dport;
	unsigned int register_cseq, invite_cseq;
	unsigned int timeouts, secs[16];
	unsigned short expect_offset;
	unsigned int expects;
	const struct golden_expect *expect;
	unsigned long long pos;
	unsigned long long master_pos;
	unsigned long long expect_sum;
	unsigned long long digest;
};

/**
 * struct golden_field - a big-endian number in a record that is no connection
 * @offset: from the start of the record
 * @width: bytes
 */
struct golden_field {
	unsigned short offset;
	unsigned char width;
	unsigned long long number;
};

/**
 * struct golden_record - one record of a frame, host byte order
 * @type: NFHA_REC_*
 * @offset: of the record from the start of the frame
 * @len: bytes of the record with its header
 * @version: of an object record; 0: not an object record
 * @cumulative: NFHA_REC_ACK
 * @bitmap: NFHA_REC_ACK
 * @fields: number of @field
 * @field: what else is in it
 * @family: from here on NFHA_REC_CT_STATE, NFHA_REC_CT_DELETE and NFHA_REC_ASK
 * @has_reply: a reply tuple follows (otherwise: inverse of @orig), or its destination only, if
 *	its source is the destination of @orig
 * @has_tcp: NFHA_CT_A_TCP or NFHA_CT_A_TCP_ENDS follows, @state, @last_dir and @dir are meant
 * @has_udp: NFHA_CT_A_UDP follows
 * @ext: what follows that; NULL: nothing
 * @iface_family: NFHA_REC_NEIGH_*: with @family, @lladdr, the neighbour's address in
 *	@orig.src and the interface's in @orig.dst
 * @lladdr: see @iface_family
 */
struct golden_record {
	unsigned char type;
	unsigned short offset;
	unsigned short len;
	unsigned long long version;
	unsigned long long cumulative;
	unsigned long long bitmap[4];
	unsigned int fields;
	const struct golden_field *field;
	unsigned char family;
	unsigned char proto;
	unsigned short zone;
	unsigned char zone_dir;
	unsigned char has_reply;
	unsigned char has_tcp;
	unsigned char has_udp;
	const struct golden_ext *ext;
	unsigned int status;
	unsigned int timeout_ms;
	unsigned int mark;
	struct golden_tuple orig;
	struct golden_tuple reply;
	unsigned char state;
	unsigned char last_dir;
	struct golden_tcp_dir dir[2];
	unsigned char iface_family;
	unsigned char lladdr[6];
};

/**
 * struct golden_frame - one frame: its bytes and its meaning
 */
struct golden_frame {
	const char *name;
	const unsigned char *bytes;
	unsigned short len;
	unsigned char unit;
	unsigned char flags;
	unsigned int term;
	unsigned int generation;
	unsigned long long nonce;
	unsigned long long peer_nonce;
	unsigned long long counter;
	unsigned long long seq;
	unsigned long long watermark;
	unsigned long long version_base;
	unsigned int records;
	const struct golden_record *record;
};

static const unsigned char golden_mixed[] = {
	/* header */
	0x6e, 0x68, 0x01, 0x00, 0x00, 0x01, 0x01, 0x1c,
	0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x03,
	0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,
	0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x01,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xe8,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x2a,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x28,
	0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x05,
	/* acknowledgement */
	0x02, 0x00, 0x00, 0x2c, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x29, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x80, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00,
	/* IPv4 TCP, source and destination mapped */
	0x40, 0x00, 0x00, 0x40, 0x04, 0x06, 0x00, 0x00,
	0x03, 0x01, 0x00, 0x00, 0x00, 0x00, 0x01, 0xbe,
	0x19, 0xbf, 0xc8, 0x18, 0x00, 0x00, 0x00, 0x2a,
	0xc0, 0xa8, 0x01, 0x0a, 0xcb, 0x00, 0x71, 0x50,
	0x9c, 0x40, 0x01, 0xbb, 0x0a, 0x09, 0x08, 0x07,
	0xc6, 0x33, 0x64, 0x01, 0x20, 0xfb, 0xc8, 0x22,
	/* TCP state, both sides have spoken */
	0x0f, 0x10, 0x03, 0x01, 0x07, 0x09, 0x03, 0x23,
	0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0x80,
	/* IPv6 UDP, assured, zone 7 */
	0x40, 0x00, 0x00, 0x40, 0x06, 0x11, 0x00, 0x07,
	0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x0e,
	0x00, 0x01, 0xd2, 0xcc, 0x00, 0x00, 0x00, 0x00,
	0x20, 0x01, 0x0d, 0xb8, 0x00, 0x01, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x10,
	0x20, 0x01, 0x0d, 0xb8, 0x00, 0x02, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x53,
	0x14, 0xe9, 0x00, 0x35, 0x02, 0x02, 0x00, 0x00,
	/* object record of a type from the future */
	0x64, 0x00, 0x00, 0x0c, 0x69, 0x67, 0x6e, 0x6f,
	0x72, 0x65, 0x64, 0x21,
	/* IPv4 ICMP, deleted */
	0x41, 0x00, 0x00, 0x24, 0x04, 0x01, 0x00, 0x00,
	0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0xc0, 0x00, 0x02, 0x07, 0xc6, 0x33, 0x64, 0x09,
	0x12, 0x34, 0x08, 0x00,
};

static const unsigned char golden_probe[] = {
	/* header */
	0x6e, 0x68, 0x01, 0x00, 0x01, 0x00, 0x00, 0x48,
	0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00,
	0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x01,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
	/* probe: takes version 1 only, frames of 1472 bytes */
	0x01, 0x00, 0x00, 0x08, 0x01, 0x01, 0x05, 0xc0,
};

static const unsigned char golden_neighbours[] = {
	/* header */
	0x6e, 0x68, 0x01, 0x00, 0x00, 0x01, 0x00, 0xa0,
	0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x03,
	0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88,
	0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x01,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xe9,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x2b,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x29,
	0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x09,
	/* ARP: 192.0.2.77 on the interface of 192.0.2.1 */
	0x42, 0x00, 0x00, 0x14, 0x04, 0x04, 0x02, 0x11,
	0x22, 0x33, 0x44, 0x55, 0xc0, 0x00, 0x02, 0x4d,
	0xc0, 0x00, 0x02, 0x01,
	/* ND: a link-local address on the same interface */
	0x42, 0x00, 0x00, 0x20, 0x06, 0x04, 0x02, 0x66,
	0x77, 0x88, 0x99, 0xaa, 0xfe, 0x80, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x02, 0x66, 0x77, 0xff,
	0xfe, 0x88, 0x99, 0xaa, 0xc0, 0x00, 0x02, 0x01,
	/* ND: 2001:db8:1::9 is gone */
	0x43, 0x00, 0x00, 0x2c, 0x06, 0x06, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x20, 0x01, 0x0d, 0xb8,
	0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x09, 0x20, 0x01, 0x0d, 0xb8,
	0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x01,
};

static const struct golden_record golden_mixed_records[] = {
	{
		.type = 2, .offset = 64, .len = 44,
		.cumulative = 41, .bitmap = { 5, 0, 0, 1ULL << 63 },
	}, {
		.type = 64, .offset = 108, .len = 64, .version = 0x100000005ULL,
		.family = 4, .proto = 6, .zone = 0, .zone_dir = 3,
		.has_reply = 1, .has_tcp = 1,
		/* SEEN_REPLY ASSURED CONFIRMED SRC_NAT DST_NAT SRC_NAT_DONE DST_NAT_DONE */
		.status = 0x1be, .timeout_ms = 431999000, .mark = 0x2a,
		.orig = {
			.src = { 192, 168, 1, 10 }, .dst = { 203, 0, 113, 80 },
			.sport = 40000, .dport = 443,
		},
		.reply = {
			.src = { 10, 9, 8, 7 }, .dst = { 198, 51, 100, 1 },
			.sport = 8443, .dport = 51234,
		},
		.state = 3, .last_dir = 1,
		.dir = {
			{ .end = 0x10203040, .scale = 7, .flags = 0x03 },
			{ .end = 0x50607080, .scale = 9, .flags = 0x23 },
		},
	}, {
		.type = 64, .offset = 172, .len = 64, .version = 0x100000006ULL,
		.family = 6, .proto = 17, .zone = 7, .zone_dir = 3, .has_udp = 1,
		/* SEEN_REPLY ASSURED CONFIRMED */
		.status = 0xe, .timeout_ms = 119500,
		.orig = {
			.src = { 0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 0x10 },
			.dst = { 0x20, 0x01, 0x0d, 0xb8, 0, 2, [15] = 0x53 },
			.sport = 5353, .dport = 53,
		},
	}, {
		.type = 100, .offset = 236, .len = 12, .version = 0x100000007ULL,
	}, {
		.type = 65, .offset = 248, .len = 36, .version = 0x100000008ULL,
		.family = 4, .proto = 1, .zone = 0, .zone_dir = 3,
		.orig = {
			.src = { 192, 0, 2, 7 }, .dst = { 198, 51, 100, 9 },
			.sport = 0x1234, .dport = 0x0800,
		},
	},
};

static const struct golden_record golden_probe_records[] = {
	{ .type = 1, .offset = 64, .len = 8 },
};

static const struct golden_record golden_neighbours_records[] = {
	{
		.type = 66, .offset = 64, .len = 20, .version = 0x100000009ULL,
		.family = 4, .iface_family = 4,
		.lladdr = { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 },
		.orig = { .src = { 192, 0, 2, 77 }, .dst = { 192, 0, 2, 1 } },
	}, {
		.type = 66, .offset = 84, .len = 32, .version = 0x10000000aULL,
		.family = 6, .iface_family = 4,
		.lladdr = { 0x02, 0x66, 0x77, 0x88, 0x99, 0xaa },
		.orig = {
			.src = {
				0xfe, 0x80, [8] = 0x02, 0x66, 0x77, 0xff, 0xfe, 0x88, 0x99, 0xaa
			},
			.dst = { 192, 0, 2, 1 },
		},
	}, {
		.type = 67, .offset = 116, .len = 44, .version = 0x10000000bULL,
		.family = 6, .iface_family = 6,
		.orig = {
			.src = { 0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 0x09 },
			.dst = { 0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 0x01 },
		},
	},
};

#include "golden_ext.h"

static const struct golden_frame golden_frames[] = {
	{
		.name = "acknowledgement and objects",
		.bytes = golden_mixed, .len = sizeof(golden_mixed),
		.unit = 0, .flags = 0x01, .term = 5, .generation = 3,
		.nonce = 0x1122334455667788ULL,
		.peer_nonce = 0x99aabbccddeeff01ULL,
		.counter = 1000, .seq = 42, .watermark = 40,
		.version_base = 0x100000005ULL,
		.records = 5, .record = golden_mixed_records,
	}, {
		.name = "probe to an unknown peer",
		.bytes = golden_probe, .len = sizeof(golden_probe),
		.unit = 1, .term = 4, .nonce = 0x99aabbccddeeff01ULL,
		.counter = 1, .version_base = 1,
		.records = 1, .record = golden_probe_records,
	}, {
		.name = "neighbours",
		.bytes = golden_neighbours, .len = sizeof(golden_neighbours),
		.unit = 0, .flags = 0x01, .term = 5, .generation = 3,
		.nonce = 0x1122334455667788ULL,
		.peer_nonce = 0x99aabbccddeeff01ULL,
		.counter = 1001, .seq = 43, .watermark = 41,
		.version_base = 0x100000009ULL,
		.records = 3, .record = golden_neighbours_records,
	}, {
		.name = "what extends connections",
		.bytes = golden_extended, .len = sizeof(golden_extended),
		.unit = 0, .flags = 0x01, .term = 6, .generation = 4,
		.nonce = 0x1122334455667788ULL,
		.peer_nonce = 0x99aabbccddeeff01ULL,
		.counter = 1001, .seq = 43, .watermark = 41,
		.version_base = 0x100000009ULL,
		.records = 2, .record = golden_extended_records,
	}, {
		.name = "comparison and repair",
		.bytes = golden_repair, .len = sizeof(golden_repair),
		.unit = 1, .flags = 0x02, .term = 7, .generation = 4,
		.nonce = 0x99aabbccddeeff01ULL,
		.peer_nonce = 0x1122334455667788ULL,
		.counter = 77,
		.records = 8, .record = golden_repair_records,
	},
};

#define GOLDEN_FRAMES (sizeof(golden_frames) / sizeof(golden_frames[0]))

#endif /* NFHA_GOLDEN_FRAMES_H */
