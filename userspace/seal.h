/* SPDX-License-Identifier: GPL-2.0-or-later */
/* seal.h - the seal of a hello: section 4 of nfha_wire.h */
#ifndef NFHA_SEAL_H
#define NFHA_SEAL_H

#include <linux/nfha_wire.h>

#include "key.h"

struct seal;

/**
 * seal_new() - prepares for both units; of one thread
 * @key: copied
 * @unit: NFHA_UNIT_* of this unit
 *
 * Return: NULL: no memory.
 */
struct seal *seal_new(const struct key *key, uint8_t unit);
void seal_free(struct seal *s);

/* NFHA_KEY_MARK_LEN bytes that say which key it is. */
const uint8_t *seal_mark(const struct seal *s);

/**
 * seal_put() - seals as this unit
 * @s: seals
 * @buf: what is sealed; the seal is put behind it
 * @len: of @buf without the seal
 *
 * Return: false: no memory.
 */
bool seal_put(struct seal *s, uint8_t *buf, size_t len);

/**
 * seal_good() - is the seal that of a unit?
 * @s: seals
 * @unit: who says it was
 * @buf: untrusted, with the seal behind it
 * @len: without the seal
 *
 * Takes the same time wherever the seal is wrong.
 */
bool seal_good(struct seal *s, uint8_t unit, const uint8_t *buf, size_t len);

#endif /* NFHA_SEAL_H */
