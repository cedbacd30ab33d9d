// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sealed frames as nfha_wire.h describes them, with OpenSSL's ciphers: golden bytes
 * must come out of the golden clear text, and back, and of nothing else.
 */
#include <endian.h>
#include <string.h>

#include <linux/nfha.h>
#include <linux/nfha_wire.h>
#include <openssl/evp.h>

#include "golden_frames.h"
#include "golden_keys.h"
#include "ktap.h"

#define HDR	((int)sizeof(struct nfha_frame_hdr))
#define KEY	(NFHA_KEY_SECRET_LEN - 12)

/* The cipher of a vector, ready for the frame at @frame. */
static EVP_CIPHER_CTX *begin(const struct golden_sealed *g, const unsigned char *frame, int enc)
{
	const struct nfha_frame_hdr *h = (const void *)frame;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char secret[NFHA_KEY_SECRET_LEN];
	__be64 counter = h->counter;
	int n;

	for (unsigned int i = 0; i < sizeof(secret); i++)
		secret[i] = (unsigned char)(g->secret + i);
	for (unsigned int i = 0; i < sizeof(counter); i++)
		secret[KEY + 4 + i] ^= ((const unsigned char *)&counter)[i];
	CHECK(EVP_CipherInit_ex(ctx, g->cipher == NFHA_CIPHER_AES_256_GCM ?
				EVP_aes_256_gcm() : EVP_chacha20_poly1305(), NULL, secret,
				secret + KEY, enc));
	CHECK(EVP_CipherUpdate(ctx, NULL, &n, frame, HDR));
	return ctx;
}

static void check_seal(const struct golden_sealed *g)
{
	const struct golden_frame *clear = &golden_frames[0];
	unsigned char buf[NFHA_FRAME_MAX];
	struct nfha_frame_hdr *h = (void *)buf;
	int n, len = clear->len;
	EVP_CIPHER_CTX *ctx;

	memcpy(buf, clear->bytes, clear->len);
	h->key_id = g->key_id;
	h->len = htobe16((unsigned short)(clear->len + NFHA_FRAME_TAG));
	ctx = begin(g, buf, 1);
	CHECK(EVP_CipherUpdate(ctx, buf + HDR, &n, clear->bytes + HDR, len - HDR));
	CHECK(n == len - HDR && EVP_CipherFinal_ex(ctx, buf + len, &n));
	CHECK(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, NFHA_FRAME_TAG, buf + len));
	CHECK(g->len == len + NFHA_FRAME_TAG && !memcmp(buf, g->bytes, g->len));
	EVP_CIPHER_CTX_free(ctx);
}

static bool opens(const struct golden_sealed *g, const unsigned char *frame)
{
	const struct golden_frame *clear = &golden_frames[0];
	unsigned char buf[NFHA_FRAME_MAX], tag[NFHA_FRAME_TAG];
	EVP_CIPHER_CTX *ctx = begin(g, frame, 0);
	int n, len = g->len - NFHA_FRAME_TAG;
	bool ok;

	memcpy(tag, frame + len, sizeof(tag));
	CHECK(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag));
	CHECK(EVP_CipherUpdate(ctx, buf, &n, frame + HDR, len - HDR));
	ok = EVP_CipherFinal_ex(ctx, buf + n, &n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	CHECK(!ok || !memcmp(buf, clear->bytes + HDR, (size_t)(len - HDR)));
	return ok;
}

static void check_open(const struct golden_sealed *g)
{
	unsigned char buf[NFHA_FRAME_MAX];

	CHECK(opens(g, g->bytes));
	memcpy(buf, g->bytes, g->len);
	for (unsigned int i = 0; i < g->len; i++) {
		buf[i] ^= 0x10;
		CHECK(!opens(g, buf), "byte %u", i);
		buf[i] ^= 0x10;
	}
}

int main(void)
{
	ktap_begin();
	for (size_t i = 0; i < GOLDEN_SEALED; i++) {
		TEST(check_seal(&golden_sealed[i]), "sealed: %s", golden_sealed[i].name);
		TEST(check_open(&golden_sealed[i]), "opened: %s", golden_sealed[i].name);
	}
	return ktap_end();
}
