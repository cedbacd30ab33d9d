/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hello.h - hellos on the wire: section 4 of nfha_wire.h */
#ifndef NFHA_HELLO_H
#define NFHA_HELLO_H

#include <linux/nfha_wire.h>

#include "compat.h"
#include "peer.h"
#include "seal.h"

#define HELLO_VERSION_MAX	96	/* text of NFHA_HELLO_T_VERSION, with the terminator */
#define HELLO_IFACES_MAX \
	((NFHA_HELLO_MAX - sizeof(struct nfha_hello_hdr)) / sizeof(struct nfha_hello_iface))
/* So many fit beside everything else. */
#define HELLO_IFACES_ROOM \
	((NFHA_HELLO_MAX - sizeof(struct nfha_hello_hdr) - sizeof(struct nfha_rec_hdr) -	\
	  HELLO_VERSION_MAX - sizeof(struct nfha_hello_compat) - sizeof(struct nfha_hello_time) - \
	  sizeof(struct nfha_hello_next_key) - sizeof(struct nfha_hello_pause) -			\
	  NFHA_HELLO_SEAL) / sizeof(struct nfha_hello_iface))

/**
 * struct hello_iface - one data interface of a unit
 * @nameif: its name, the same on both units
 * @mac: own address
 * @status: enum nfha_iface_status
 * @kind: enum nfha_hello_kind
 * @state: enum nfha_hello_istate
 */
struct hello_iface {
	char	nameif[NFHA_NAMEIF_MAX];
	uint8_t	mac[MAC_LEN];
	uint8_t	status;
	uint8_t	kind;
	uint8_t	state;
};

/**
 * struct hello_tlvs - the optional parts
 * @ifaces: number of @iface; a unit with more than fit sends them in turns
 * @iface: data interfaces
 * @version: hw/sw text; empty: not there
 * @compat: what has to fit
 * @has_next_key: the sender was given another key
 * @next_key: its mark
 * @unknown: parts of a later version, skipped
 */
struct hello_tlvs {
	unsigned int		ifaces;
	struct hello_iface	iface[HELLO_IFACES_MAX];
	char			version[HELLO_VERSION_MAX];
	struct compat		compat;
	bool			has_next_key;
	uint8_t			next_key[NFHA_KEY_MARK_LEN];
	unsigned int		unknown;
};

/* enum hello_error - why bytes are no hello; each one is counted */
enum hello_error {
	HELLO_OK,
	HELLO_SHORT,
	HELLO_MAGIC,
	HELLO_VERSION,
	HELLO_KEY,	/* clear text, and we have a key; or the other way round */
	HELLO_LENGTH,
	HELLO_FIELD,	/* a value out of range */
	HELLO_TLV,
	HELLO_SEAL,	/* not sealed with our key */
	HELLO_SOURCE,	/* not from the peer's address */
	HELLO_ERRORS
};

/**
 * hello_build() - hello to bytes
 * @seal: seals it; NULL: clear text
 * @h: fixed part
 * @t: optional parts; interfaces that do not fit are left out
 * @buf: at least NFHA_HELLO_MAX bytes
 *
 * Return: length; 0: no memory.
 */
size_t hello_build(struct seal *seal, const struct fsm_hello *h, const struct hello_tlvs *t,
		   uint8_t *buf);

/**
 * hello_parse() - bytes to hello
 * @seal: the key it has to be sealed with; NULL: clear text
 * @buf: untrusted
 * @len: may be more than the hello says (Ethernet padding)
 * @h: filled
 * @t: filled
 *
 * Return: HELLO_OK or why not; then @h and @t mean nothing.
 */
enum hello_error hello_parse(struct seal *seal, const uint8_t *buf, size_t len,
			     struct fsm_hello *h, struct hello_tlvs *t);

const char *hello_error_name(enum hello_error error);

#endif /* NFHA_HELLO_H */
