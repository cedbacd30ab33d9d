/* SPDX-License-Identifier: GPL-2.0 */
/*
 * compat.h - every difference between the kernels that nfha builds for
 * (Debian 12: 6.1 and 6.12)
 */
#ifndef _NFHA_COMPAT_H
#define _NFHA_COMPAT_H

#include <linux/version.h>

#if !defined(CONFIG_64BIT)
#error "nfha needs a 64-bit kernel"
#endif

#if !IS_ENABLED(CONFIG_NF_CONNTRACK_EVENTS)
#error "nfha needs CONFIG_NF_CONNTRACK_EVENTS"
#endif

#endif /* _NFHA_COMPAT_H */
