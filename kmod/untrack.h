/* SPDX-License-Identifier: GPL-2.0 */
/* untrack.h - the pair's own traffic stays out of conntrack */
#ifndef _NFHA_UNTRACK_H
#define _NFHA_UNTRACK_H

struct nfha_net;

int nfha_untrack_hook(struct nfha_net *nn);
void nfha_untrack_unhook(struct nfha_net *nn);

#endif /* _NFHA_UNTRACK_H */
