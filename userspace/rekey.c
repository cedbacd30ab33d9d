// SPDX-License-Identifier: GPL-2.0-or-later
/* rekey.c - another failover key while both units run (13-34) */
#include "rekey.h"

static bool is_of(const uint8_t mark[NFHA_KEY_MARK_LEN], const struct seal *seal)
{
	return seal && !memcmp(mark, seal_mark(seal), NFHA_KEY_MARK_LEN);
}

void rekey_free(struct rekey *r)
{
	seal_free(r->now);
	seal_free(r->next);
}

static void drop_next(struct rekey *r)
{
	seal_free(r->next);
	r->next = NULL;
	r->next_heard_ns = 0;
	r->both = false;
}

enum rekey_answer rekey_offer(struct rekey *r, struct seal *next)
{
	/* The other unit may seal with either now, and will settle it with its next hello. */
	if (r->both || is_of(seal_mark(next), r->next)) {
		enum rekey_answer answer = r->both ? REKEY_BUSY : REKEY_SAME;

		seal_free(next);
		return answer;
	}
	if (is_of(seal_mark(next), r->now)) {
		enum rekey_answer answer = r->next ? REKEY_BACK : REKEY_SAME;

		seal_free(next);
		drop_next(r);
		return answer;
	}
	drop_next(r);
	r->next = next;
	return REKEY_TAKEN;
}

unsigned int rekey_seals(const struct rekey *r, bool alive, uint64_t now_ns, uint64_t hold_ns,
			 struct seal *seal[2])
{
	bool heard = r->next_heard_ns && now_ns - r->next_heard_ns < hold_ns;

	seal[0] = r->both ? r->next : r->now;
	seal[1] = r->both ? r->now : r->next;
	/* One that comes back may have been given the other key, and cannot say so. */
	return r->next && (!alive || (heard && !r->both)) ? 2 : 1;
}

enum hello_error rekey_parse(struct rekey *r, const uint8_t *buf, size_t len, uint64_t now_ns,
			     struct fsm_hello *h, struct hello_tlvs *t, bool *by_next)
{
	enum hello_error err = hello_parse(r->now, buf, len, h, t);

	*by_next = err == HELLO_SEAL && r->next;
	if (!*by_next)
		return err;
	err = hello_parse(r->next, buf, len, h, t);
	if (!err)
		r->next_heard_ns = now_ns;
	return err;
}

void rekey_tell(const struct rekey *r, struct hello_tlvs *t)
{
	t->has_next_key = r->next;
	if (r->next)
		memcpy(t->next_key, seal_mark(r->next), sizeof(t->next_key));
}

static enum rekey_event finish(struct rekey *r, uint64_t now_ns)
{
	seal_free(r->now);
	r->now = r->next;
	r->next = NULL;
	drop_next(r);
	r->peer = false;
	r->done_ns = now_ns;
	return REKEY_DONE;
}

enum rekey_event rekey_fresh(struct rekey *r, const struct hello_tlvs *t, bool by_next,
			     uint64_t now_ns)
{
	bool news;

	if (by_next)
		return finish(r, now_ns);
	/* Not given one, or no more; or it has yet to see that this unit is done. */
	if (!t->has_next_key || is_of(t->next_key, r->now)) {
		r->peer = false;
		r->both = false;
		return REKEY_NOTHING;
	}
	news = !r->peer || memcmp(r->peer_mark, t->next_key, sizeof(r->peer_mark));
	r->peer = true;
	memcpy(r->peer_mark, t->next_key, sizeof(r->peer_mark));
	if (is_of(t->next_key, r->next)) {
		news = !r->both;
		r->both = true;
		return news ? REKEY_BOTH_HAVE : REKEY_NOTHING;
	}
	r->both = false;
	return news ? REKEY_PEER_HAS : REKEY_NOTHING;
}

enum rekey_view rekey_view(const struct rekey *r)
{
	if (r->both)
		return REKEY_CHANGING;
	if (r->next && r->peer)
		return is_of(r->peer_mark, r->next) ? REKEY_CHANGING : REKEY_APART;
	return r->next ? REKEY_WAITS : r->peer ? REKEY_PEER_WAITS : REKEY_NONE;
}
