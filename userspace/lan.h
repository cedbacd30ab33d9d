/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lan.h - the failover link and its backup, as the election sees them */
#ifndef NFHA_LAN_H
#define NFHA_LAN_H

#include "fsm.h"

/* No hello has come by any of them for so long. */
uint64_t lan_silence(const struct fsm *s, uint64_t now);

/* A hello of the other unit's present life came by @path; @reborn: the first one. */
void lan_heard(struct fsm *s, unsigned int path, const struct fsm_hello *h, bool reborn,
	       uint64_t now, struct fsm_actions *out);

/* Do they work? */
void lan_watch(struct fsm *s, uint64_t now, struct fsm_actions *out);

#endif /* NFHA_LAN_H */
