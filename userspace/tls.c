// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tls.c - one TLS connection of the helpers: section 5 of nfha_wire.h
 *
 * An external PSK alone does not make a connection safe: a peer may answer with a
 * certificate instead, a server without one may accept less than it should. So both
 * ends look, after the handshake, at what was really agreed.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/nfha_wire.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tls.h"

#define SUITE		"TLS_AES_256_GCM_SHA384"
#define SUITE_ID	{ 0x13, 0x02 }
#define GROUPS		"X25519:P-256"

/**
 * struct tls - a connection
 * @key: of the pair
 * @unit: of this unit
 * @fd: socket
 * @ssl: OpenSSL's
 * @why: what went wrong
 * @other_key: the two keys differ
 * @stranger: the client's identity is not that of a secondary
 */
struct tls {
	const struct key *key;
	uint8_t		unit;
	int		fd;
	SSL		*ssl;
	const char	*why;
	bool		other_key;
	bool		stranger;
};

static bool is_server(const struct tls *t)
{
	return t->unit == NFHA_UNIT_PRIMARY;
}

/* -- the key */

/* The key as a session to be resumed; that is how a PSK gets a hash other than SHA-256. */
static SSL_SESSION *psk_session(SSL *ssl, const struct tls *t)
{
	static const unsigned char id[] = SUITE_ID;
	const SSL_CIPHER *suite = SSL_CIPHER_find(ssl, id);
	SSL_SESSION *s = SSL_SESSION_new();

	if (s && suite && SSL_SESSION_set1_master_key(s, t->key->use[KEY_TLS], KEY_LEN) &&
	    SSL_SESSION_set_cipher(s, suite) &&
	    SSL_SESSION_set_protocol_version(s, TLS1_3_VERSION))
		return s;
	SSL_SESSION_free(s);
	return NULL;
}

static int on_use(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *len,
		  SSL_SESSION **session)
{
	(void)md;	/* there is one suite, so there is one hash */
	*id = (const unsigned char *)NFHA_CONTROL_PSK_ID;
	*len = strlen(NFHA_CONTROL_PSK_ID);
	*session = psk_session(ssl, SSL_get_app_data(ssl));
	return *session != NULL;
}

static int on_find(SSL *ssl, const unsigned char *id, size_t len, SSL_SESSION **session)
{
	struct tls *t = SSL_get_app_data(ssl);

	*session = NULL;
	t->stranger = len != strlen(NFHA_CONTROL_PSK_ID) || memcmp(id, NFHA_CONTROL_PSK_ID, len);
	/* Without a session the handshake goes on without the key, and fails. */
	if (t->stranger)
		return 1;
	*session = psk_session(ssl, t);
	return *session != NULL;
}

/* -- begin and end */

static bool configure(SSL_CTX *ctx, bool server)
{
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_clear_options(ctx, SSL_OP_ALLOW_NO_DHE_KEX);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	/* The store is empty: no certificate is good. */
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | (server ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
			   NULL);
	if (server)
		SSL_CTX_set_psk_find_session_callback(ctx, on_find);
	else
		SSL_CTX_set_psk_use_session_callback(ctx, on_use);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) &&
	       SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) &&
	       SSL_CTX_set_ciphersuites(ctx, SUITE) && SSL_CTX_set1_groups_list(ctx, GROUPS) &&
	       SSL_CTX_set_num_tickets(ctx, 0) && SSL_CTX_set_max_early_data(ctx, 0) &&
	       (!server ||
		SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"nfha", 4));
}

struct tls *tls_new(const struct key *key, uint8_t unit, int fd)
{
	struct tls *t = calloc(1, sizeof(*t));
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());

	if (!t || !ctx || !configure(ctx, unit == NFHA_UNIT_PRIMARY))
		goto fail;
	*t = (struct tls){ .key = key, .unit = unit, .fd = fd, .why = "" };
	t->ssl = SSL_new(ctx);
	if (!t->ssl || !SSL_set_fd(t->ssl, fd))
		goto fail;
	SSL_set_app_data(t->ssl, t);
	if (is_server(t))
		SSL_set_accept_state(t->ssl);
	else
		SSL_set_connect_state(t->ssl);
	SSL_CTX_free(ctx);
	return t;
fail:
	SSL_CTX_free(ctx);
	if (t)
		SSL_free(t->ssl);
	free(t);
	close(fd);
	return NULL;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	/* The socket's end says that it is over; a truncated silence loses nothing. */
	SSL_free(t->ssl);
	close(t->fd);
	free(t);
}

int tls_fd(const struct tls *t)
{
	return t->fd;
}

const char *tls_why(const struct tls *t)
{
	return t->why;
}

bool tls_other_key(const struct tls *t)
{
	return t->other_key;
}

/* -- what went wrong */

static bool fail(struct tls *t, const char *why)
{
	t->why = why;
	ERR_clear_error();
	return false;
}

static bool fail_ssl(struct tls *t)
{
	unsigned long err = ERR_peek_error();
	const char *text = ERR_reason_error_string(err);

	if (t->stranger)
		return fail(t, "the other unit does not connect as a secondary");
	switch (err ? ERR_GET_REASON(err) : 0) {
	case 0:
		return fail(t, "the other unit hung up");
	case SSL_R_BINDER_DOES_NOT_VERIFY:
		t->other_key = true;
		return fail(t, "the other unit has another key");
	/* What a server says to a binder (RFC 8446 4.2.11) that does not verify. */
	case SSL_R_SSLV3_ALERT_ILLEGAL_PARAMETER:
	case SSL_R_TLSV1_ALERT_DECRYPT_ERROR:
		t->other_key = true;
		return fail(t, "the other unit says that it has another key");
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
	case SSL_R_UNKNOWN_PROTOCOL:
	case SSL_R_WRONG_SSL_VERSION:
		return fail(t, "the other unit does not speak TLS 1.3");
	case SSL_R_CERTIFICATE_VERIFY_FAILED:
		return fail(t, "the other unit shows a certificate instead of the key");
	case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
	case SSL_R_NO_CERTIFICATE_SET:
		return fail(t, "the other unit does not offer the key");
	case SSL_R_NO_SUITABLE_KEY_SHARE:
	case SSL_R_NO_SUITABLE_GROUPS:
		return fail(t, "the other unit wants no fresh key exchange that this one has");
	default:
		return fail(t, text ? text : "the connection failed");
	}
}

/* -- talking */

/* After @ret of an operation: true: try it again. */
static bool again(struct tls *t, int ret, const struct tls_wait *w)
{
	int err = SSL_get_error(t->ssl, ret);
	struct pollfd p[2] = {
		{ .fd = t->fd, .events = err == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN },
		{ .fd = w->stop, .events = POLLIN },
	};
	uint64_t now = boottime_ns();
	int n;

	if (err != SSL_ERROR_WANT_READ && err != SSL_ERROR_WANT_WRITE)
		return fail_ssl(t);
	if (now >= w->until_ns)
		return fail(t, "the other unit does not answer");
	n = poll(p, 2, (int)((w->until_ns - now) / NS_PER_MS) + 1);
	if (n > 0 && p[1].revents)
		return fail(t, "told to stop");
	return n >= 0 || errno == EINTR || fail(t, strerror(errno));
}

/* What an attacker may have talked OpenSSL into is looked at here. */
static bool agreed(struct tls *t)
{
	EVP_PKEY *fresh = NULL;

	if (SSL_version(t->ssl) != TLS1_3_VERSION)
		return fail(t, "the other unit does not speak TLS 1.3");
	if (!SSL_session_reused(t->ssl))
		return fail(t, "the other unit does not use the key");
	if (SSL_get0_peer_certificate(t->ssl))
		return fail(t, "the other unit shows a certificate");
	/* psk_dhe_ke: there is a key exchange of this connection alone. */
	if (!SSL_get_peer_tmp_key(t->ssl, &fresh))
		return fail(t, "the other unit wants no fresh key exchange");
	EVP_PKEY_free(fresh);
	return true;
}

bool tls_handshake(struct tls *t, const struct tls_wait *w)
{
	int ret;

	ERR_clear_error();
	while ((ret = SSL_do_handshake(t->ssl)) != 1)
		if (!again(t, ret, w))
			return false;
	return agreed(t);
}

bool tls_write(struct tls *t, const void *buf, size_t len, const struct tls_wait *w)
{
	int ret;

	ERR_clear_error();
	/* Partial writes are off: all of it, or again. */
	while ((ret = SSL_write(t->ssl, buf, (int)len)) <= 0)
		if (!again(t, ret, w))
			return false;
	return true;
}

bool tls_read(struct tls *t, void *buf, size_t len, const struct tls_wait *w)
{
	uint8_t *at = buf;
	int ret;

	ERR_clear_error();
	while (len) {
		ret = SSL_read(t->ssl, at, (int)len);
		if (ret > 0) {
			at += ret;
			len -= (size_t)ret;
		} else if (!again(t, ret, w)) {
			return false;
		}
	}
	return true;
}

bool tls_silent(struct tls *t)
{
	uint8_t byte;
	int ret, err;

	ERR_clear_error();
	ret = SSL_read(t->ssl, &byte, 1);
	err = SSL_get_error(t->ssl, ret);
	return ret <= 0 && (err == SSL_ERROR_WANT_READ || err == SSL_ERROR_WANT_WRITE);
}

bool tls_export(struct tls *t, const char *label, const uint8_t *context, size_t context_len,
		uint8_t *out, size_t len)
{
	if (SSL_export_keying_material(t->ssl, out, len, label, strlen(label), context,
				       context_len, 1) == 1)
		return true;
	return fail(t, "no secret can be derived");
}
