/* SPDX-License-Identifier: GPL-2.0 */
/* announce.h - tell the neighbours where the active addresses are now */
#ifndef _NFHA_ANNOUNCE_H
#define _NFHA_ANNOUNCE_H

struct nfha_net;

void nfha_announce_init(struct nfha_net *nn);
void nfha_announce_start(struct nfha_net *nn);
void nfha_announce_standby(struct nfha_net *nn);
void nfha_announce_stop(struct nfha_net *nn);

#endif /* _NFHA_ANNOUNCE_H */
