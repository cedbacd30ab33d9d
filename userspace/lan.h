/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lan.h - the failover link, as the election sees it */
#ifndef NFHA_LAN_H
#define NFHA_LAN_H

#include "fsm.h"

/* Of the link that a path is; NULL: it is a data interface. */
struct rtt *lan_rtt(struct fsm *s, int path);

/* No hello has come by it for so long. */
uint64_t lan_silence(const struct fsm *s, uint64_t now);

/* A hello of the other unit's present life came by @path; @reborn: the first one. */
void lan_heard(struct fsm *s, unsigned int path, const struct fsm_hello *h, bool reborn,
	       uint64_t now, struct fsm_actions *out);

/* Does it work? */
void lan_watch(struct fsm *s, uint64_t now, struct fsm_actions *out);

#endif /* NFHA_LAN_H */
