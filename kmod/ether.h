/* SPDX-License-Identifier: GPL-2.0 */
/* ether.h - the state link on a data interface */
#ifndef _NFHA_ETHER_H
#define _NFHA_ETHER_H

#include <linux/types.h>

struct nfha_repl;

void nfha_ether_open(struct nfha_repl *repl);
void nfha_ether_close(struct nfha_repl *repl);
int nfha_ether_send(struct nfha_repl *repl, const void *data, size_t len);

#endif /* _NFHA_ETHER_H */
