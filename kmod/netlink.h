/* SPDX-License-Identifier: GPL-2.0 */
/* netlink.h - generic netlink family "nfha" */
#ifndef _NFHA_NETLINK_H
#define _NFHA_NETLINK_H

#include <linux/nfha.h>

struct nfha_net;

/**
 * nfha_event - tell the helper
 * @nn: instance
 * @event: what happened; for NFHA_EVENT_CARRIER use nfha_event_iface()
 * @value: term or generation, by event
 *
 * Context: any. A message that cannot be sent is counted.
 */
void nfha_event(struct nfha_net *nn, enum nfha_event event, u32 value);

#endif /* _NFHA_NETLINK_H */
