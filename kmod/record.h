/* SPDX-License-Identifier: GPL-2.0 */
/* record.h - a connection or neighbour as a record on the wire, and back (nfha_wire.h) */
#ifndef _NFHA_RECORD_H
#define _NFHA_RECORD_H

#include <linux/if_ether.h>

#include "ext.h"
#include "frame.h"
#include "table.h"

/* Bits of ct->status that travel: what lasts and means the same on both units. */
#define NFHA_STATUS_MASK	(IPS_SEEN_REPLY | IPS_ASSURED | IPS_CONFIRMED | \
				 IPS_NAT_MASK | IPS_NAT_DONE_MASK)

/* Bytes of a tuple on the wire. */
#define nfha_tuple_len(family)	((family) == AF_INET ? 12 : 36)

/* Largest record of a connection: fixed part, two tuples, TCP, extensions. */
#define NFHA_REC_CT_MAX(family) \
	(sizeof(struct nfha_rec_ct) + sizeof(struct nfha_ct_tcp) + \
	 2 * nfha_tuple_len(family) + NFHA_EXT_MAX(nfha_tuple_len(family)))

/* nfha_ct.has */
#define NFHA_HAS_REPLY	0x01
#define NFHA_HAS_TCP	0x02
#define NFHA_HAS_UDP	0x04
#define NFHA_HAS_GRE	0x08
#define NFHA_HAS_SCTP	0x10
#define NFHA_HAS_FAST	0x20	/* NFHA_CT_F_FAST */

/**
 * struct nfha_ct - a connection between conntrack and the wire, host byte order
 * @key: original tuple and zone
 * @reply: reply tuple; filled whether or not it was on the wire
 * @status: IPS_* within NFHA_STATUS_MASK
 * @timeout_ms: remaining lifetime
 * @mark: connection mark
 * @has: NFHA_HAS_*
 * @unknown: attributes that were skipped
 * @offloaded: sender: a flowtable forwards it
 * @ext_sum: sender: nfha_ext_sum() of what @ext was read from
 * @proto: by protocol, as conntrack has it
 * @ext: extensions
 * @attrs: receiver: the attributes where they were received
 */
struct nfha_ct {
	struct nfha_key			key;
	struct nf_conntrack_tuple	reply;
	u32				status;
	u32				timeout_ms;
	u32				mark;
	u8				has;
	u8				unknown;
	bool				offloaded;
	u32				ext_sum;
	union nf_conntrack_proto	proto;
	struct nfha_ext			ext;
	struct nfha_cursor		attrs;
};

/* Largest record of a neighbour: fixed part, two addresses. */
#define NFHA_REC_NEIGH_MAX	(sizeof(struct nfha_rec_neigh) + 2 * sizeof(struct in6_addr))

/**
 * struct nfha_record_neigh - an ARP or ND entry as on the wire
 * @family: AF_INET or AF_INET6
 * @iface_family: likewise
 * @lladdr: MAC address; NFHA_REC_NEIGH_DELETE: 0
 * @addr: of the neighbour; IPv4 in s6_addr32[0], rest 0
 * @iface_addr: active address of the interface, as @addr
 */
struct nfha_record_neigh {
	u8			family;
	u8			iface_family;
	u8			lladdr[ETH_ALEN];
	struct in6_addr		addr;
	struct in6_addr		iface_addr;
};

/* A flowtable forwards it: its packets pass conntrack by. */
static inline bool nfha_ct_is_offloaded(const struct nf_conn *conn)
{
	return test_bit(IPS_OFFLOAD_BIT, &conn->status);
}

u8 *nfha_put(u8 *p, const void *data, size_t len);
u8 *nfha_put_tuple(u8 *p, u8 family, const union nf_inet_addr *src,
		   const union nf_inet_addr *dst, __be16 sport, __be16 dport);
bool nfha_get_tuple(struct nfha_cursor *c, u8 family, union nf_inet_addr *src,
		    union nf_inet_addr *dst, __be16 *sport, __be16 *dport);
bool nfha_zone_dir_valid(u8 dir);
const struct nfha_attr_hdr *nfha_attr_next(struct nfha_cursor *c);

u32 nfha_tcp_end(const struct ip_ct_tcp *tcp, int dir);
void nfha_ct_read(struct nf_conn *conn, struct nfha_ct *ct);
unsigned int nfha_record_state(const struct nfha_ct *ct, u8 *buf);
unsigned int nfha_record_delete(const struct nfha_key *key, u8 *buf);
int nfha_record_parse(const struct nfha_rec_hdr *h, struct nfha_cursor *body,
		      struct nfha_ct *ct);
bool nfha_record_neigh_is_unicast(u8 family, const struct in6_addr *addr);
unsigned int nfha_record_neigh(u8 type, const struct nfha_record_neigh *rec, u8 *buf);
int nfha_record_neigh_parse(const struct nfha_rec_hdr *h, struct nfha_cursor *body,
			    struct nfha_record_neigh *rec);
u32 nfha_ct_sum(const struct nfha_ct *ct);
enum nfha_kind nfha_kind_of(u8 proto);

#endif /* _NFHA_RECORD_H */
