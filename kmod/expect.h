/* SPDX-License-Identifier: GPL-2.0 */
/* expect.h - connections that a helper expects, as attributes of their master */
#ifndef _NFHA_EXPECT_H
#define _NFHA_EXPECT_H

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

unsigned int nfha_expect_put(struct nfha_repl *repl, struct nf_conn *conn,
			     struct nfha_rec_hdr *rec, const u8 *end);
int nfha_expect_check(const struct nfha_attr_hdr *a, u8 family);
void nfha_expect_sync(struct nfha_repl *repl, struct nf_conn *conn, const struct nfha_ct *ct);
void nfha_expect_restore(struct nf_conn *conn);

#endif /* _NFHA_EXPECT_H */
