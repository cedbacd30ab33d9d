/* SPDX-License-Identifier: GPL-2.0 */
/* netlink.h - generic netlink family "nfha" */
#ifndef _NFHA_NETLINK_H
#define _NFHA_NETLINK_H

#include <net/netlink.h>
#include <linux/nfha.h>

struct nfha_iface;
struct nfha_net;

extern const struct nla_policy nfha_iface_policy[NFHA_IF_A_MAX + 1];
extern const struct nla_policy nfha_addr_policy[NFHA_ADDR_A_MAX + 1];
extern const struct nla_policy nfha_link_policy[NFHA_LINK_A_MAX + 1];
extern const struct nla_policy nfha_http_policy[NFHA_A_HTTP_PORT + 1];

int nfha_netlink_init(void);
void nfha_netlink_exit(void);

/**
 * nfha_event - tell the helper
 * @nn: instance
 * @event: what happened; for NFHA_EVENT_CARRIER use nfha_event_iface(), for
 *	NFHA_EVENT_KEY_SPENT nfha_event_key()
 * @value: term or generation, by event
 *
 * Context: any. A message that cannot be sent is counted.
 */
void nfha_event(struct nfha_net *nn, enum nfha_event event, u32 value);

/**
 * nfha_event_iface - tell the helper that the status of an interface changed
 * @nn: instance
 * @iface: interface
 *
 * Context: rtnl held. A message that cannot be sent is counted.
 */
void nfha_event_iface(struct nfha_net *nn, struct nfha_iface *iface);

/**
 * nfha_event_key - tell the helper that a key is half spent
 * @nn: instance
 * @id: of the key
 *
 * Context: any. A message that cannot be sent is counted.
 */
void nfha_event_key(struct nfha_net *nn, u8 id);

#endif /* _NFHA_NETLINK_H */
