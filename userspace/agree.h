/* SPDX-License-Identifier: GPL-2.0-or-later */
/* agree.h - how two helpers agree on a key of the state link: section 5 of nfha_wire.h */
#ifndef NFHA_AGREE_H
#define NFHA_AGREE_H

#include <linux/nfha.h>
#include <linux/nfha_wire.h>

#include "tls.h"

#define AGREE_BIT(cipher)	((uint8_t)(1U << (cipher)))
#define AGREE_CIPHERS \
	(AGREE_BIT(NFHA_CIPHER_AES_256_GCM) | AGREE_BIT(NFHA_CIPHER_CHACHA20_POLY1305))

/* struct agree_msg - a control message; fields as struct nfha_control */
struct agree_msg {
	uint8_t	type;
	uint8_t	unit;
	uint8_t	key_id;
	uint8_t	ciphers;
};

/**
 * struct agree_side - what this unit brings
 * @unit: NFHA_UNIT_*
 * @last_id: key id that it had last; 0: none
 * @ciphers: bits of what it can do
 */
struct agree_side {
	uint8_t	unit;
	uint8_t	last_id;
	uint8_t	ciphers;
};

/**
 * struct agree_key - what came out; to be wiped
 * @id: key id
 * @cipher: enum nfha_cipher
 * @tx: secret of what this unit sends
 * @rx: of what it receives
 */
struct agree_key {
	uint8_t	id;
	uint8_t	cipher;
	uint8_t	tx[NFHA_KEY_SECRET_LEN];
	uint8_t	rx[NFHA_KEY_SECRET_LEN];
};

void agree_build(const struct agree_msg *m, uint8_t buf[sizeof(struct nfha_control)]);

/**
 * agree_parse() - bytes to control message
 * @buf: untrusted
 * @len: of @buf
 * @m: filled
 *
 * Return: NULL, or what is wrong with it.
 */
const char *agree_parse(const uint8_t *buf, size_t len, struct agree_msg *m);

/**
 * agree_on_key() - offer and choice, after the handshake
 * @t: connection
 * @side: ours
 * @key: filled
 * @w: how long
 *
 * Return: NULL, or what went wrong.
 */
const char *agree_on_key(struct tls *t, const struct agree_side *side, struct agree_key *key,
			 const struct tls_wait *w);

/* Both have installed @key; NULL, or what went wrong. */
const char *agree_installed(struct tls *t, const struct agree_side *side,
			    const struct agree_key *key, const struct tls_wait *w);

/* Name of a cipher, as show failover has it. */
const char *agree_cipher_name(uint8_t cipher);

#endif /* NFHA_AGREE_H */
