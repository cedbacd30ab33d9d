// SPDX-License-Identifier: GPL-2.0-or-later
/* agree.c - how two helpers agree on a key of the state link: section 5 of nfha_wire.h */
#include <endian.h>

#include "agree.h"

#define MSG_LEN	sizeof(struct nfha_control)

static const char same_unit[] = "the other unit has the same role, which is refused (13-5)";

const char *agree_cipher_name(uint8_t cipher)
{
	return cipher == NFHA_CIPHER_AES_256_GCM ? "AES-256-GCM" :
	       cipher == NFHA_CIPHER_CHACHA20_POLY1305 ? "ChaCha20-Poly1305" : "unknown cipher";
}

void agree_build(const struct agree_msg *m, uint8_t buf[MSG_LEN])
{
	struct nfha_control w = {
		.magic = htobe16(NFHA_CONTROL_MAGIC),
		.version = NFHA_CONTROL_VERSION,
		.type = m->type,
		.unit = m->unit,
		.key_id = m->key_id,
		.ciphers = m->ciphers,
	};

	memcpy(buf, &w, MSG_LEN);
}

const char *agree_parse(const uint8_t *buf, size_t len, struct agree_msg *m)
{
	struct nfha_control w;

	if (len != MSG_LEN)
		return "a control message of another length";
	memcpy(&w, buf, MSG_LEN);
	if (be16toh(w.magic) != NFHA_CONTROL_MAGIC)
		return "no control message";
	if (w.version != NFHA_CONTROL_VERSION)
		return "a control message of another version";
	if (w.type < NFHA_CONTROL_OFFER || w.type > NFHA_CONTROL_INSTALLED ||
	    w.unit > NFHA_UNIT_SECONDARY)
		return "a control message with a value out of range";
	*m = (struct agree_msg){ w.type, w.unit, w.key_id, w.ciphers };
	/* Only an offer may lack a key, and offer several ciphers, also later ones. */
	if (w.type == NFHA_CONTROL_OFFER)
		return NULL;
	if (!w.key_id || !(w.ciphers & AGREE_CIPHERS) || w.ciphers & (w.ciphers - 1))
		return "a control message with a value out of range";
	return NULL;
}

static const char *say(struct tls *t, const struct agree_msg *m, const struct tls_wait *w)
{
	uint8_t buf[MSG_LEN];

	agree_build(m, buf);
	return tls_write(t, buf, sizeof(buf), w) ? NULL : tls_why(t);
}

static const char *hear(struct tls *t, uint8_t type, uint8_t own_unit, struct agree_msg *m,
			const struct tls_wait *w)
{
	uint8_t buf[MSG_LEN];
	const char *wrong;

	if (!tls_read(t, buf, sizeof(buf), w))
		return tls_why(t);
	wrong = agree_parse(buf, sizeof(buf), m);
	if (wrong)
		return wrong;
	if (m->unit == own_unit)
		return same_unit;
	return m->type == type ? NULL : "a control message that was not expected";
}

static uint8_t next_id(uint8_t a, uint8_t b)
{
	uint8_t id = a > b ? a : b;

	do
		id = id == UINT8_MAX ? 1 : (uint8_t)(id + 1);
	while (id == a || id == b);
	return id;
}

/* AES is offered by machines that have instructions for it: then it is the faster one. */
static uint8_t choose(uint8_t both)
{
	if (both & AGREE_BIT(NFHA_CIPHER_AES_256_GCM))
		return NFHA_CIPHER_AES_256_GCM;
	return both & AGREE_BIT(NFHA_CIPHER_CHACHA20_POLY1305) ? NFHA_CIPHER_CHACHA20_POLY1305 : 0;
}

/* As primary: hear the offer, choose. */
static const char *give(struct tls *t, const struct agree_side *side, struct agree_key *key,
			const struct tls_wait *w)
{
	struct agree_msg m;
	const char *wrong = hear(t, NFHA_CONTROL_OFFER, side->unit, &m, w);

	if (wrong)
		return wrong;
	key->cipher = choose(m.ciphers & side->ciphers);
	if (!key->cipher)
		return "there is no cipher that both units have";
	key->id = next_id(m.key_id, side->last_id);
	m = (struct agree_msg){ NFHA_CONTROL_CHOICE, side->unit, key->id, AGREE_BIT(key->cipher) };
	return say(t, &m, w);
}

/* As secondary: offer, hear the choice. */
static const char *take(struct tls *t, const struct agree_side *side, struct agree_key *key,
			const struct tls_wait *w)
{
	struct agree_msg m = { NFHA_CONTROL_OFFER, side->unit, side->last_id, side->ciphers };
	const char *wrong = say(t, &m, w);

	if (!wrong)
		wrong = hear(t, NFHA_CONTROL_CHOICE, side->unit, &m, w);
	if (wrong)
		return wrong;
	if (!(m.ciphers & side->ciphers) || m.key_id == side->last_id)
		return "the other unit chose what was not offered";
	key->id = m.key_id;
	key->cipher = choose(m.ciphers);
	return NULL;
}

const char *agree_on_key(struct tls *t, const struct agree_side *side, struct agree_key *key,
			 const struct tls_wait *w)
{
	bool primary = side->unit == NFHA_UNIT_PRIMARY;
	const char *wrong = primary ? give(t, side, key, w) : take(t, side, key, w);
	uint8_t context[2] = { key->id, key->cipher };
	uint8_t *p2s = primary ? key->tx : key->rx, *s2p = primary ? key->rx : key->tx;

	if (wrong)
		return wrong;
	if (!tls_export(t, NFHA_CONTROL_LABEL_P2S, context, sizeof(context), p2s,
			NFHA_KEY_SECRET_LEN) ||
	    !tls_export(t, NFHA_CONTROL_LABEL_S2P, context, sizeof(context), s2p,
			NFHA_KEY_SECRET_LEN))
		return tls_why(t);
	return NULL;
}

const char *agree_installed(struct tls *t, const struct agree_side *side,
			    const struct agree_key *key, const struct tls_wait *w)
{
	struct agree_msg m = { NFHA_CONTROL_INSTALLED, side->unit, key->id,
			       AGREE_BIT(key->cipher) }, peers;
	const char *wrong = say(t, &m, w);

	if (!wrong)
		wrong = hear(t, NFHA_CONTROL_INSTALLED, side->unit, &peers, w);
	if (wrong)
		return wrong;
	if (peers.key_id != m.key_id || peers.ciphers != m.ciphers)
		return "the other unit installed another key";
	return NULL;
}
