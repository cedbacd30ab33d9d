// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hello.c - hellos on the wire
 *
 * Everything that comes from the network is read here, by one cursor that knows
 * its end. Of a sealed hello nothing but key id, length and unit is looked at
 * before its seal was found good.
 */
#include <endian.h>

#include <linux/nfha.h>

#include "hello.h"

static const char *const error_names[HELLO_ERRORS] = {
	[HELLO_OK]	= "hello_ok",
	[HELLO_SHORT]	= "hello_too_short",
	[HELLO_MAGIC]	= "hello_wrong_magic",
	[HELLO_VERSION]	= "hello_wrong_version",
	[HELLO_KEY]	= "hello_wrong_key",
	[HELLO_LENGTH]	= "hello_wrong_length",
	[HELLO_FIELD]	= "hello_field_out_of_range",
	[HELLO_TLV]	= "hello_malformed_part",
	[HELLO_SEAL]	= "hello_wrong_seal",
	[HELLO_SOURCE]	= "hello_wrong_source",
};

const char *hello_error_name(enum hello_error error)
{
	return error_names[error];
}

static size_t pad4(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

static size_t put_version(const char *version, uint8_t *buf)
{
	size_t text = strnlen(version, HELLO_VERSION_MAX - 1);
	struct nfha_rec_hdr h = {
		.type = NFHA_HELLO_T_VERSION,
		.len = htobe16((uint16_t)(sizeof(h) + text)),
	};

	if (!text)
		return 0;
	memset(buf, 0, pad4(sizeof(h) + text));
	memcpy(buf, &h, sizeof(h));
	memcpy(buf + sizeof(h), version, text);
	return pad4(sizeof(h) + text);
}

static size_t put_time(const struct fsm_hello *h, uint8_t *buf)
{
	struct nfha_hello_time w = {
		.h.type = NFHA_HELLO_T_TIME,
		.h.len = htobe16(sizeof(w)),
		.stamp = htobe64(h->stamp),
		.echo = htobe64(h->echo),
		.held_us = htobe32(h->held_us),
	};

	if (!h->stamp)
		return 0;
	memcpy(buf, &w, sizeof(w));
	return sizeof(w);
}

static size_t put_pause(const struct fsm_hello *h, uint8_t *buf)
{
	struct nfha_hello_pause w = {
		.h.type = NFHA_HELLO_T_PAUSE,
		.h.len = htobe16(sizeof(w)),
		.ask_ms = htobe32(h->ask_ms),
		.grant_ms = htobe32(h->grant_ms),
	};

	if (!h->ask_ms && !h->grant_ms)
		return 0;
	memcpy(buf, &w, sizeof(w));
	return sizeof(w);
}

static size_t put_iface(const struct hello_iface *iface, uint8_t *buf)
{
	struct nfha_hello_iface w = {
		.h.type = NFHA_HELLO_T_IFACE,
		.h.len = htobe16(sizeof(w)),
		.status = iface->status,
		.kind = iface->kind,
		.state = iface->state,
	};

	memcpy(w.mac, iface->mac, sizeof(w.mac));
	memcpy(w.nameif, iface->nameif, strnlen(iface->nameif, sizeof(w.nameif) - 1));
	memcpy(buf, &w, sizeof(w));
	return sizeof(w);
}

static size_t put_next_key(const struct hello_tlvs *t, uint8_t *buf)
{
	struct nfha_hello_next_key w = {
		.h.type = NFHA_HELLO_T_NEXT_KEY,
		.h.len = htobe16(sizeof(w)),
	};

	if (!t->has_next_key)
		return 0;
	memcpy(w.mark, t->next_key, sizeof(w.mark));
	memcpy(buf, &w, sizeof(w));
	return sizeof(w);
}

size_t hello_build(struct seal *seal, const struct fsm_hello *h, const struct hello_tlvs *t,
		   uint8_t *buf)
{
	size_t tail = seal ? NFHA_HELLO_SEAL : 0;
	struct nfha_hello_hdr w = {
		.magic = htobe16(NFHA_HELLO_MAGIC),
		.version = NFHA_HELLO_VERSION,
		.key_id = seal ? NFHA_HELLO_KEY_ID : 0,
		.unit = h->unit,
		.state = h->state,
		.flags = htobe32(h->flags),
		.term = htobe32(h->term),
		.nonce = htobe64(h->nonce),
		.peer_nonce = htobe64(h->peer_nonce),
		.counter = htobe64(h->counter),
		.poll_ms = htobe32(h->poll_ms),
		.hold_ms = htobe32(h->hold_ms),
		.active_s = htobe32(h->active_s),
	};
	size_t len = sizeof(w);

	len += put_version(t->version, buf + len);
	len += compat_put(&t->compat, buf + len);
	len += put_time(h, buf + len);
	len += put_next_key(t, buf + len);
	len += put_pause(h, buf + len);
	for (unsigned int i = 0; i < t->ifaces; i++) {
		if (len + sizeof(struct nfha_hello_iface) + tail > NFHA_HELLO_MAX)
			break;
		len += put_iface(&t->iface[i], buf + len);
	}
	w.len = htobe16((uint16_t)(len + tail));
	memcpy(buf, &w, sizeof(w));
	if (seal && !seal_put(seal, buf, len))
		return 0;
	return len + tail;
}

/**
 * struct cursor - untrusted bytes
 * @at: next byte
 * @left: bytes from there to the end
 */
struct cursor {
	const uint8_t	*at;
	size_t		left;
};

/* The next @len bytes, or NULL where there are fewer. */
static const uint8_t *take(struct cursor *c, size_t len)
{
	const uint8_t *at = c->at;

	if (len > c->left)
		return NULL;
	c->at += len;
	c->left -= len;
	return at;
}

/* A name is printed and compared: visible ASCII, terminated. */
static bool copy_text(char *dst, size_t size, const uint8_t *src, size_t len)
{
	size_t n = strnlen((const char *)src, len);

	if (!n || n >= size)
		return false;
	for (size_t i = 0; i < n; i++)
		if (src[i] < ' ' || src[i] > '~')
			return false;
	memcpy(dst, src, n);
	dst[n] = '\0';
	return true;
}

static bool parse_iface(const uint8_t *body, size_t len, struct hello_tlvs *t)
{
	struct nfha_hello_iface w;
	struct hello_iface *iface;

	if (len != sizeof(w) - sizeof(w.h) || t->ifaces == HELLO_IFACES_MAX)
		return false;
	memcpy((uint8_t *)&w + sizeof(w.h), body, len);
	iface = &t->iface[t->ifaces++];
	memcpy(iface->mac, w.mac, sizeof(iface->mac));
	iface->status = w.status;
	iface->kind = w.kind;
	/* One of a later version tells nothing. */
	iface->state = w.state <= NFHA_HELLO_I_UNKNOWN ? w.state : NFHA_HELLO_I_UNTOLD;
	return w.status <= NFHA_IFACE_UP &&
	       copy_text(iface->nameif, sizeof(iface->nameif), w.nameif, sizeof(w.nameif));
}

static bool parse_next_key(const uint8_t *body, size_t len, struct hello_tlvs *t)
{
	if (len != sizeof(t->next_key))
		return false;
	t->has_next_key = true;
	memcpy(t->next_key, body, len);
	return true;
}

static bool parse_time(const uint8_t *body, size_t len, struct fsm_hello *h)
{
	struct nfha_hello_time w;

	if (len < sizeof(w) - sizeof(w.h))
		return false;
	memcpy((uint8_t *)&w + sizeof(w.h), body, sizeof(w) - sizeof(w.h));
	h->stamp = be64toh(w.stamp);
	h->echo = be64toh(w.echo);
	h->held_us = be32toh(w.held_us);
	return h->stamp;
}

static bool parse_pause(const uint8_t *body, size_t len, struct fsm_hello *h)
{
	struct nfha_hello_pause w;

	if (len < sizeof(w) - sizeof(w.h))
		return false;
	memcpy((uint8_t *)&w + sizeof(w.h), body, sizeof(w) - sizeof(w.h));
	h->ask_ms = be32toh(w.ask_ms);
	h->grant_ms = be32toh(w.grant_ms);
	return h->grant_ms <= NFHA_PAUSE_MS_MAX;
}

static enum hello_error parse_tlvs(struct cursor *c, struct fsm_hello *h, struct hello_tlvs *t)
{
	struct nfha_rec_hdr w;
	const uint8_t *body;
	size_t len;

	while (c->left) {
		const uint8_t *head = take(c, sizeof(w));

		if (!head)
			return HELLO_TLV;
		memcpy(&w, head, sizeof(w));
		len = be16toh(w.len);
		if (len < sizeof(w))
			return HELLO_TLV;
		body = take(c, pad4(len) - sizeof(w));
		if (!body)
			return HELLO_TLV;
		len -= sizeof(w);
		if (w.type == NFHA_HELLO_T_IFACE) {
			if (!parse_iface(body, len, t))
				return HELLO_TLV;
		} else if (w.type == NFHA_HELLO_T_TIME) {
			if (!parse_time(body, len, h))
				return HELLO_TLV;
		} else if (w.type == NFHA_HELLO_T_PAUSE) {
			if (!parse_pause(body, len, h))
				return HELLO_TLV;
		} else if (w.type == NFHA_HELLO_T_COMPAT) {
			if (!compat_parse(body, len, &t->compat))
				return HELLO_TLV;
		} else if (w.type == NFHA_HELLO_T_NEXT_KEY) {
			if (!parse_next_key(body, len, t))
				return HELLO_TLV;
		} else if (w.type == NFHA_HELLO_T_VERSION) {
			if (!copy_text(t->version, sizeof(t->version), body, len))
				return HELLO_TLV;
		} else {
			t->unknown++;
		}
	}
	return HELLO_OK;
}

enum hello_error hello_parse(struct seal *seal, const uint8_t *buf, size_t len,
			     struct fsm_hello *h, struct hello_tlvs *t)
{
	size_t said, tail = seal ? NFHA_HELLO_SEAL : 0;
	struct cursor c = { buf, len };
	struct nfha_hello_hdr w;
	const uint8_t *head = take(&c, sizeof(w));

	if (!head)
		return HELLO_SHORT;
	memcpy(&w, head, sizeof(w));
	if (be16toh(w.magic) != NFHA_HELLO_MAGIC)
		return HELLO_MAGIC;
	if (w.version != NFHA_HELLO_VERSION)
		return HELLO_VERSION;
	if (w.key_id != (seal ? NFHA_HELLO_KEY_ID : 0))
		return HELLO_KEY;
	said = be16toh(w.len);
	if (said < sizeof(w) + tail || said > len || said > NFHA_HELLO_MAX)
		return HELLO_LENGTH;
	if (seal && !seal_good(seal, w.unit, buf, said - tail))
		return HELLO_SEAL;
	*h = (struct fsm_hello){
		.unit = w.unit,
		.state = w.state,
		.flags = be32toh(w.flags),
		.term = be32toh(w.term),
		.nonce = be64toh(w.nonce),
		.peer_nonce = be64toh(w.peer_nonce),
		.counter = be64toh(w.counter),
		.poll_ms = be32toh(w.poll_ms),
		.hold_ms = be32toh(w.hold_ms),
		.active_s = be32toh(w.active_s),
	};
	if (h->unit > NFHA_UNIT_SECONDARY || h->state > NFHA_HELLO_LEAVING || !h->nonce ||
	    h->hold_ms < NFHA_HOLD_MS_MIN || h->hold_ms > NFHA_HOLD_MS_MAX ||
	    !h->poll_ms || h->poll_ms > h->hold_ms)
		return HELLO_FIELD;
	memset(t, 0, sizeof(*t));
	c.left = said - sizeof(w) - tail;
	return parse_tlvs(&c, h, t);
}
