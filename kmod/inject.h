/* SPDX-License-Identifier: GPL-2.0 */
/* inject.h - puts the peer's connections into this unit's conntrack table */
#ifndef _NFHA_INJECT_H
#define _NFHA_INJECT_H

#include <linux/types.h>

struct nf_conn;
struct nfha_ct;
struct nfha_key;
struct nfha_obj;
struct nfha_repl;

/* A replica lives this much longer than the connection: the active unit ends it. */
#define NFHA_GRACE_MS		300000

/*
 * How far a TCP connection may run ahead of its replica, in bytes. The replica's
 * window is widened by it on both sides; sequence arithmetic allows 2^29.
 */
#define NFHA_TCP_SLACK		(512U << 20)

int nfha_inject(struct nfha_repl *repl, struct nfha_obj *obj, const struct nfha_ct *ct);
bool nfha_inject_supports(u8 proto);
void nfha_inject_delete(struct nfha_repl *repl, const struct nfha_key *key);
bool nfha_inject_is_wide(const struct nf_conn *conn);
bool nfha_inject_narrow(struct nfha_obj *obj, struct nf_conn *conn);
void nfha_inject_restore(struct nfha_obj *obj, struct nf_conn *conn);

#endif /* _NFHA_INJECT_H */
