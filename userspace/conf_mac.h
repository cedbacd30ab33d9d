/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf_mac.h - virtual MAC addresses (13-24), after the last line was read */
#ifndef NFHA_CONF_MAC_H
#define NFHA_CONF_MAC_H

#include "parse.h"

/* mac-address auto: gives the data interfaces that have none a pair of addresses. */
void mac_auto(struct conf *c);

/* Each address once, and none on a link. */
void mac_check(struct parser *p);

#endif /* NFHA_CONF_MAC_H */
