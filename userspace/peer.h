/* SPDX-License-Identifier: GPL-2.0-or-later */
/* peer.h - the other unit, as its hellos show it; a part of fsm.h */
#ifndef NFHA_PEER_H
#define NFHA_PEER_H

#include "util.h"

#define PEER_RETIRED	32	/* former lives, remembered */

/* struct peer_life - a life of the other unit: its boot nonce, its highest counter seen */
struct peer_life {
	uint64_t	nonce;
	uint64_t	counter;
};

/**
 * struct fsm_hello - a hello, as far as the election cares
 * Fields as struct nfha_hello_hdr, nfha_hello_time and nfha_hello_pause, host byte order;
 * @stamp 0: no times.
 */
struct fsm_hello {
	uint8_t		unit;
	uint8_t		state;
	uint32_t	flags;
	uint32_t	term;
	uint64_t	nonce;
	uint64_t	peer_nonce;
	uint64_t	counter;
	uint32_t	poll_ms;
	uint32_t	hold_ms;
	uint32_t	active_s;
	uint64_t	stamp;
	uint64_t	echo;
	uint32_t	held_us;
	uint32_t	ask_ms;
	uint32_t	grant_ms;
};

/* enum peer_view - the other unit, as this one sees it */
enum peer_view {
	PEER_NOT_DETECTED,
	PEER_ALIVE,
	PEER_FAILED,
};

/**
 * struct peer - what is known of the other unit, from fresh hellos only
 * @view: alive or not
 * @nonce: its boot nonce, once it echoed ours; 0: none yet
 * @heard_nonce: of the last hello, proven or not: what a probe echoes
 * @met_ns: when @heard_nonce was heard first
 * @counter: highest counter seen with @nonce
 * @window: bit i: @counter - 1 - i was seen
 * @retired: its former lives; one of their hellos, replayed or held up, proves nothing
 * @retired_next: where the next goes
 * @state: enum nfha_hello_state
 * @flags: NFHA_HELLO_F_*
 * @term: its term
 * @poll_ms: its configuration, which must be ours
 * @hold_ms: likewise
 * @active_s: how long it was active in all
 * @heard_ns: last hello, whatever it proves; 0: never
 * @fresh_ns: last fresh hello on any path
 * @active_ns: last fresh hello that said active or staged
 * @pause_ns: its helper restarts, and is waited for until then; 0: no
 * @pause_ms: what it was granted
 */
struct peer {
	enum peer_view view;
	uint64_t	nonce;
	uint64_t	heard_nonce;
	uint64_t	met_ns;
	uint64_t	counter;
	uint64_t	window;
	struct peer_life retired[PEER_RETIRED];
	unsigned int	retired_next;
	uint8_t		state;
	uint32_t	flags;
	uint32_t	term;
	uint32_t	poll_ms;
	uint32_t	hold_ms;
	uint32_t	active_s;
	uint64_t	heard_ns;
	uint64_t	fresh_ns;
	uint64_t	active_ns;
	uint64_t	pause_ns;
	uint32_t	pause_ms;
};

/**
 * enum peer_verdict - what a hello proves
 * @PEER_FRESH: the present
 * @PEER_LATE: that its path works; a newer one was seen on another path
 * @PEER_STALE: nothing yet: it does not echo our nonce; worth an answer
 * @PEER_REFUSED: nothing: seen before, or from a former life
 */
enum peer_verdict { PEER_FRESH, PEER_LATE, PEER_STALE, PEER_REFUSED };

/**
 * peer_judge() - is this hello fresh?
 * @p: nonces, counter and window are updated
 * @own_nonce: this unit's boot nonce
 * @h: the hello
 * @silent: nothing fresh came for longer than usual
 * @reborn: set when it is the first fresh one of another life of the peer
 *
 * Nonces have no order: a hello of a life that ended, held up on the way, may come after the
 * first one of the next life, and retire that. The one that goes on while the other is silent,
 * with what was never heard of it, is the living one.
 */
enum peer_verdict peer_judge(struct peer *p, uint64_t own_nonce, const struct fsm_hello *h,
			     bool silent, bool *reborn);

#endif /* NFHA_PEER_H */
