/* SPDX-License-Identifier: GPL-2.0 */
/* expect.h - connections that a helper expects, as attributes of their master */
#ifndef _NFHA_EXPECT_H
#define _NFHA_EXPECT_H

#include <linux/siphash.h>
#include <net/netfilter/nf_conntrack_tuple.h>

#include "frame.h"

struct nf_conn;
struct nfha_ct;
struct nfha_repl;

#define NFHA_EXPECTS_MAX	32	/* of one connection */
#define NFHA_EXPECT_NAME_MAX	24	/* of an expectation function, with the terminator */

/* Largest attribute: four IPv6 addresses, two names. */
#define NFHA_EXPECT_LEN_MAX						\
	(sizeof(struct nfha_ct_expect) + 4 * 16 + NFHA_EXPECT_NAME_MAX + NFHA_HELPER_NAME_MAX)

/* Room that a record should have for them, to begin with. */
#define NFHA_EXPECTS_ROOM	(12 * NFHA_EXPECT_LEN_MAX)

/**
 * struct nfha_expect - an expectation between conntrack and the wire
 * @tuple: what is expected
 * @mask: of its source
 * @saved_addr: NAT: the address before
 * @saved_port: NAT: the port before
 * @flags: NF_CT_EXPECT_* within NFHA_EXPECT_FLAGS
 * @timeout_ms: remaining lifetime
 * @class: of its helper
 * @dir: of the master, relative to which it is
 * @fn: name of the function that is called with the new connection; may be empty
 * @helper: of the new connection; may be empty
 */
struct nfha_expect {
	struct nf_conntrack_tuple	tuple;
	struct nf_conntrack_tuple_mask	mask;
	union nf_inet_addr		saved_addr;
	__be16				saved_port;
	u32				flags;
	u32				timeout_ms;
	u8				class;
	u8				dir;
	char				fn[NFHA_EXPECT_NAME_MAX];
	char				helper[NFHA_HELPER_NAME_MAX];
};

unsigned int nfha_expect_put_all(struct nfha_repl *repl, struct nf_conn *conn,
				 struct nfha_rec_hdr *rec, const u8 *end);
u64 nfha_expect_sum(struct nf_conn *conn, const siphash_key_t *seed);
u8 *nfha_expect_put(u8 *p, const struct nfha_expect *e, u8 family);
int nfha_expect_get(const struct nfha_attr_hdr *attr, u8 family, struct nfha_expect *e);
void nfha_expect_sync(struct nfha_repl *repl, struct nf_conn *conn, const struct nfha_ct *ct);
void nfha_expect_restore(struct nf_conn *conn);

#endif /* _NFHA_EXPECT_H */
