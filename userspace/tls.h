/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tls.h - one TLS connection of the helpers: section 5 of nfha_wire.h */
#ifndef NFHA_TLS_H
#define NFHA_TLS_H

#include "key.h"
#include "util.h"

struct tls;

/**
 * struct tls_wait - how long to wait
 * @until_ns: CLOCK_BOOTTIME
 * @stop: not longer than until this is readable; -1: nothing stops it
 */
struct tls_wait {
	uint64_t	until_ns;
	int		stop;
};

/**
 * tls_new() - the primary is the server
 * @key: lives as long as the connection
 * @unit: NFHA_UNIT_* of this unit
 * @fd: connected, does not block; tls_free() closes it, and so does failing here
 *
 * Return: NULL: no memory.
 */
struct tls *tls_new(const struct key *key, uint8_t unit, int fd);
void tls_free(struct tls *t);
int tls_fd(const struct tls *t);

/* All or nothing; false: tls_why() says why. */
bool tls_handshake(struct tls *t, const struct tls_wait *w);
bool tls_write(struct tls *t, const void *buf, size_t len, const struct tls_wait *w);
bool tls_read(struct tls *t, void *buf, size_t len, const struct tls_wait *w);

/* A connection that is readable should be silent still; false: it has ended. */
bool tls_silent(struct tls *t);

/* What went wrong, for people; tls_other_key(): the two keys differ. */
const char *tls_why(const struct tls *t);
bool tls_other_key(const struct tls *t);

/**
 * tls_export() - secret of this connection (RFC 8446 7.5)
 * @t: handshake done
 * @label: what it is for
 * @context: bound to it
 * @context_len: of @context
 * @out: filled
 * @len: of @out
 */
bool tls_export(struct tls *t, const char *label, const uint8_t *context, size_t context_len,
		uint8_t *out, size_t len);

#endif /* NFHA_TLS_H */
