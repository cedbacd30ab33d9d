/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kind.h - what kind of device an interface is */
#ifndef NFHA_KIND_H
#define NFHA_KIND_H

#include <stdbool.h>
#include <stdint.h>

/* A VLAN, macvlan or ipvlan device, whatever its name: not monitored by default (13-22). */
bool kind_is_sub(const char *dev);

/* enum nfha_hello_kind of a device of this machine. */
uint8_t kind_in_hello(const char *dev);

#endif /* NFHA_KIND_H */
