/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rekey.h - another failover key while both units run (13-34)
 *
 * A unit that was given another key goes on sealing with the one before, says in its
 * hellos which key it was given, and opens what is sealed with either. Once it knows
 * that the other unit has the new key, too, it seals with that; once a fresh hello was
 * sealed with it, the key before is forgotten. So neither unit ever says what the other
 * one cannot open, in whatever order they are given the key, and however long that takes.
 *
 * No threads, no clock of its own: of the hello thread.
 */
#ifndef NFHA_REKEY_H
#define NFHA_REKEY_H

#include "hello.h"

/**
 * struct rekey - the key of hellos, and the one that replaces it
 * @now: opens and seals; NULL: clear text
 * @next: opens, too; NULL: none
 * @both: the other unit has @next: it seals
 * @peer: the other unit's last fresh hello named another key
 * @peer_mark: which one
 * @next_heard_ns: last hello sealed with @next; 0: none
 * @done_ns: the key before was forgotten then; 0: never
 */
struct rekey {
	struct seal	*now;
	struct seal	*next;
	bool		both;
	bool		peer;
	uint8_t		peer_mark[NFHA_KEY_MARK_LEN];
	uint64_t	next_heard_ns;
	uint64_t	done_ns;
};

/* enum rekey_view - what can be shown of it */
enum rekey_view {
	REKEY_NONE,
	REKEY_WAITS,		/* for the other unit to be given this one's key */
	REKEY_PEER_WAITS,	/* the other unit does */
	REKEY_APART,		/* both do, with different keys */
	REKEY_CHANGING,		/* both have the same */
};

/* enum rekey_answer - to rekey_offer() */
enum rekey_answer {
	REKEY_TAKEN,		/* another key than before */
	REKEY_SAME,		/* it is there already */
	REKEY_BACK,		/* the key in use again: the other one is dropped */
	REKEY_BUSY,		/* a change is all but done */
};

void rekey_free(struct rekey *r);

/* @next is @r's from now on, whatever the answer. */
enum rekey_answer rekey_offer(struct rekey *r, struct seal *next);

/**
 * rekey_seals() - what to seal the next hello with
 * @r: keys
 * @alive: the other unit is
 * @now_ns: CLOCK_BOOTTIME
 * @hold_ns: hold time
 * @seal: filled; twice, where it is not known what the other unit has
 *
 * Return: how many.
 */
unsigned int rekey_seals(const struct rekey *r, bool alive, uint64_t now_ns, uint64_t hold_ns,
			 struct seal *seal[2]);

/**
 * rekey_parse() - hello_parse() with what there is
 * @by_next: it was sealed with the key that replaces the other one
 */
enum hello_error rekey_parse(struct rekey *r, const uint8_t *buf, size_t len, uint64_t now_ns,
			     struct fsm_hello *h, struct hello_tlvs *t, bool *by_next);

/* What this unit's hellos say. */
void rekey_tell(const struct rekey *r, struct hello_tlvs *t);

/* enum rekey_event - what a fresh hello brought */
enum rekey_event {
	REKEY_NOTHING,
	REKEY_PEER_HAS,		/* the other unit was given another key than this one */
	REKEY_BOTH_HAVE,	/* both were given the same */
	REKEY_DONE,		/* the key before is forgotten */
};

enum rekey_event rekey_fresh(struct rekey *r, const struct hello_tlvs *t, bool by_next,
			     uint64_t now_ns);

enum rekey_view rekey_view(const struct rekey *r);

#endif /* NFHA_REKEY_H */
