/* SPDX-License-Identifier: GPL-2.0 */
/* key.h - keys of the state link: frames sealed and opened (nfha_wire.h) */
#ifndef _NFHA_KEY_H
#define _NFHA_KEY_H

#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/nfha.h>

#include "frame.h"

struct aead_request;
struct crypto_aead;
struct netlink_ext_ack;

#define NFHA_NONCE_LEN		12
#define NFHA_CIPHER_KEY_LEN	(NFHA_KEY_SECRET_LEN - NFHA_NONCE_LEN)

/**
 * struct nfha_aead - one direction of a key
 * @tfm: cipher, keyed
 * @req: request of @tfm
 * @nonce: of the frame in work
 * @secret: key and nonce base
 */
struct nfha_aead {
	struct crypto_aead	*tfm;
	struct aead_request	*req;
	u8			nonce[NFHA_NONCE_LEN];
	u8			secret[NFHA_KEY_SECRET_LEN];
};

/**
 * struct nfha_link_key - a key of the state link
 * @id: NFHA_KEY_A_ID
 * @cipher: enum nfha_cipher
 * @order: higher than that of every key installed before; not 0
 * @sealed: frames sealed with @tx
 * @tx: seals what this unit sends
 * @rx: opens what the peer sends
 * @replay: frames opened with @rx
 */
struct nfha_link_key {
	u8			id;
	u8			cipher;
	u32			order;
	u32			sealed;
	struct nfha_aead	tx;
	struct nfha_aead	rx;
	struct nfha_replay	replay;
};

/**
 * struct nfha_keys - the keys of an instance
 * @clear: frames are in clear text, there are no keys; constant
 * @lock: protects what follows; held while a frame is sealed or opened
 * @order: of the key installed last; 0: none was
 * @held: keys, in no order; NULL: free
 * @tx: the one of @held that seals; NULL: none
 */
struct nfha_keys {
	bool			clear;
	struct mutex		lock;
	u32			order;
	struct nfha_link_key	*held[NFHA_KEYS_MAX];
	struct nfha_link_key	*tx;
};

/**
 * struct nfha_key_conf - NFHA_A_KEY, parsed
 * Fields as the attributes NFHA_KEY_A_* of the same names.
 */
struct nfha_key_conf {
	u8		id;
	u8		cipher;
	const u8	*tx;
	const u8	*rx;
};

/**
 * struct nfha_keys_state - what NFHA_CMD_STATE_GET says about keys
 * @id: of the key in use; 0: none
 * @cipher: of @id
 * @newest: id of the key installed last; 0: none is held
 */
struct nfha_keys_state {
	u8	id;
	u8	cipher;
	u8	newest;
};

void nfha_keys_init(struct nfha_keys *keys, bool clear);
void nfha_keys_exit(struct nfha_keys *keys);
int nfha_keys_set(struct nfha_keys *keys, const struct nfha_key_conf *conf,
		  struct netlink_ext_ack *extack);
int nfha_keys_use(struct nfha_keys *keys, u8 id, struct netlink_ext_ack *extack);
void nfha_keys_forget(struct nfha_keys *keys);
void nfha_keys_get_state(struct nfha_keys *keys, struct nfha_keys_state *state);

int nfha_key_seal(struct nfha_link_key *key, struct nfha_frame *frame, u8 *buf);
int nfha_keys_seal(struct nfha_keys *keys, struct nfha_frame *frame, u8 *buf);
int nfha_keys_open(struct nfha_keys *keys, struct nfha_frame *frame, u8 *data);

/* Bytes that sealing adds to a frame. Context: any. */
static inline unsigned int nfha_keys_overhead(const struct nfha_keys *keys)
{
	return keys->clear ? 0 : NFHA_FRAME_TAG;
}

#endif /* _NFHA_KEY_H */
