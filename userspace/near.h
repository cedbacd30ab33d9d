/* SPDX-License-Identifier: GPL-2.0-or-later */
/* near.h - "did you mean" */
#ifndef NFHA_NEAR_H
#define NFHA_NEAR_H

#include <stddef.h>

/**
 * nearest() - which of the words was meant?
 * @found: what was written
 * @words: candidates
 * @n: how many
 *
 * Return: the nearest, or NULL where none is near.
 */
const char *nearest(const char *found, const char *const *words, size_t n);

#endif /* NFHA_NEAR_H */
