/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * command.h - what the commands of the configuration do
 *
 * Each one takes the words behind its verb (struct rule), and returns false when
 * it has told why they are refused.
 */
#ifndef NFHA_COMMAND_H
#define NFHA_COMMAND_H

#include "parse.h"

/* The interface whose sub-commands come. */
static inline struct conf_iface *this_iface(struct parser *p)
{
	return &p->c->iface[p->iface];
}

/* conf_failover.c */
bool on_failover(struct parser *p, const struct word *arg, unsigned int n);
bool on_no_failover(struct parser *p, const struct word *arg, unsigned int n);
bool on_unit(struct parser *p, const struct word *arg, unsigned int n);
bool on_lan_interface(struct parser *p, const struct word *arg, unsigned int n);
bool on_lan_backup(struct parser *p, const struct word *arg, unsigned int n);
bool on_link(struct parser *p, const struct word *arg, unsigned int n);
bool on_interface_ip(struct parser *p, const struct word *arg, unsigned int n);
bool on_polltime(struct parser *p, const struct word *arg, unsigned int n);
bool on_polltime_interface(struct parser *p, const struct word *arg, unsigned int n);
bool on_policy(struct parser *p, const struct word *arg, unsigned int n);
bool on_no_http(struct parser *p, const struct word *arg, unsigned int n);
bool on_http(struct parser *p, const struct word *arg, unsigned int n);

/* conf_key.c */
bool on_key(struct parser *p, const struct word *arg, unsigned int n);
bool on_key_lifetime(struct parser *p, const struct word *arg, unsigned int n);

/* conf_iface.c */
bool on_ip_address(struct parser *p, const struct word *arg, unsigned int n);
bool on_ipv6_address(struct parser *p, const struct word *arg, unsigned int n);
bool on_interface(struct parser *p, const struct word *arg, unsigned int n);
bool on_nameif(struct parser *p, const struct word *arg, unsigned int n);
bool on_shutdown(struct parser *p, const struct word *arg, unsigned int n);
bool on_no_shutdown(struct parser *p, const struct word *arg, unsigned int n);
bool on_monitor(struct parser *p, const struct word *arg, unsigned int n);
bool on_no_monitor(struct parser *p, const struct word *arg, unsigned int n);

/* conf_mac.c */
bool on_failover_mac(struct parser *p, const struct word *arg, unsigned int n);
bool on_mac_address(struct parser *p, const struct word *arg, unsigned int n);
bool on_mac_auto(struct parser *p, const struct word *arg, unsigned int n);
bool on_no_mac_auto(struct parser *p, const struct word *arg, unsigned int n);

#endif /* NFHA_COMMAND_H */
