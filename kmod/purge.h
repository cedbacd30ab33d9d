/* SPDX-License-Identifier: GPL-2.0 */
/* purge.h - a standby forgets what the active unit does not have */
#ifndef _NFHA_PURGE_H
#define _NFHA_PURGE_H

#include <linux/types.h>

#include "walk.h"

struct nfha_key;
struct nfha_repl;

/**
 * struct nfha_purge - removal of what BULK_END left over; link worker only
 * @running: under way
 * @pos: next bucket of the table of objects
 * @walk: position in conntrack, once @pos is through
 */
struct nfha_purge {
	bool			running;
	u32			pos;
	struct nfha_walk	walk;
};

void nfha_purge_start(struct nfha_repl *repl);
bool nfha_purge_run(struct nfha_repl *repl);
bool nfha_purge_is_shared(struct nfha_repl *repl, const struct nfha_key *key);

#endif /* _NFHA_PURGE_H */
