/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pretend.h - a unit of another version of nfha, for tests
 *
 * In a module built with NFHA_DEBUG=1, the parameter "pretend" says what an instance
 * that is configured from then on is; otherwise nothing is left of this.
 */
#ifndef _NFHA_PRETEND_H
#define _NFHA_PRETEND_H

#include <linux/types.h>

struct nfha_repl;

/**
 * enum nfha_pretence - which version
 * @NFHA_PRETEND_NOTHING: this one
 * @NFHA_PRETEND_OLDER: does not say which versions it takes
 * @NFHA_PRETEND_NEWER: takes the next version, too, and sends a record and an
 *	attribute that this one does not know
 * @NFHA_PRETEND_APART: takes the next version only
 */
enum nfha_pretence {
	NFHA_PRETEND_NOTHING,
	NFHA_PRETEND_OLDER,
	NFHA_PRETEND_NEWER,
	NFHA_PRETEND_APART,
};

#ifdef NFHA_SELFTEST

#define NFHA_PRETEND_RECORD	8	/* bytes added to a frame, at most */
#define NFHA_PRETEND_ATTR	4	/* to a record */

void nfha_pretend_init(struct nfha_repl *repl);
bool nfha_pretend_older(const struct nfha_repl *repl);
u8 *nfha_pretend_frame(const struct nfha_repl *repl, u8 *end);
unsigned int nfha_pretend_record(const struct nfha_repl *repl, u8 *rec, unsigned int len);

#else

#define NFHA_PRETEND_RECORD	0
#define NFHA_PRETEND_ATTR	0

static inline void nfha_pretend_init(struct nfha_repl *repl)
{
}

static inline bool nfha_pretend_older(const struct nfha_repl *repl)
{
	return false;
}

static inline u8 *nfha_pretend_frame(const struct nfha_repl *repl, u8 *end)
{
	return end;
}

static inline unsigned int nfha_pretend_record(const struct nfha_repl *repl, u8 *rec,
					       unsigned int len)
{
	return len;
}

#endif

#endif /* _NFHA_PRETEND_H */
