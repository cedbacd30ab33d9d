// SPDX-License-Identifier: GPL-2.0-or-later
/* peer.c - freshness: which hellos prove something about the present */
#include "peer.h"

static struct peer_life *find_retired(struct peer *p, uint64_t nonce)
{
	for (unsigned int i = 0; i < PEER_RETIRED; i++)
		if (p->retired[i].nonce == nonce)
			return &p->retired[i];
	return NULL;
}

/* @retired: that life, which was given up too early; NULL: it is a new one. */
static void begin_life(struct peer *p, struct peer_life *retired, const struct fsm_hello *h)
{
	if (!retired && p->nonce) {
		retired = &p->retired[p->retired_next];
		p->retired_next = (p->retired_next + 1) % PEER_RETIRED;
	}
	if (retired)
		*retired = (struct peer_life){ .nonce = p->nonce, .counter = p->counter };
	p->nonce = h->nonce;
	p->counter = h->counter;
	p->window = UINT64_MAX;
}

/*
 * Paths overtake each other, so that a hello may be new though a later one was
 * seen: it proves that its path works, and nothing about the peer's present.
 */
static enum peer_verdict check_counter(struct peer *p, uint64_t counter)
{
	uint64_t ahead = counter - p->counter;
	uint64_t behind = p->counter - counter - 1;

	if (counter > p->counter) {
		p->window = ahead >= 64 ? 0 : p->window << ahead;
		if (ahead <= 64)
			p->window |= 1ULL << (ahead - 1);
		p->counter = counter;
		return PEER_FRESH;
	}
	if (counter == p->counter || behind >= 64 || p->window >> behind & 1)
		return PEER_REFUSED;
	p->window |= 1ULL << behind;
	return PEER_LATE;
}

enum peer_verdict peer_judge(struct peer *p, uint64_t own_nonce, const struct fsm_hello *h,
			     bool silent, bool *reborn)
{
	struct peer_life *retired = find_retired(p, h->nonce);

	*reborn = false;
	if (retired && (!silent || h->counter <= retired->counter))
		return PEER_REFUSED;
	p->heard_nonce = h->nonce;
	if (h->peer_nonce != own_nonce)
		return PEER_STALE;
	if (h->nonce == p->nonce)
		return check_counter(p, h->counter);
	begin_life(p, retired, h);
	*reborn = true;
	return PEER_FRESH;
}
