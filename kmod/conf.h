/* SPDX-License-Identifier: GPL-2.0 */
/* conf.h - configuration of an instance */
#ifndef _NFHA_CONF_H
#define _NFHA_CONF_H

#include "http.h"
#include "iface.h"
#include "repl.h"

struct netlink_ext_ack;
struct nlattr;

/**
 * struct nfha_conf - NFHA_CMD_CONF_SET, parsed and valid
 * @unit: NFHA_UNIT_*
 * @hold_ms: hold time
 * @set: the interfaces; NULL once they are in use
 * @link: the state link, @link.family 0: none
 * @link_name: its device
 * @http: what is not replicated
 */
struct nfha_conf {
	u8			unit;
	u32			hold_ms;
	struct nfha_iface_set	*set;
	struct nfha_link_conf	link;
	char			link_name[IFNAMSIZ];
	struct nfha_http_conf	http;
};

/* parse.c */
int nfha_conf_parse(struct nfha_conf *conf, struct nlattr **attrs, struct nfha_net *nn,
		    struct netlink_ext_ack *extack);
int nfha_conf_parse_mac(const struct nlattr *attr, struct netlink_ext_ack *extack);

/* conf.c */
void nfha_conf_refuse(void);
int nfha_conf_set(struct nfha_net *nn, struct nlattr **attrs, struct netlink_ext_ack *extack);
void nfha_conf_clear(struct nfha_net *nn);
void nfha_conf_abandon(struct nfha_net *nn);
int nfha_conf_set_macs(struct nfha_net *nn, const struct nlattr *attr,
		       struct netlink_ext_ack *extack);

#endif /* _NFHA_CONF_H */
