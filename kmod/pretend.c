// SPDX-License-Identifier: GPL-2.0
/* pretend.c - a unit of another version of nfha, for tests */
#include "nfha.h"
#include "params.h"
#include "repl_inst.h"

#define NFHA_UNKNOWN_TYPE	63	/* of a record that is no object */
#define NFHA_UNKNOWN_ATTR	255

/**
 * nfha_pretend_init - be what the parameter says
 * @repl: instance, not started yet
 *
 * Context: any.
 */
void nfha_pretend_init(struct nfha_repl *repl)
{
	repl->pretence = READ_ONCE(nfha_pretend);
	if (repl->pretence >= NFHA_PRETEND_NEWER)
		repl->range.max++;
	if (repl->pretence == NFHA_PRETEND_APART)
		repl->range.min = repl->range.max;
}

/**
 * nfha_pretend_older - does @repl leave out what it takes?
 * @repl: instance
 *
 * Context: any.
 */
bool nfha_pretend_older(const struct nfha_repl *repl)
{
	return repl->pretence == NFHA_PRETEND_OLDER;
}

/**
 * nfha_pretend_frame - add a record that nobody knows
 * @repl: instance
 * @end: of the frame, with place for NFHA_PRETEND_RECORD bytes
 *
 * Context: any. Return: the new end.
 */
u8 *nfha_pretend_frame(const struct nfha_repl *repl, u8 *end)
{
	struct nfha_rec_term *rec = (struct nfha_rec_term *)end;

	if (repl->pretence != NFHA_PRETEND_NEWER)
		return end;
	rec->h.type = NFHA_UNKNOWN_TYPE;
	rec->h.flags = 0;
	rec->h.len = cpu_to_be16(sizeof(*rec));
	rec->term = 0;
	return end + sizeof(*rec);
}

/**
 * nfha_pretend_record - add an attribute that nobody knows
 * @repl: instance
 * @rec: a connection's record
 * @len: its length; with place for NFHA_PRETEND_ATTR bytes behind it
 *
 * Context: any. Return: the new length.
 */
unsigned int nfha_pretend_record(const struct nfha_repl *repl, u8 *rec, unsigned int len)
{
	static const u8 attr[NFHA_PRETEND_ATTR] = { NFHA_UNKNOWN_ATTR, NFHA_PRETEND_ATTR };

	if (repl->pretence != NFHA_PRETEND_NEWER)
		return len;
	memcpy(rec + len, attr, sizeof(attr));
	((struct nfha_rec_hdr *)rec)->len = cpu_to_be16(len + sizeof(attr));
	return len + sizeof(attr);
}
