/* SPDX-License-Identifier: GPL-2.0 */
/* http.h - connections that are not replicated (13-22) */
#ifndef _NFHA_HTTP_H
#define _NFHA_HTTP_H

#include <linux/types.h>
#include <linux/nfha.h>

struct nfha_key;
struct nfha_net;

/**
 * struct nfha_http_conf - ports of what is not replicated
 * @num: number of @port; 0: everything is replicated
 * @port: TCP destination port of the original direction, host order
 */
struct nfha_http_conf {
	unsigned int	num;
	u16		port[NFHA_HTTP_PORTS_MAX];
};

int nfha_http_set(struct nfha_net *nn, const struct nfha_http_conf *conf);
void nfha_http_clear(struct nfha_net *nn);
bool nfha_http_is_left_out(const struct nfha_net *nn, const struct nfha_key *key);

#endif /* _NFHA_HTTP_H */
