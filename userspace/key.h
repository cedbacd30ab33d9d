/* SPDX-License-Identifier: GPL-2.0-or-later */
/* key.h - the pair's key (13-34) and the keys made of it: section 6 of nfha_wire.h */
#ifndef NFHA_KEY_H
#define NFHA_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_LEN		32
#define KEY_TEXT_MAX	64	/* 63 characters (13-34) and the terminator */
#define KEY_HEX_DIGITS	32	/* 13-34 */

/* enum key_use - what a key is for; the first two are numbered as units are */
enum key_use {
	KEY_HELLO_PRIMARY,
	KEY_HELLO_SECONDARY,
	KEY_TLS,
	KEY_MARK,	/* what says in hellos which key it is */
	KEY_USES
};

/* struct key - all of them; in memory that is neither swapped nor dumped */
struct key {
	uint8_t	use[KEY_USES][KEY_LEN];
};

/**
 * key_make() - keys of what was configured
 * @text: secret, or hexadecimal digits with @hex
 * @hex: which one
 *
 * A text takes a tenth of a second and 32 MiB, on purpose.
 *
 * Return: key_free() it; NULL: no memory.
 */
struct key *key_make(const char *text, bool hex);

/* Another one with the same content; NULL: no memory. */
struct key *key_copy(const struct key *key);
void key_free(struct key *key);

/**
 * key_unfit() - why this is no secret
 * @text: the secret
 * @len: its length
 *
 * Return: NULL: it is one; never any part of it.
 */
const char *key_unfit(const char *text, size_t len);

/**
 * key_read() - secret in a file
 * @path: of the file: root's, closed to others, one line
 * @text: filled; the caller wipes it
 * @why: filled
 * @size: of @why
 *
 * Return: NULL, or @why it cannot be taken.
 */
const char *key_read(const char *path, char text[KEY_TEXT_MAX], char *why, size_t size);

#endif /* NFHA_KEY_H */
