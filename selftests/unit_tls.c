// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * unit_tls.c - the control connection: two ends in one process, and ends that are none
 *
 * One end is always tls.c and agree.c as nfhad has them; the other one is the same in a
 * second thread, or something that an attacker would put there.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "agree.h"
#include "ktap.h"

#define LIMIT_NS	(20 * NS_PER_S)
#define P		NFHA_UNIT_PRIMARY
#define S		NFHA_UNIT_SECONDARY

static struct key *key, *other;

/* struct end - one side of a connection, and what came of it */
struct end {
	const struct key	*key;
	uint8_t			unit;	/* TLS role */
	struct agree_side	side;
	int			fd;
	const char		*wrong;
	bool			other_key;
	struct agree_key	got;
};

static void *run_end(void *arg)
{
	struct end *e = arg;
	struct tls_wait w = { boottime_ns() + LIMIT_NS, -1 };
	struct tls *t = tls_new(e->key, e->unit, e->fd);

	e->wrong = tls_handshake(t, &w) ? agree_on_key(t, &e->side, &e->got, &w) : tls_why(t);
	if (!e->wrong)
		e->wrong = agree_installed(t, &e->side, &e->got, &w);
	e->other_key = tls_other_key(t);
	tls_free(t);
	return NULL;
}

static void pair_of_sockets(int fd[2])
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd))
		abort();
}

static void run_two(struct end *a, struct end *b)
{
	pthread_t thread;
	int fd[2];

	pair_of_sockets(fd);
	a->fd = fd[0];
	b->fd = fd[1];
	pthread_create(&thread, NULL, run_end, b);
	run_end(a);
	pthread_join(thread, NULL);
}

static struct end end(const struct key *k, uint8_t unit, uint8_t last_id, uint8_t ciphers)
{
	return (struct end){ .key = k, .unit = unit, .side = { unit, last_id, ciphers } };
}

static void agreed(void)
{
	struct end p = end(key, P, 0, AGREE_CIPHERS), s = end(key, S, 0, AGREE_CIPHERS), q, r;

	run_two(&p, &s);
	CHECK(!p.wrong && !s.wrong, "%s, %s", p.wrong, s.wrong);
	CHECK(p.got.id == 1 && s.got.id == 1 && p.got.cipher == NFHA_CIPHER_AES_256_GCM &&
	      s.got.cipher == p.got.cipher);
	CHECK(!memcmp(p.got.tx, s.got.rx, NFHA_KEY_SECRET_LEN));
	CHECK(!memcmp(p.got.rx, s.got.tx, NFHA_KEY_SECRET_LEN));
	CHECK(memcmp(p.got.rx, p.got.tx, NFHA_KEY_SECRET_LEN), "one secret for each direction");
	/* Another connection of the same pair has nothing in common: forward secrecy. */
	q = end(key, P, 0, AGREE_CIPHERS);
	r = end(key, S, 0, AGREE_CIPHERS);
	run_two(&q, &r);
	CHECK(!q.wrong && memcmp(p.got.tx, q.got.tx, NFHA_KEY_SECRET_LEN) &&
	      memcmp(p.got.rx, q.got.rx, NFHA_KEY_SECRET_LEN));
}

static void numbers_and_ciphers(void)
{
	static const struct { uint8_t p, s, pc, sc, id, cipher; } t[] = {
		{ 0, 0, 6, 4, 1, NFHA_CIPHER_CHACHA20_POLY1305 },
		{ 1, 1, 4, 6, 2, NFHA_CIPHER_CHACHA20_POLY1305 },
		{ 7, 3, 6, 6, 8, NFHA_CIPHER_AES_256_GCM }, { 3, 7, 2, 6, 8, NFHA_CIPHER_AES_256_GCM },
		{ 255, 0, 6, 6, 1, NFHA_CIPHER_AES_256_GCM },
		{ 255, 1, 6, 6, 2, NFHA_CIPHER_AES_256_GCM },
		{ 1, 255, 6, 0xfe, 2, NFHA_CIPHER_AES_256_GCM },
	};

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		struct end p = end(key, P, t[i].p, t[i].pc), s = end(key, S, t[i].s, t[i].sc);

		run_two(&p, &s);
		CHECK(!p.wrong && !s.wrong, "%zu: %s, %s", i, p.wrong, s.wrong);
		CHECK(p.got.id == t[i].id && s.got.id == t[i].id, "%zu: %u", i, p.got.id);
		CHECK(p.got.cipher == t[i].cipher && s.got.cipher == t[i].cipher, "%zu", i);
	}
}

static void no_cipher(void)
{
	struct end p = end(key, P, 0, 2), s = end(key, S, 0, 4);

	run_two(&p, &s);
	CHECK(p.wrong && strstr(p.wrong, "no cipher"), "%s", p.wrong);
	CHECK(s.wrong);
}

static void wrong_key(void)
{
	struct end p = end(key, P, 0, AGREE_CIPHERS), s = end(other, S, 0, AGREE_CIPHERS);

	run_two(&p, &s);
	CHECK(p.wrong && !strcmp(p.wrong, "the other unit has another key"), "%s", p.wrong);
	CHECK(s.wrong && strstr(s.wrong, "another key"), "%s", s.wrong);
	CHECK(p.other_key && s.other_key);
}

/* Two servers wait for each other, two clients talk at once; neither becomes a connection. */
static void same_tls_role(void)
{
	struct end a = end(key, S, 0, AGREE_CIPHERS), b = end(key, S, 0, AGREE_CIPHERS);

	run_two(&a, &b);
	CHECK(a.wrong && b.wrong, "%s, %s", a.wrong, b.wrong);
}

/* Has the key and says one thing. */
struct liar {
	uint8_t			unit;	/* TLS role */
	struct agree_msg	says;
	int			fd;
};

static void *run_liar(void *arg)
{
	struct liar *x = arg;
	struct tls_wait w = { boottime_ns() + LIMIT_NS, -1 };
	uint8_t buf[sizeof(struct nfha_control)];
	struct tls *t = tls_new(key, x->unit, x->fd);

	agree_build(&x->says, buf);
	CHECK(tls_handshake(t, &w), "%s", tls_why(t));
	tls_write(t, buf, sizeof(buf), &w);
	/* Until the other end has had enough. */
	while (tls_read(t, buf, 1, &w))
		;
	tls_free(t);
	return NULL;
}

static const char *told(uint8_t unit, struct agree_msg says)
{
	struct end e = end(key, unit, 5, AGREE_CIPHERS);
	struct liar x = { .unit = !unit, .says = says };
	pthread_t thread;
	int fd[2];

	pair_of_sockets(fd);
	e.fd = fd[0];
	x.fd = fd[1];
	pthread_create(&thread, NULL, run_liar, &x);
	run_end(&e);
	pthread_join(thread, NULL);
	return e.wrong ? e.wrong : "nothing was wrong";
}

static void same_unit(void)
{
	const char *wrong = told(P, (struct agree_msg){ NFHA_CONTROL_OFFER, P, 0, 6 });

	CHECK(strstr(wrong, "same role"), "%s", wrong);
	wrong = told(S, (struct agree_msg){ NFHA_CONTROL_CHOICE, S, 6, 2 });
	CHECK(strstr(wrong, "same role"), "%s", wrong);
}

static void not_offered(void)
{
	const char *wrong = told(S, (struct agree_msg){ NFHA_CONTROL_CHOICE, P, 5, 2 });

	CHECK(strstr(wrong, "not offered"), "%s", wrong);
	wrong = told(S, (struct agree_msg){ NFHA_CONTROL_CHOICE, P, 6, 8 });
	CHECK(strstr(wrong, "out of range"), "%s", wrong);
	wrong = told(S, (struct agree_msg){ NFHA_CONTROL_OFFER, P, 6, 2 });
	CHECK(strstr(wrong, "not expected"), "%s", wrong);
	wrong = told(P, (struct agree_msg){ NFHA_CONTROL_CHOICE, S, 6, 2 });
	CHECK(strstr(wrong, "not expected"), "%s", wrong);
}

/* -- other ends */

/* What the other end is made of. */
struct stranger {
	bool		server;
	int		max, min;	/* versions; 0: any */
	bool		certificate;
	const char	*identity;	/* client: offers the right key under this name */
	const char	*groups;
	uint64_t	options;
	int		fd;
	bool		done;		/* its handshake */
};

static EVP_PKEY *certify(SSL_CTX *ctx)
{
	EVP_PKEY *pair = EVP_EC_gen("P-256");
	X509 *x = X509_new();

	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, pair);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
				   (const unsigned char *)"nfha", -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	X509_sign(x, pair, EVP_sha256());
	SSL_CTX_use_certificate(ctx, x);
	SSL_CTX_use_PrivateKey(ctx, pair);
	X509_free(x);
	return pair;
}

static int offer(SSL *ssl, const EVP_MD *md, const unsigned char **id, size_t *len,
		 SSL_SESSION **session)
{
	static const unsigned char suite[] = { 0x13, 0x02 };
	struct stranger *x = SSL_get_app_data(ssl);

	(void)md;
	*session = SSL_SESSION_new();
	SSL_SESSION_set1_master_key(*session, key->use[KEY_TLS], KEY_LEN);
	SSL_SESSION_set_cipher(*session, SSL_CIPHER_find(ssl, suite));
	SSL_SESSION_set_protocol_version(*session, TLS1_3_VERSION);
	*id = (const unsigned char *)x->identity;
	*len = strlen(x->identity);
	return 1;
}

static void *run_stranger(void *arg)
{
	struct stranger *x = arg;
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	EVP_PKEY *pair = NULL;
	uint8_t byte;
	SSL *ssl;

	SSL_CTX_set_min_proto_version(ctx, x->min);
	SSL_CTX_set_max_proto_version(ctx, x->max);
	SSL_CTX_set_options(ctx, x->options);
	if (x->groups)
		SSL_CTX_set1_groups_list(ctx, x->groups);
	if (x->certificate)
		pair = certify(ctx);
	if (x->identity)
		SSL_CTX_set_psk_use_session_callback(ctx, offer);
	ssl = SSL_new(ctx);
	SSL_set_app_data(ssl, x);
	SSL_set_fd(ssl, x->fd);
	if ((x->server ? SSL_accept(ssl) : SSL_connect(ssl)) == 1) {
		x->done = true;
		/* A client knows only now whether it was taken. */
		x->done = SSL_read(ssl, &byte, 1) > 0;
	}
	ERR_clear_error();
	SSL_free(ssl);
	close(x->fd);
	EVP_PKEY_free(pair);
	SSL_CTX_free(ctx);
	return NULL;
}

/* Return: why our end refuses it. */
static const char *meet(struct stranger *x)
{
	struct end e = end(key, x->server ? S : P, 0, AGREE_CIPHERS);
	pthread_t thread;
	int fd[2];

	pair_of_sockets(fd);
	e.fd = fd[0];
	x->fd = fd[1];
	/* The other end waits in its calls. */
	if (fcntl(x->fd, F_SETFL, 0))
		abort();
	pthread_create(&thread, NULL, run_stranger, x);
	run_end(&e);
	pthread_join(thread, NULL);
	CHECK(!x->done, "it got through");
	return e.wrong ? e.wrong : "nothing was wrong";
}

static void certificates(void)
{
	struct stranger server = { .server = true, .certificate = true };
	struct stranger client = { .certificate = true };
	const char *wrong = meet(&server);

	CHECK(!strcmp(wrong, "the other unit shows a certificate instead of the key"), "%s", wrong);
	wrong = meet(&client);
	CHECK(!strcmp(wrong, "the other unit does not offer the key"), "%s", wrong);
}

static void old_versions(void)
{
	struct stranger server = { .server = true, .certificate = true, .max = TLS1_2_VERSION };
	struct stranger client = { .max = TLS1_2_VERSION };
	const char *wrong = meet(&server);

	CHECK(!strcmp(wrong, "the other unit does not speak TLS 1.3"), "%s", wrong);
	wrong = meet(&client);
	CHECK(!strcmp(wrong, "the other unit does not speak TLS 1.3"), "%s", wrong);
}

static void identities(void)
{
	struct stranger primary = { .identity = "nfha-primary-to-secondary" };
	struct stranger longer = { .identity = NFHA_CONTROL_PSK_ID "x" };
	struct stranger shorter = { .identity = "nfha" };
	const char *wrong = meet(&primary);

	CHECK(!strcmp(wrong, "the other unit does not connect as a secondary"), "%s", wrong);
	wrong = meet(&longer);
	CHECK(!strcmp(wrong, "the other unit does not connect as a secondary"), "%s", wrong);
	wrong = meet(&shorter);
	CHECK(!strcmp(wrong, "the other unit does not connect as a secondary"), "%s", wrong);
}

/* The right key, and no Diffie-Hellman exchange: what is recorded could be read later. */
static void no_fresh_exchange(void)
{
	struct stranger client = { .identity = NFHA_CONTROL_PSK_ID, .groups = "P-521",
				   .options = SSL_OP_ALLOW_NO_DHE_KEX };
	const char *wrong = meet(&client);

	CHECK(!strcmp(wrong, "the other unit wants no fresh key exchange that this one has"), "%s",
	      wrong);
}

static void *echo(void *arg)
{
	int fd = *(int *)arg;
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (send(fd, buf, (size_t)n, MSG_NOSIGNAL) != n)
			break;
	close(fd);
	return NULL;
}

static void *babble(void *arg)
{
	static const char text[] = "GET / HTTP/1.0\r\n\r\n";
	int fd = *(int *)arg;
	char buf[4096];

	(void)!send(fd, text, sizeof(text), MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	while (read(fd, buf, sizeof(buf)) > 0)
		;
	close(fd);
	return NULL;
}

/* Every byte comes back: a unit does not take itself for its peer. */
static const char *facing(uint8_t unit, void *(*peer)(void *))
{
	struct end e = end(key, unit, 0, AGREE_CIPHERS);
	pthread_t thread;
	int fd[2];

	pair_of_sockets(fd);
	if (fcntl(fd[1], F_SETFL, 0))
		abort();
	e.fd = fd[0];
	pthread_create(&thread, NULL, peer, &fd[1]);
	run_end(&e);
	pthread_join(thread, NULL);
	return e.wrong ? e.wrong : "";
}

static void reflected(void)
{
	CHECK(facing(S, echo)[0]);
}

static void strangers(void)
{
	CHECK(facing(S, babble)[0]);
	CHECK(facing(P, babble)[0]);
}

static void nobody(void)
{
	struct tls_wait w = { boottime_ns() + 50 * NS_PER_MS, -1 };
	struct tls *t;
	int fd[2];

	pair_of_sockets(fd);
	t = tls_new(key, P, fd[0]);
	CHECK(!tls_handshake(t, &w) && strstr(tls_why(t), "does not answer"), "%s", tls_why(t));
	tls_free(t);
	close(fd[1]);
}

/* -- messages */

static void messages(void)
{
	static const struct { uint8_t b[8]; const char *wrong; } t[] = {
		{ { 'n', 'c', 1, 1, 0, 0, 0 }, NULL }, { { 'n', 'c', 1, 1, 1, 255, 255, 9 }, NULL },
		{ { 'n', 'c', 1, 2, 0, 1, 2 }, NULL }, { { 'n', 'c', 1, 3, 1, 255, 4 }, NULL },
		{ { 'n', 'f', 1, 1 }, "no control message" }, { { 'n', 'c', 0, 1 }, "version" },
		{ { 'n', 'c', 2, 1 }, "version" }, { { 'n', 'c', 1, 0 }, "out of range" },
		{ { 'n', 'c', 1, 4 }, "out of range" }, { { 'n', 'c', 1, 1, 2 }, "out of range" },
		{ { 'n', 'c', 1, 2, 0, 0, 2 }, "out of range" },
		{ { 'n', 'c', 1, 2, 0, 1, 0 }, "out of range" },
		{ { 'n', 'c', 1, 2, 0, 1, 6 }, "out of range" },
		{ { 'n', 'c', 1, 3, 0, 1, 8 }, "out of range" },
	};
	struct agree_msg m;

	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		const char *wrong = agree_parse(t[i].b, 8, &m);

		CHECK(!wrong == !t[i].wrong && (!wrong || strstr(wrong, t[i].wrong)), "%zu: %s", i,
		      wrong);
	}
	for (size_t len = 0; len < 8; len++)
		CHECK(agree_parse(t[0].b, len, &m));
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	key = key_make("0123456789abcdef0123456789abcdef", true);
	other = key_make("0123456789abcdef0123456789abcdee", true);
	ktap_begin();
	TEST(agreed(), "two units agree on a key, on another one each time");
	TEST(numbers_and_ciphers(), "key numbers and ciphers");
	TEST(no_cipher(), "no cipher in common");
	TEST(wrong_key(), "another key is refused, and both say so");
	TEST(same_tls_role(), "two clients are refused");
	TEST(same_unit(), "two units with the same role are refused");
	TEST(not_offered(), "what was not offered is refused");
	TEST(certificates(), "a peer with a self-signed certificate and no key is refused");
	TEST(old_versions(), "a peer that speaks TLS 1.2 is refused");
	TEST(identities(), "an identity of another direction is refused");
	TEST(no_fresh_exchange(), "a peer without (EC)DHE is refused");
	TEST(reflected(), "a reflected handshake is refused");
	TEST(strangers(), "what is no TLS is refused");
	TEST(nobody(), "a peer that says nothing is not waited for");
	TEST(messages(), "control messages");
	key_free(key);
	key_free(other);
	return ktap_end();
}
