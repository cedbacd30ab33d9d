/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * nfha_wire.h - what the two units of a failover pair say to each other
 *
 * This header is the public definition of the wire format, version 1. All
 * numbers are big-endian, all lengths are in bytes, all reserved fields are
 * sent as zero and ignored on receipt.
 *
 * Three protocols are defined here:
 *
 *   frame   module to module, UDP over the state link, or Ethernet type
 *           NFHA_STATE_ETHERTYPE where that is a data interface: connection state
 *   hello   helper to helper, UDP over the failover link and Ethernet type
 *           NFHA_HELLO_ETHERTYPE on data interfaces: who lives, who is active
 *   control helper to helper, TLS over TCP over the failover link: the keys of
 *           the frames
 *
 * 1. The frame
 *
 *    0       8       16      24      32
 *    +-------+-------+-------+-------+
 *  0 |     magic     |version|key id |
 *    +-------+-------+-------+-------+
 *  4 | unit  | flags |    length     |
 *    +-------+-------+-------+-------+
 *  8 |             term              |
 *    +-------+-------+-------+-------+
 * 12 |          generation           |
 *    +-------+-------+-------+-------+
 * 16 |         sender nonce          |
 *    |                               |
 *    +-------+-------+-------+-------+
 * 24 |        receiver nonce         |
 *    |                               |
 *    +-------+-------+-------+-------+
 * 32 |            counter            |
 *    |                               |
 *    +-------+-------+-------+-------+
 * 40 |           sequence            |
 *    |                               |
 *    +-------+-------+-------+-------+
 * 48 |           watermark           |
 *    |                               |
 *    +-------+-------+-------+-------+
 * 56 |      first record version     |
 *    |                               |
 *    +-------+-------+-------+-------+
 * 64 |  records ...
 *
 * A frame with a sequence number (not zero) is acknowledged. It is never sent
 * again: when it is lost, the objects it carried are sent in their newest
 * state in a later frame. The watermark says: every sequence number up to here
 * was acknowledged or given up; a receiver refuses such a frame.
 *
 * A session is the pair of the two boot nonces. A frame whose receiver nonce is
 * not the receiver's own carries no state; it only introduces its sender.
 *
 * The version in a header is that of this frame. A unit says with NFHA_REC_PROBE
 * which versions it takes, from its own lowest to NFHA_WIRE_VERSION, and sends in
 * the highest one that both take; in its own lowest as long as it has not heard of
 * the peer's; it answers a stranger in the version of its frame. Magic, version, key id and length stay where they are in every
 * version. A frame of a version outside the receiver's range is refused and counted.
 *
 * A sealed frame (key id not 0) is header | ciphertext of the records | tag of 16
 * bytes; the length covers all three. AEAD (nfha.h, enum nfha_cipher) with the
 * header as associated data; nonce (12 bytes): the key's nonce base, its last 8
 * bytes XORed with the counter. Each direction has its own key.
 *
 * 2. The record
 *
 *    0       8       16              32
 *    +-------+-------+---------------+
 *  0 | type  | flags |    length     |   length: with this header, multiple
 *    +-------+-------+---------------+   of 4
 *  4 |  body ...
 *
 * Object records (NFHA_REC_CT_*, NFHA_REC_NEIGH_*) are numbered: the first of a
 * frame has the version of the frame header, each following one the next number.
 * An older version of an object never replaces a newer one. A receiver skips a
 * record type it does not know by its length, and counts it (an object record of an
 * unknown type still takes a version when its type is below NFHA_REC_OBJECT_MAX).
 *
 * 3. The connection: struct nfha_rec_ct, then addresses, then attributes
 *
 *    header | fixed part | original tuple | [reply tuple] | attributes ...
 *
 * A tuple is: source address, destination address (4 or 16 bytes each by
 * family), source and destination part of the transport protocol (2 bytes each:
 * ports; ICMP: id, then type << 8 | code; GRE: keys). The reply tuple is there
 * only with NFHA_CT_F_REPLY. With NFHA_CT_F_REPLY_DST its destination address alone
 * is there, and its destination part in the fixed part; its source is the original
 * destination. With neither it is the exact inverse of the original.
 * A delete record ends after the original tuple.
 *
 * An attribute is type (1 byte), length (1 byte, with these two), value, padded
 * to a multiple of 4. Unknown attributes are skipped and counted.
 *
 * An ARP or ND entry is an object, too: struct nfha_rec_neigh, then the neighbour's
 * address, then an active address of the interface that it is on (4 or 16 bytes each).
 * What follows them is ignored.
 */
#ifndef _UAPI_LINUX_NFHA_WIRE_H
#define _UAPI_LINUX_NFHA_WIRE_H

#include <linux/types.h>

#define NFHA_WIRE_MAGIC		0x6e68	/* "nh" */
#define NFHA_WIRE_VERSION	1
#define NFHA_WIRE_VERSION_MIN	1
#define NFHA_STATE_PORT		7868	/* UDP, state link; the default */
#define NFHA_HELLO_PORT		7869	/* UDP, failover link */
#define NFHA_CONTROL_PORT	7870	/* TCP, failover link; the primary listens */
#define NFHA_FRAME_TAG		16	/* bytes behind the records of a sealed frame */
#define NFHA_FRAME_MIN		512	/* every unit takes frames of this length */
#define NFHA_FRAME_MAX		8952	/* largest frame: one 9,000 byte IPv6 packet */

/*
 * On a data interface frames go between two MAC addresses that mean no role, one of each
 * unit: SHA-256 of "nfha failover link ..." as nfha.conf(5) says of mac-address auto, the
 * primary has the even one.
 */
#define NFHA_STATE_ETHERTYPE	0x88b6	/* IEEE 802 local experimental 2 */

/* Units, as configured (13-5). */
#define NFHA_UNIT_PRIMARY	0
#define NFHA_UNIT_SECONDARY	1

/**
 * struct nfha_frame_hdr - header of every frame
 * @magic: NFHA_WIRE_MAGIC
 * @version: NFHA_WIRE_VERSION_MIN to NFHA_WIRE_VERSION
 * @key_id: which key sealed what follows the header; 0: clear text
 * @unit: NFHA_UNIT_* of the sender
 * @flags: NFHA_FRAME_F_*
 * @len: bytes of the whole frame, with this header
 * @term: the sender's term: raised at each takeover
 * @generation: number of the bulk walk that the records belong to; from a unit
 *	that sends no state: of the one that it holds, 0: none
 * @nonce: the sender's boot nonce, random, not 0
 * @peer_nonce: the receiver's boot nonce as the sender saw it last; 0: unknown
 * @counter: number of this frame, unique for sender nonce and key
 * @seq: sequence number, from 1 up; 0: this frame is not acknowledged
 * @watermark: all sequence numbers up to this are settled
 * @version_base: version of the first object record
 */
struct nfha_frame_hdr {
	__be16	magic;
	__u8	version;
	__u8	key_id;
	__u8	unit;
	__u8	flags;
	__be16	len;
	__be32	term;
	__be32	generation;
	__be64	nonce;
	__be64	peer_nonce;
	__be64	counter;
	__be64	seq;
	__be64	watermark;
	__be64	version_base;
} __attribute__((packed, aligned(4)));

#define NFHA_FRAME_F_ACTIVE	0x01	/* the sender is active and captures */
#define NFHA_FRAME_F_READY	0x02	/* the sender takes state: standby or staged */

/**
 * enum nfha_rec_type - what a record is
 * @NFHA_REC_PROBE: struct nfha_rec_probe; introduces the sender, keeps the session
 *	alive
 * @NFHA_REC_ACK: struct nfha_rec_ack
 * @NFHA_REC_RELEASED: struct nfha_rec_term; the sender's gate is shut (handover)
 * @NFHA_REC_BULK_END: struct nfha_rec_bulk; what is older than this generation goes
 * @NFHA_REC_DIGEST: struct nfha_rec_digest; sums over ranges of the sender's connections
 * @NFHA_REC_DIGEST_STATE: struct nfha_rec_digest_state; what the comparison found
 * @NFHA_REC_LIST: struct nfha_rec_list; what the receiver of sums has in a range
 * @NFHA_REC_EXTRA: struct nfha_rec_extra; listed, and unknown to the receiver of the list
 * @NFHA_REC_ASK: struct nfha_rec_ct, as in NFHA_REC_CT_DELETE; how is this connection?
 * @NFHA_REC_RESYNC: struct nfha_rec_bulk; asks for a generation after this one
 * @NFHA_REC_CT_STATE: struct nfha_rec_ct; the state of a connection
 * @NFHA_REC_CT_DELETE: struct nfha_rec_ct; the connection is gone
 * @NFHA_REC_NEIGH_STATE: struct nfha_rec_neigh; an ARP or ND entry
 * @NFHA_REC_NEIGH_DELETE: struct nfha_rec_neigh; the entry is gone
 * @NFHA_REC_OBJECT_MIN: types from here to NFHA_REC_OBJECT_MAX are object records
 * @NFHA_REC_OBJECT_MAX: end (exclusive) of the object records
 */
enum nfha_rec_type {
	NFHA_REC_PROBE		= 1,
	NFHA_REC_ACK		= 2,
	NFHA_REC_RELEASED	= 3,
	NFHA_REC_BULK_END	= 4,
	NFHA_REC_DIGEST		= 8,
	NFHA_REC_DIGEST_STATE	= 9,
	NFHA_REC_LIST		= 10,
	NFHA_REC_EXTRA		= 11,
	NFHA_REC_ASK		= 12,
	NFHA_REC_RESYNC		= 13,
	NFHA_REC_OBJECT_MIN	= 64,
	NFHA_REC_CT_STATE	= 64,
	NFHA_REC_CT_DELETE	= 65,
	NFHA_REC_NEIGH_STATE	= 66,
	NFHA_REC_NEIGH_DELETE	= 67,
	NFHA_REC_OBJECT_MAX	= 128,
};

struct nfha_rec_hdr {
	__u8	type;
	__u8	flags;
	__be16	len;
} __attribute__((packed, aligned(4)));

/**
 * struct nfha_rec_probe - what the sender takes
 * @h: header
 * @version_min: lowest version of frames
 * @version_max: highest one
 * @frame_max: bytes of its longest frame
 *
 * Without a body: only the version of this frame, any length.
 */
struct nfha_rec_probe {
	struct nfha_rec_hdr h;
	__u8	version_min;
	__u8	version_max;
	__be16	frame_max;
} __attribute__((packed, aligned(4)));

#define NFHA_ACK_WORDS		4

/**
 * struct nfha_rec_ack - which frames arrived
 * @h: header
 * @cumulative: every sequence number up to this one is settled
 * @bitmap: bit i (from the least significant of word 0 up): frame
 *	cumulative + 1 + i arrived
 */
struct nfha_rec_ack {
	struct nfha_rec_hdr h;
	__be64	cumulative;
	__be64	bitmap[NFHA_ACK_WORDS];
} __attribute__((packed, aligned(4)));

struct nfha_rec_term {
	struct nfha_rec_hdr h;
	__be32	term;
} __attribute__((packed, aligned(4)));

struct nfha_rec_bulk {
	struct nfha_rec_hdr h;
	__be32	generation;
} __attribute__((packed, aligned(4)));

/**
 * struct nfha_ct_seqadj_dir - NAT made the payload of one direction longer
 * @pos: sequence number of the last change
 * @before: bytes added up to @pos (signed)
 * @after: bytes added from there on (signed)
 */
struct nfha_ct_seqadj_dir {
	__be32	pos;
	__be32	before;
	__be32	after;
} __attribute__((packed, aligned(2)));

#define NFHA_HELPER_NAME_MAX	16

#define NFHA_DIGEST_BITS_MIN	6
#define NFHA_DIGEST_BITS_MAX	12

/**
 * struct nfha_rec_digest - sums over ranges of connections
 * @h: header
 * @round: number of the walk that made the sums
 * @first: number of the first range in this record
 * @bits: there are 2^@bits ranges, NFHA_DIGEST_BITS_MIN to _MAX
 * @reserved: 0
 * @seed: key of SipHash, the same in all rounds of a generation
 * @seq: the sender's highest sequence number when the walk ended
 * @sum: one for each range from @first on, as many as the record is long
 *
 * Position of a connection: SipHash-2-4 of its key, 44 bytes: source and
 * destination address (16 each, IPv4 in the first 4, rest 0), source and
 * destination part of the transport protocol (2 each), zone (2), NFHA_ZONE_DIR_*,
 * protocol, family (2: IPv4, 10: IPv6), 3 bytes 0. Its range is the top @bits
 * of the position. Its digest: SipHash-2-4 of struct nfha_digest_ct. A sum is that
 * of the digests modulo 2^64. The digest of an expectation: SipHash-2-4 of its
 * struct nfha_ct_expect with all that follows it and the padding, @timeout_ms 0.
 */
struct nfha_rec_digest {
	struct nfha_rec_hdr h;
	__be32	round;
	__be32	first;
	__u8	bits;
	__u8	reserved[3];
	__be64	seed[2];
	__be64	seq;
	__be64	sum[];
} __attribute__((packed, aligned(4)));

/**
 * struct nfha_digest_ct - what the digest of a connection covers
 * @pos: its position
 * @reply_src: source address of the reply tuple; IPv4 in the first 4 bytes, rest 0
 * @reply_dst: destination address
 * @reply_sport: source part of the transport protocol
 * @reply_dport: destination part
 * @status: as in struct nfha_rec_ct
 * @mark: connection mark
 * @tcp_state: TCP: enum tcp_conntrack
 * @tcp_scale: TCP: window scales
 * @sctp_state: SCTP: enum sctp_conntrack
 * @vtag: SCTP: verification tags
 * @labels: connection labels, word i: bits 32 i to 32 i + 31; 0: none
 * @master: position of the connection that expected it; 0: none
 * @expects: sum of the digests of its expectations modulo 2^64
 * @helper: name of its helper; zero-padded; 0: none
 * @seqadj: original, reply; 0: none
 * @synproxy: isn, its and tsoff of struct nfha_ct_synproxy; 0: none
 * @policy: top half of SipHash-2-4 of @secs of struct nfha_ct_policy; 0: none
 */
struct nfha_digest_ct {
	__be64	pos;
	__u8	reply_src[16];
	__u8	reply_dst[16];
	__be16	reply_sport;
	__be16	reply_dport;
	__be32	status;
	__be32	mark;
	__u8	tcp_state;
	__u8	tcp_scale[2];
	__u8	sctp_state;
	__be32	vtag[2];
	__be32	labels[4];
	__be64	master;
	__be64	expects;
	__u8	helper[NFHA_HELPER_NAME_MAX];
	struct nfha_ct_seqadj_dir seqadj[2];
	__be32	synproxy[3];
	__be32	policy;
} __attribute__((packed, aligned(8)));

/**
 * enum nfha_digest_again - when to compare again
 * @NFHA_AGAIN_REST: it is not urgent: all sums of the round were equal
 * @NFHA_AGAIN_CALM: some were not, as is usual while connections come and go
 * @NFHA_AGAIN_SOON: somebody else changed a connection of the receiver's
 */
enum nfha_digest_again {
	NFHA_AGAIN_REST,
	NFHA_AGAIN_CALM,
	NFHA_AGAIN_SOON,
};

/**
 * struct nfha_rec_digest_state - what the comparison with the sums found
 * @h: header
 * @round: of the sums
 * @state: enum nfha_digest_state (nfha.h)
 * @bits: there are 2^@bits ranges
 * @again: enum nfha_digest_again; when the receiver wants to compare again
 * @reserved: 0
 * @differ: ranges that differ, and did not change meanwhile
 * @age_ms: since all ranges were equal; 0xffffffff: never
 */
struct nfha_rec_digest_state {
	struct nfha_rec_hdr h;
	__be32	round;
	__u8	state;
	__u8	bits;
	__u8	again;
	__u8	reserved;
	__be32	differ;
	__be32	age_ms;
} __attribute__((packed, aligned(4)));

/* The top halves of a connection's position and digest. */
struct nfha_list_item {
	__be32	pos;
	__be32	sum;
} __attribute__((packed, aligned(4)));

/**
 * struct nfha_rec_list - every connection at positions from @first to @last
 * @h: header
 * @first: top half of a position
 * @last: top half of a position
 * @item: in the order of positions, as many as the record is long
 */
struct nfha_rec_list {
	struct nfha_rec_hdr h;
	__be32	first;
	__be32	last;
	struct nfha_list_item item[];
} __attribute__((packed, aligned(4)));

/**
 * struct nfha_rec_extra - positions in a list that its receiver does not have
 * @h: header
 * @pos: top halves, as many as the record is long
 */
struct nfha_rec_extra {
	struct nfha_rec_hdr h;
	__be32	pos[];
} __attribute__((packed, aligned(4)));

/**
 * struct nfha_rec_ct - fixed part of a connection record
 * @h: header
 * @family: 4 or 6
 * @proto: transport protocol number
 * @zone: conntrack zone
 * @zone_dir: NFHA_ZONE_DIR_*: directions the zone applies to
 * @flags: NFHA_CT_F_*
 * @reply_dport: NFHA_CT_F_REPLY_DST: destination part of the reply tuple; 0 without
 * @status: the lasting IPS_* bits (low 32); 0 in a delete record
 * @timeout_ms: remaining lifetime in milliseconds; 0 in a delete record
 * @mark: connection mark; 0 in a delete record
 */
struct nfha_rec_ct {
	struct nfha_rec_hdr h;
	__u8	family;
	__u8	proto;
	__be16	zone;
	__u8	zone_dir;
	__u8	flags;
	__be16	reply_dport;
	__be32	status;
	__be32	timeout_ms;
	__be32	mark;
} __attribute__((packed, aligned(4)));

#define NFHA_ZONE_DIR_ORIG	0x01
#define NFHA_ZONE_DIR_REPL	0x02

#define NFHA_CT_F_REPLY		0x01	/* a reply tuple follows the original one */
#define NFHA_CT_F_FAST		0x02	/* TCP: outruns any window that a replica can be given */
#define NFHA_CT_F_REPLY_DST	0x04	/* only the reply's destination address follows: it */
					/* comes from where the original direction goes to */

/**
 * enum nfha_ct_attr - optional parts of a connection record
 * @NFHA_CT_A_TCP: struct nfha_ct_tcp: one side has not spoken yet
 * @NFHA_CT_A_UDP: no value; the stream timeout applies (assured)
 * @NFHA_CT_A_GRE: struct nfha_ct_gre
 * @NFHA_CT_A_SCTP: struct nfha_ct_sctp
 * @NFHA_CT_A_LABELS: struct nfha_ct_labels; absent: none is set
 * @NFHA_CT_A_HELPER: struct nfha_ct_helper
 * @NFHA_CT_A_MASTER: struct nfha_ct_master and the original tuple of the
 *	connection that expected this one
 * @NFHA_CT_A_SEQADJ: struct nfha_ct_seqadj
 * @NFHA_CT_A_SYNPROXY: struct nfha_ct_synproxy
 * @NFHA_CT_A_ACCT: struct nfha_ct_acct
 * @NFHA_CT_A_START: struct nfha_ct_start
 * @NFHA_CT_A_EXPECT: struct nfha_ct_expect, one for each expectation that the
 *	connection has now; others are gone
 * @NFHA_CT_A_SIP: struct nfha_ct_sip; absent: all 0
 * @NFHA_CT_A_POLICY: struct nfha_ct_policy; absent: those of the namespace
 * @NFHA_CT_A_TCP_ENDS: struct nfha_ct_tcp_ends: both sides have spoken
 */
enum nfha_ct_attr {
	NFHA_CT_A_TCP		= 1,
	NFHA_CT_A_UDP		= 2,
	NFHA_CT_A_GRE		= 3,
	NFHA_CT_A_SCTP		= 4,
	NFHA_CT_A_LABELS	= 5,
	NFHA_CT_A_HELPER	= 6,
	NFHA_CT_A_MASTER	= 7,
	NFHA_CT_A_SEQADJ	= 8,
	NFHA_CT_A_SYNPROXY	= 9,
	NFHA_CT_A_ACCT		= 10,
	NFHA_CT_A_START		= 11,
	NFHA_CT_A_EXPECT	= 12,
	NFHA_CT_A_SIP		= 13,
	NFHA_CT_A_POLICY	= 14,
	NFHA_CT_A_TCP_ENDS	= 15,
};

struct nfha_attr_hdr {
	__u8	type;
	__u8	len;
};

/**
 * struct nfha_ct_tcp_dir - what conntrack saw of one direction
 * @end: highest sequence number sent (td_end)
 * @maxend: highest end of the window (td_maxend)
 * @maxwin: largest window (td_maxwin)
 * @maxack: highest acknowledgement (td_maxack)
 * @scale: window scale
 * @flags: IP_CT_TCP_FLAG_*
 * @reserved: 0
 */
struct nfha_ct_tcp_dir {
	__be32	end;
	__be32	maxend;
	__be32	maxwin;
	__be32	maxack;
	__u8	scale;
	__u8	flags;
	__u8	reserved[2];
} __attribute__((packed, aligned(2)));

/**
 * struct nfha_ct_tcp - TCP tracking state
 * @a: attribute header
 * @state: enum tcp_conntrack
 * @last_dir: direction of the last packet
 * @dir: original, reply
 */
struct nfha_ct_tcp {
	struct nfha_attr_hdr a;
	__u8	state;
	__u8	last_dir;
	struct nfha_ct_tcp_dir dir[2];
} __attribute__((packed, aligned(2)));

/**
 * struct nfha_ct_tcp_ends - TCP tracking state once both sides have spoken
 * @a: attribute header
 * @state: enum tcp_conntrack
 * @last_dir: direction of the last packet
 * @scale: window scales: original, reply
 * @flags: IP_CT_TCP_FLAG_*
 * @end: highest sequence numbers sent (td_end)
 *
 * The windows move on before this arrives: its receiver makes wider ones around @end.
 */
struct nfha_ct_tcp_ends {
	struct nfha_attr_hdr a;
	__u8	state;
	__u8	last_dir;
	__u8	scale[2];
	__u8	flags[2];
	__be32	end[2];
} __attribute__((packed, aligned(2)));

struct nfha_ct_gre {
	struct nfha_attr_hdr a;
	__u8	reserved[2];
	__be32	stream_timeout_ms;
	__be32	timeout_ms;
} __attribute__((packed, aligned(2)));

struct nfha_ct_sctp {
	struct nfha_attr_hdr a;
	__u8	state;
	__u8	reserved;
	__be32	vtag[2];
} __attribute__((packed, aligned(2)));

/* Label n is bit n % 8 of byte n / 8. */
struct nfha_ct_labels {
	struct nfha_attr_hdr a;
	__u8	reserved[2];
	__u8	bits[16];
} __attribute__((packed, aligned(2)));

/* @name: of the helper module's connection tracking helper; zero-padded */
struct nfha_ct_helper {
	struct nfha_attr_hdr a;
	__u8	reserved[2];
	__u8	name[NFHA_HELPER_NAME_MAX];
} __attribute__((packed, aligned(2)));

/* Fields as in struct nfha_rec_ct; the tuple follows, of the record's family. */
struct nfha_ct_master {
	struct nfha_attr_hdr a;
	__u8	proto;
	__u8	zone_dir;
	__be16	zone;
	__u8	reserved[2];
} __attribute__((packed, aligned(2)));

/* @dir: original, reply */
struct nfha_ct_seqadj {
	struct nfha_attr_hdr a;
	__u8	reserved[2];
	struct nfha_ct_seqadj_dir dir[2];
} __attribute__((packed, aligned(2)));

struct nfha_ct_synproxy {
	struct nfha_attr_hdr a;
	__u8	reserved[2];
	__be32	isn;
	__be32	its;
	__be32	tsoff;
} __attribute__((packed, aligned(2)));

struct nfha_ct_acct_dir {
	__be64	packets;
	__be64	bytes;
} __attribute__((packed, aligned(2)));

/* @dir: original, reply; as of sending, refreshed with whatever else changes */
struct nfha_ct_acct {
	struct nfha_attr_hdr a;
	__u8	reserved[2];
	struct nfha_ct_acct_dir dir[2];
} __attribute__((packed, aligned(2)));

/* @ns: since 1970, by the sender's clock, when the connection began */
struct nfha_ct_start {
	struct nfha_attr_hdr a;
	__u8	reserved[2];
	__be64	ns;
} __attribute__((packed, aligned(2)));

/**
 * struct nfha_ct_sip - what the SIP helper keeps of a connection
 * @a: header
 * @forced_dport: answers go to this port; 0: to that of the request
 * @register_cseq: CSeq of the last REGISTER whose answer counts
 * @invite_cseq: likewise of the last INVITE
 */
struct nfha_ct_sip {
	struct nfha_attr_hdr a;
	__be16	forced_dport;
	__be32	register_cseq;
	__be32	invite_cseq;
} __attribute__((packed, aligned(2)));

#define NFHA_POLICY_MAX		16
#define NFHA_POLICY_SECS_MAX	2147483	/* conntrack's clock may have 1000 ticks a second */
#define NFHA_POLICY_LEN(num)	(sizeof(struct nfha_ct_policy) + (num) * sizeof(__be32))

/**
 * struct nfha_ct_policy - timeouts that a rule gave to the connection
 * @a: header
 * @reserved: 0
 * @secs: seconds, up to NFHA_POLICY_SECS_MAX; as many as the attribute is long, 1 to
 *	NFHA_POLICY_MAX, by protocol. TCP: enum tcp_conntrack to 11, then retransmitted (12) and
 *	unacknowledged (13); UDP and GRE: unreplied, replied; SCTP: enum sctp_conntrack;
 *	ICMP and others: one
 */
struct nfha_ct_policy {
	struct nfha_attr_hdr a;
	__u8	reserved[2];
	__be32	secs[];
} __attribute__((packed, aligned(2)));

/**
 * struct nfha_ct_expect - a connection that the helper of this one expects
 * @a: attribute header; the length is without the padding
 * @proto: transport protocol number
 * @class: class of the helper's expectations
 * @flags: 0x1: stays after a match, 0x2: inactive
 * @timeout_ms: remaining lifetime in milliseconds
 * @sport: source part of the transport protocol
 * @dport: destination part
 * @mask: of @sport
 * @saved_port: before NAT
 * @dir: direction of the master that it is relative to: 0 original, 1 reply
 * @fn_len: length of the first name
 * @helper_len: length of the second name
 * @reserved: 0
 *
 * Source address, destination address, mask of the source address and the address
 * before NAT follow, of the record's family; then the name of the function that
 * handles the new connection, and the name of its helper, both without terminator.
 */
struct nfha_ct_expect {
	struct nfha_attr_hdr a;
	__u8	proto;
	__u8	class;
	__be32	flags;
	__be32	timeout_ms;
	__be16	sport;
	__be16	dport;
	__be16	mask;
	__be16	saved_port;
	__u8	dir;
	__u8	fn_len;
	__u8	helper_len;
	__u8	reserved;
} __attribute__((packed, aligned(2)));

/**
 * struct nfha_rec_neigh - fixed part of the record of an ARP or ND entry
 * @h: header
 * @family: of the neighbour's address: 4 (ARP) or 6 (ND)
 * @iface_family: of the interface's address: 4 or 6
 * @lladdr: the neighbour's MAC address; 0 in a delete record
 */
struct nfha_rec_neigh {
	struct nfha_rec_hdr h;
	__u8	family;
	__u8	iface_family;
	__u8	lladdr[6];
} __attribute__((packed, aligned(4)));

/*
 * 4. The hello
 *
 *    0       8       16      24      32
 *    +-------+-------+-------+-------+
 *  0 |     magic     |version|key id |
 *    +-------+-------+-------+-------+
 *  4 | unit  | state |    length     |
 *    +-------+-------+-------+-------+
 *  8 |            flags              |
 *    +-------+-------+-------+-------+
 * 12 |             term              |
 *    +-------+-------+-------+-------+
 * 16 |         sender nonce          |
 *    |                               |
 *    +-------+-------+-------+-------+
 * 24 |        receiver nonce         |
 *    |                               |
 *    +-------+-------+-------+-------+
 * 32 |            counter            |
 *    |                               |
 *    +-------+-------+-------+-------+
 * 40 |       poll time, ms           |
 *    +-------+-------+-------+-------+
 * 44 |       hold time, ms           |
 *    +-------+-------+-------+-------+
 * 48 |     active time, s            |
 *    +-------+-------+-------+-------+
 * 52 |  TLVs: struct nfha_rec_hdr, body ...
 *    |  seal, NFHA_HELLO_SEAL bytes (key id NFHA_HELLO_KEY_ID only)
 *
 * A sealed hello ends with HMAC-SHA256 over everything before it, under the key
 * of the sender's unit (section 6). The length covers it. Nothing behind the
 * unit is looked at before the seal was found good.
 *
 * A hello is fresh when its receiver nonce is the receiver's own boot nonce and
 * its counter is above every one seen from that sender nonce. Only a fresh
 * hello changes any state; another one is answered, at most once per polling
 * period, so that freshness costs one round trip.
 */
#define NFHA_HELLO_MAGIC	0x6e66	/* "nf" */
#define NFHA_HELLO_VERSION	1
#define NFHA_HELLO_ETHERTYPE	0x88b5	/* IEEE 802 local experimental 1 */
#define NFHA_HELLO_MAX		1400
#define NFHA_HELLO_KEY_ID	1	/* sealed; 0: clear text */
#define NFHA_HELLO_SEAL		32	/* bytes of HMAC-SHA256 */

struct nfha_hello_hdr {
	__be16	magic;
	__u8	version;
	__u8	key_id;
	__u8	unit;
	__u8	state;
	__be16	len;
	__be32	flags;
	__be32	term;
	__be64	nonce;
	__be64	peer_nonce;
	__be64	counter;
	__be32	poll_ms;
	__be32	hold_ms;
	__be32	active_s;
} __attribute__((packed, aligned(4)));

/**
 * enum nfha_hello_state - what a unit says it is
 * @NFHA_HELLO_NEGOTIATION: booted, does not know yet
 * @NFHA_HELLO_STANDBY: standby
 * @NFHA_HELLO_ACTIVE: active, its gate is open
 * @NFHA_HELLO_STAGED: about to be active: waits behind its shut gate for the
 *	active unit to release (handover)
 * @NFHA_HELLO_FENCED: was active, its lease ran out; its gate is shut
 * @NFHA_HELLO_FAILED: failed by policy
 * @NFHA_HELLO_LEAVING: stops in an orderly way; takes part in nothing
 */
enum nfha_hello_state {
	NFHA_HELLO_NEGOTIATION	= 0,
	NFHA_HELLO_STANDBY	= 1,
	NFHA_HELLO_ACTIVE	= 2,
	NFHA_HELLO_STAGED	= 3,
	NFHA_HELLO_FENCED	= 4,
	NFHA_HELLO_FAILED	= 5,
	NFHA_HELLO_LEAVING	= 6,
};

#define NFHA_HELLO_F_PROBE	0x01	/* answer at once, on the same path */
#define NFHA_HELLO_F_ANSWER	0x02	/* answers a probe or a stale hello */
#define NFHA_HELLO_F_TAKE	0x04	/* asks the receiver to become active */
#define NFHA_HELLO_F_STATE_LINK	0x08	/* the sender's module hears its peer */
#define NFHA_HELLO_F_SYNCED	0x10	/* the sender (standby) holds all state */
#define NFHA_HELLO_F_FAILING	0x100	/* too many of the sender's interfaces failed */
#define NFHA_HELLO_F_ISOLATED	0x200	/* none of the sender's interfaces works */

/**
 * enum nfha_hello_tlv - optional parts of a hello
 * @NFHA_HELLO_T_IFACE: struct nfha_hello_iface, one per data interface
 * @NFHA_HELLO_T_VERSION: text without a terminator: machine, kernel and nfha
 *	version, as the line "hw/sw rev" of show failover has it
 * @NFHA_HELLO_T_COMPAT: struct nfha_hello_compat
 * @NFHA_HELLO_T_TIME: struct nfha_hello_time, on a failover link
 * @NFHA_HELLO_T_NEXT_KEY: struct nfha_hello_next_key
 * @NFHA_HELLO_T_PAUSE: struct nfha_hello_pause, around a restart of a helper
 */
enum nfha_hello_tlv {
	NFHA_HELLO_T_IFACE	= 1,
	NFHA_HELLO_T_VERSION	= 2,
	NFHA_HELLO_T_COMPAT	= 3,
	NFHA_HELLO_T_TIME	= 4,
	NFHA_HELLO_T_NEXT_KEY	= 5,
	NFHA_HELLO_T_PAUSE	= 6,
};

#define NFHA_NAMEIF_MAX		48	/* with the terminator */

/**
 * enum nfha_hello_istate - what a data interface of the sender is (13-16)
 * @NFHA_HELLO_I_UNTOLD: the sender does not say
 * @NFHA_HELLO_I_WAITING: nothing was heard on it yet
 * @NFHA_HELLO_I_NORMAL: it works
 * @NFHA_HELLO_I_PASSED: it works: it received packets since the receiver's
 *	interface of the same name began to be tested
 * @NFHA_HELLO_I_TESTING: it is being tested; the receiver tests its own, too
 * @NFHA_HELLO_I_FAILED: it received nothing where the receiver's received something
 * @NFHA_HELLO_I_NO_LINK: no carrier
 * @NFHA_HELLO_I_LINK_DOWN: administratively down
 * @NFHA_HELLO_I_UNKNOWN: neither unit's received anything
 */
enum nfha_hello_istate {
	NFHA_HELLO_I_UNTOLD	= 0,
	NFHA_HELLO_I_WAITING	= 1,
	NFHA_HELLO_I_NORMAL	= 2,
	NFHA_HELLO_I_PASSED	= 3,
	NFHA_HELLO_I_TESTING	= 4,
	NFHA_HELLO_I_FAILED	= 5,
	NFHA_HELLO_I_NO_LINK	= 6,
	NFHA_HELLO_I_LINK_DOWN	= 7,
	NFHA_HELLO_I_UNKNOWN	= 8,
};

/**
 * struct nfha_hello_iface - one data interface of the sender
 * @h: TLV header
 * @mac: burned-in (own) MAC address
 * @status: enum nfha_iface_status of nfha.h
 * @kind: enum nfha_hello_kind; 0: a version that does not say
 * @nameif: its name, the same on both units; zero-padded
 * @state: enum nfha_hello_istate
 * @reserved: 0
 */
struct nfha_hello_iface {
	struct nfha_rec_hdr h;
	__u8	mac[6];
	__u8	status;
	__u8	kind;
	__u8	nameif[NFHA_NAMEIF_MAX];
	__u8	state;
	__u8	reserved[3];
} __attribute__((packed, aligned(4)));

#define NFHA_KEY_MARK_LEN	8

/**
 * struct nfha_hello_next_key - the sender was given another "failover key"
 * @h: TLV header
 * @mark: which one: the first bytes of what section 6 derives for "mark"
 *
 * In hellos that are sealed with the key before. A unit that has the key of the mark, too, seals
 * with it from then on; one that gets a fresh hello sealed with it forgets the key before.
 */
struct nfha_hello_next_key {
	struct nfha_rec_hdr h;
	__u8	mark[NFHA_KEY_MARK_LEN];
} __attribute__((packed, aligned(4)));

/* enum nfha_hello_kind - type of an interface; the same on both units */
enum nfha_hello_kind {
	NFHA_HELLO_KIND_UNKNOWN		= 0,
	NFHA_HELLO_KIND_ETHERNET	= 1,
	NFHA_HELLO_KIND_VLAN		= 2,
	NFHA_HELLO_KIND_BOND		= 3,
	NFHA_HELLO_KIND_BRIDGE		= 4,
};

/* enum nfha_hello_mode - how the firewall forwards; the same on both units (13-2) */
enum nfha_hello_mode {
	NFHA_HELLO_MODE_ROUTED		= 0,
	NFHA_HELLO_MODE_TRANSPARENT	= 1,
};

/**
 * struct nfha_hello_compat - what has to fit the other unit (13-2)
 * @h: TLV header
 * @wire_min: wire versions (of the state link) that the sender speaks, from
 * @wire_max: to
 * @mode: enum nfha_hello_mode
 * @reserved: 0
 * @major: of the sender's NFHA_VERSION
 * @minor: likewise
 * @ifaces: number of its data interfaces
 * @reserved2: 0
 * @memory_mib: memory of the machine
 * @conntrack_max: its nf_conntrack_max; 0: unknown
 * @digest: SHA-256 of the shared part of the configuration: the text of "show
 *	running-config all failover" without unit, key and interface lines, links with
 *	"-" for their device, data interfaces in the order of their names
 *
 * A later version may append to it.
 */
struct nfha_hello_compat {
	struct nfha_rec_hdr h;
	__u8	wire_min;
	__u8	wire_max;
	__u8	mode;
	__u8	reserved;
	__be16	major;
	__be16	minor;
	__be16	ifaces;
	__be16	reserved2;
	__be32	memory_mib;
	__be32	conntrack_max;
	__u8	digest[32];
} __attribute__((packed, aligned(4)));

/**
 * struct nfha_hello_time - how long a hello takes there and back (13-5)
 * @h: TLV header
 * @stamp: the sender's clock as this hello leaves, ns, from any moment on; the receiver
 *	only repeats it; not 0
 * @echo: stamp of the last hello that came by this failover link; 0: none yet
 * @held_us: that one came so long ago, by the sender's clock
 *
 * A later version may append to it.
 */
struct nfha_hello_time {
	struct nfha_rec_hdr h;
	__be64	stamp;
	__be64	echo;
	__be32	held_us;
} __attribute__((packed, aligned(4)));

/**
 * struct nfha_hello_pause - a helper restarts, and its unit keeps its role
 * @h: TLV header
 * @ask_ms: the sender's helper is about to be silent for up to so long, from when this
 *	hello arrives: the receiver is asked not to take silence for death meanwhile
 * @grant_ms: the receiver's last hello asked that, and the sender waits so long from when
 *	it arrived, at most NFHA_PAUSE_MS_MAX (nfha.h)
 *
 * A unit that was granted it counts from when it asked first, and keeps its gate open no
 * longer. Any fresh hello that does not ask ends the pause. So that a grant that its giver
 * forgot harms nobody, a unit that has heard nothing since its start does not take over
 * within NFHA_PAUSE_MS_MAX.
 */
struct nfha_hello_pause {
	struct nfha_rec_hdr h;
	__be32	ask_ms;
	__be32	grant_ms;
} __attribute__((packed, aligned(4)));

/*
 * 5. The control connection
 *
 * TLS 1.3 only, the key "tls" of section 6 as external PSK with (EC)DHE, hash
 * SHA-384 (TLS_AES_256_GCM_SHA384); no certificates, tickets or early data. The
 * primary listens, the secondary connects and offers the identity
 * NFHA_CONTROL_PSK_ID. Then, each a struct nfha_control:
 *
 *   secondary                          primary
 *     OFFER (last key id, ciphers) -->
 *                                  <-- CHOICE (key id, cipher)
 *     both install the key in their modules
 *     INSTALLED                    -->
 *                                  <-- INSTALLED
 *     both seal with it
 *
 * The key id is none that either side used last. Secrets of the key: one per
 * direction, NFHA_KEY_SECRET_LEN (nfha.h) bytes of the exporter (RFC 8446 7.5)
 * with the label NFHA_CONTROL_LABEL_* and, as context, key id and cipher, a byte
 * each. Another key takes another connection. The connection stays until then,
 * silent; that it ends tells that the peer has gone.
 */
#define NFHA_CONTROL_MAGIC	0x6e63	/* "nc" */
#define NFHA_CONTROL_VERSION	1
#define NFHA_CONTROL_PSK_ID	"nfha-secondary-to-primary"
#define NFHA_CONTROL_LABEL_P2S	"EXPORTER-nfha-frames-primary-to-secondary"
#define NFHA_CONTROL_LABEL_S2P	"EXPORTER-nfha-frames-secondary-to-primary"

/**
 * enum nfha_control_type - what a control message is
 * @NFHA_CONTROL_OFFER: @key_id: used last (0: none); @ciphers: bits 1 << enum
 *	nfha_cipher that the sender can do
 * @NFHA_CONTROL_CHOICE: @key_id and @ciphers (one bit) of the new key
 * @NFHA_CONTROL_INSTALLED: the same, repeated
 */
enum nfha_control_type {
	NFHA_CONTROL_OFFER	= 1,
	NFHA_CONTROL_CHOICE	= 2,
	NFHA_CONTROL_INSTALLED	= 3,
};

/**
 * struct nfha_control - a control message
 * @magic: NFHA_CONTROL_MAGIC
 * @version: NFHA_CONTROL_VERSION
 * @type: enum nfha_control_type
 * @unit: NFHA_UNIT_* of the sender
 * @key_id: 1 to 255; 0: none
 * @ciphers: bits
 * @reserved: 0
 */
struct nfha_control {
	__be16	magic;
	__u8	version;
	__u8	type;
	__u8	unit;
	__u8	key_id;
	__u8	ciphers;
	__u8	reserved;
} __attribute__((packed, aligned(2)));

/*
 * 6. Keys
 *
 * "failover key" is a text, stretched by scrypt (N 2^15, r 8, p 1, salt
 * NFHA_KEY_SALT) to 32 bytes, or 16 bytes as they are. From these HKDF-SHA256
 * (RFC 5869; salt NFHA_KEY_SALT) makes 32 bytes each, with the info
 * "hello primary", "hello secondary", "tls", "mark". No key serves two purposes or two
 * senders, so that nothing that a unit said is of use against itself.
 */
#define NFHA_KEY_SALT		"nfha pair key 1"

#ifdef __cplusplus
#define NFHA_WIRE_ASSERT(x)	static_assert(x, #x)
#else
#define NFHA_WIRE_ASSERT(x)	_Static_assert(x, #x)
#endif

NFHA_WIRE_ASSERT(sizeof(struct nfha_frame_hdr) == 64);
NFHA_WIRE_ASSERT(sizeof(struct nfha_rec_hdr) == 4);
NFHA_WIRE_ASSERT(sizeof(struct nfha_rec_probe) == 8);
NFHA_WIRE_ASSERT(sizeof(struct nfha_rec_ack) == 44);
NFHA_WIRE_ASSERT(sizeof(struct nfha_rec_term) == 8);
NFHA_WIRE_ASSERT(sizeof(struct nfha_rec_bulk) == 8);
NFHA_WIRE_ASSERT(sizeof(struct nfha_rec_digest) == 40);
NFHA_WIRE_ASSERT(sizeof(struct nfha_digest_ct) == 152);
NFHA_WIRE_ASSERT(sizeof(struct nfha_rec_digest_state) == 20);
NFHA_WIRE_ASSERT(sizeof(struct nfha_rec_list) == 12);
NFHA_WIRE_ASSERT(sizeof(struct nfha_rec_extra) == 4);
NFHA_WIRE_ASSERT(sizeof(struct nfha_rec_ct) == 24);
NFHA_WIRE_ASSERT(sizeof(struct nfha_ct_tcp_dir) == 20);
NFHA_WIRE_ASSERT(sizeof(struct nfha_ct_tcp) == 44);
NFHA_WIRE_ASSERT(sizeof(struct nfha_ct_tcp_ends) == 16);
NFHA_WIRE_ASSERT(sizeof(struct nfha_ct_gre) == 12);
NFHA_WIRE_ASSERT(sizeof(struct nfha_ct_sctp) == 12);
NFHA_WIRE_ASSERT(sizeof(struct nfha_ct_labels) == 20);
NFHA_WIRE_ASSERT(sizeof(struct nfha_ct_helper) == 20);
NFHA_WIRE_ASSERT(sizeof(struct nfha_ct_master) == 8);
NFHA_WIRE_ASSERT(sizeof(struct nfha_ct_seqadj) == 28);
NFHA_WIRE_ASSERT(sizeof(struct nfha_ct_synproxy) == 16);
NFHA_WIRE_ASSERT(sizeof(struct nfha_ct_acct) == 36);
NFHA_WIRE_ASSERT(sizeof(struct nfha_ct_start) == 12);
NFHA_WIRE_ASSERT(sizeof(struct nfha_ct_expect) == 24);
NFHA_WIRE_ASSERT(sizeof(struct nfha_ct_sip) == 12);
NFHA_WIRE_ASSERT(sizeof(struct nfha_ct_policy) == 4);
NFHA_WIRE_ASSERT(sizeof(struct nfha_rec_neigh) == 12);
NFHA_WIRE_ASSERT(sizeof(struct nfha_hello_hdr) == 52);
NFHA_WIRE_ASSERT(sizeof(struct nfha_hello_iface) == 64);
NFHA_WIRE_ASSERT(sizeof(struct nfha_hello_compat) == 56);
NFHA_WIRE_ASSERT(sizeof(struct nfha_hello_time) == 24);
NFHA_WIRE_ASSERT(sizeof(struct nfha_hello_next_key) == 12);
NFHA_WIRE_ASSERT(sizeof(struct nfha_hello_pause) == 12);
NFHA_WIRE_ASSERT(sizeof(struct nfha_control) == 8);

#endif /* _UAPI_LINUX_NFHA_WIRE_H */
