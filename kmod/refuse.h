/* SPDX-License-Identifier: GPL-2.0 */
/* refuse.h - records that could not be injected, to be tried again */
#ifndef _NFHA_REFUSE_H
#define _NFHA_REFUSE_H

#include <linux/list.h>
#include <linux/nfha_wire.h>
#include <linux/types.h>

struct nfha_key;
struct nfha_repl;

/**
 * struct nfha_refusals - the list; link worker only
 * @list: struct nfha_refused, in the order of refusal
 * @num: how many
 * @tried: ns: the last pass over it
 */
struct nfha_refusals {
	struct list_head	list;
	unsigned int		num;
	u64			tried;
};

void nfha_refuse(struct nfha_repl *repl, const struct nfha_rec_hdr *rec,
		 const struct nfha_key *key, u64 version);
void nfha_refused_run(struct nfha_repl *repl, u64 now);
u64 nfha_refused_deadline(const struct nfha_repl *repl);
void nfha_refused_forget(struct nfha_repl *repl);

#endif /* _NFHA_REFUSE_H */
