/* SPDX-License-Identifier: GPL-2.0-or-later */
/* reload.h - the configuration, read again while failover runs */
#ifndef NFHA_RELOAD_H
#define NFHA_RELOAD_H

#include "conf.h"
#include "key.h"

/* conf_load() with its messages in the log. */
unsigned int reload_log(const char *path, struct conf *c);

/* The key of a configuration; NULL: no memory. Its text is wiped. */
struct key *reload_key(struct conf *c);

/**
 * reload_read() - what of it can be taken while failover runs: another key
 * @c: what runs
 * @path: of the file
 * @next: filled; conf_free() in any case
 *
 * Return: NULL, or why nothing can be taken.
 */
const char *reload_read(const struct conf *c, const char *path, struct conf *next);

/* The file at @path is a configuration, means the same, and has the same key. */
bool reload_same(const struct conf *c, const struct key *key, const char *path);

#endif /* NFHA_RELOAD_H */
