/* SPDX-License-Identifier: GPL-2.0-or-later */
/* caps.h - privileges of the calling thread */
#ifndef NFHA_CAPS_H
#define NFHA_CAPS_H

/**
 * caps_drop() - keep CAP_NET_ADMIN and CAP_NET_RAW, give up the rest
 *
 * Capabilities belong to threads: each thread calls it, after it has set its
 * scheduling.
 * Return: 0 or a negative error.
 */
int caps_drop(void);

#endif /* NFHA_CAPS_H */
