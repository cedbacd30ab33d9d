// SPDX-License-Identifier: GPL-2.0-or-later
/* seal.c - the seal of a hello: HMAC-SHA256 under the key of the sender's unit */
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "seal.h"
#include "util.h"

#define UNITS	2

/**
 * struct seal - prepared seals
 * @unit: of this one
 * @mark: which key it is
 * @mac: by unit; keyed once, so that a hello costs its hash alone
 */
struct seal {
	uint8_t		unit;
	uint8_t		mark[NFHA_KEY_MARK_LEN];
	EVP_MAC_CTX	*mac[UNITS];
};

struct seal *seal_new(const struct key *key, uint8_t unit)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	struct seal *s = calloc(1, sizeof(*s));
	bool ok = hmac && s;

	for (int i = 0; i < UNITS && ok; i++) {
		s->mac[i] = EVP_MAC_CTX_new(hmac);
		ok = s->mac[i] && EVP_MAC_init(s->mac[i], key->use[i], KEY_LEN, params);
	}
	EVP_MAC_free(hmac);
	if (ok) {
		s->unit = unit;
		memcpy(s->mark, key->use[KEY_MARK], sizeof(s->mark));
		return s;
	}
	seal_free(s);
	return NULL;
}

void seal_free(struct seal *s)
{
	for (int i = 0; s && i < UNITS; i++)
		EVP_MAC_CTX_free(s->mac[i]);
	free(s);
}

const uint8_t *seal_mark(const struct seal *s)
{
	return s->mark;
}

static bool compute(struct seal *s, uint8_t unit, const uint8_t *buf, size_t len, uint8_t *out)
{
	EVP_MAC_CTX *mac = s->mac[unit];
	size_t size;

	/* Without a key: the one it has. */
	return EVP_MAC_init(mac, NULL, 0, NULL) && EVP_MAC_update(mac, buf, len) &&
	       EVP_MAC_final(mac, out, &size, NFHA_HELLO_SEAL) && size == NFHA_HELLO_SEAL;
}

bool seal_put(struct seal *s, uint8_t *buf, size_t len)
{
	return compute(s, s->unit, buf, len, buf + len);
}

bool seal_good(struct seal *s, uint8_t unit, const uint8_t *buf, size_t len)
{
	uint8_t want[NFHA_HELLO_SEAL];

	return unit < UNITS && compute(s, unit, buf, len, want) &&
	       !CRYPTO_memcmp(want, buf + len, sizeof(want));
}
