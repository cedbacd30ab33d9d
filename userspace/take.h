/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * take.h - words of a command to values: names, devices, addresses
 *
 * All return false when they have told what is wrong with the word.
 */
#ifndef NFHA_TAKE_H
#define NFHA_TAKE_H

#include "parse.h"

/* @name: NFHA_NAMEIF_MAX bytes */
bool take_name(struct parser *p, const struct word *w, const char *page, char *name);

/* @dev: IFNAMSIZ bytes */
bool take_device(struct parser *p, const struct word *w, const char *page, char *dev);

/**
 * take_pair() - "A/LEN standby B" or "A MASK standby B"
 * @p: parser
 * @arg: the words
 * @n: how many
 * @family: AF_INET, AF_INET6; 0: either
 * @page: of the command
 * @a: filled
 * @used: words taken; the rest of the line is the caller's
 */
bool take_pair(struct parser *p, const struct word *arg, unsigned int n, uint8_t family,
	       const char *page, struct conf_addr *a, unsigned int *used);

#endif /* NFHA_TAKE_H */
