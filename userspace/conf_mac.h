/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf_mac.h - virtual MAC addresses (13-24), after the last line was read */
#ifndef NFHA_CONF_MAC_H
#define NFHA_CONF_MAC_H

#include "parse.h"

/* mac-address auto: gives the data interfaces that have none a pair of addresses. */
void mac_auto(struct conf *c);

/**
 * mac_pair() - two MAC addresses that both units compute
 * @c: configuration
 * @iface: a data interface
 * @purpose: what for; others for another one
 * @even: filled
 * @odd: filled; differs in the last bit
 */
void mac_pair(const struct conf *c, const struct conf_iface *iface, const char *purpose,
	      uint8_t even[MAC_LEN], uint8_t odd[MAC_LEN]);

/* Each address once, and none on a link. */
void mac_check(struct parser *p);

#endif /* NFHA_CONF_MAC_H */
