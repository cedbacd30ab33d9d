// SPDX-License-Identifier: GPL-2.0
/*
 * key.c - keys of the state link: frames sealed and opened
 *
 * A frame is sealed as it is, in its buffer: header | records -> header |
 * ciphertext | tag. The header is authenticated, so that a counter, nonce or
 * length that was changed on the way fails as the records would.
 *
 * A nonce that is used twice with one key gives the key away. So the counter is
 * one for the whole module, for all namespaces and keys, and never goes back: a
 * key that was forgotten and is installed again goes on where nobody was.
 */
#include <crypto/aead.h>
#include <crypto/algapi.h>
#include <linux/atomic.h>
#include <linux/crypto.h>
#include <linux/netlink.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "key.h"
#include "params.h"

static const char * const nfha_cipher_names[] = {
	[NFHA_CIPHER_AES_256_GCM]	= "gcm(aes)",
	[NFHA_CIPHER_CHACHA20_POLY1305]	= "rfc7539(chacha20,poly1305)",
};

/* Of the frame sent last. */
static atomic64_t nfha_counter = ATOMIC64_INIT(0);

/*
 * Ciphers that may complete later are taken, too: those of the CPU's own
 * instructions are among them, and they complete at once in process context.
 */
static int nfha_aead_init(struct nfha_aead *aead, u8 cipher, const u8 *secret)
{
	int err;

	memcpy(aead->secret, secret, NFHA_KEY_SECRET_LEN);
	aead->tfm = crypto_alloc_aead(nfha_cipher_names[cipher], 0, 0);
	if (IS_ERR(aead->tfm)) {
		err = PTR_ERR(aead->tfm);
		aead->tfm = NULL;
		return err == -ENOMEM || err == -EINTR ? err : -EOPNOTSUPP;
	}
	if (crypto_aead_ivsize(aead->tfm) != NFHA_NONCE_LEN)
		return -EOPNOTSUPP;
	err = crypto_aead_setkey(aead->tfm, secret, NFHA_CIPHER_KEY_LEN) ?:
	      crypto_aead_setauthsize(aead->tfm, NFHA_FRAME_TAG);
	if (err)
		return err;
	aead->req = aead_request_alloc(aead->tfm, GFP_KERNEL);
	return aead->req ? 0 : -ENOMEM;
}

static void nfha_aead_exit(struct nfha_aead *aead)
{
	aead_request_free(aead->req);
	if (aead->tfm)
		crypto_free_aead(aead->tfm);
}

/* @len: what is encrypted, or decrypted with its tag, behind the header. */
static int nfha_aead_run(struct nfha_aead *aead, u8 *frame, size_t len, u64 counter,
			 int (*op)(struct aead_request *req))
{
	const u8 *base = aead->secret + NFHA_CIPHER_KEY_LEN;
	__be64 mask = cpu_to_be64(counter);
	struct scatterlist sg;
	DECLARE_CRYPTO_WAIT(wait);
	unsigned int i;

	memcpy(aead->nonce, base, NFHA_NONCE_LEN);
	for (i = 0; i < sizeof(mask); i++)
		aead->nonce[NFHA_NONCE_LEN - sizeof(mask) + i] ^= ((const u8 *)&mask)[i];
	sg_init_one(&sg, frame, sizeof(struct nfha_frame_hdr) + len +
		    (op == crypto_aead_encrypt ? NFHA_FRAME_TAG : 0));
	aead_request_set_callback(aead->req,
				  CRYPTO_TFM_REQ_MAY_BACKLOG | CRYPTO_TFM_REQ_MAY_SLEEP,
				  crypto_req_done, &wait);
	aead_request_set_crypt(aead->req, &sg, &sg, len, aead->nonce);
	aead_request_set_ad(aead->req, sizeof(struct nfha_frame_hdr));
	return crypto_wait_req(op(aead->req), &wait);
}

static void nfha_key_free(struct nfha_link_key *key)
{
	if (!key)
		return;
	nfha_aead_exit(&key->tx);
	nfha_aead_exit(&key->rx);
	kfree_sensitive(key);
}

static struct nfha_link_key *nfha_key_alloc(const struct nfha_key_conf *conf)
{
	struct nfha_link_key *key;
	int err;

	key = kzalloc(sizeof(*key), GFP_KERNEL);
	if (!key)
		return ERR_PTR(-ENOMEM);
	key->id = conf->id;
	key->cipher = conf->cipher;
	err = nfha_aead_init(&key->tx, conf->cipher, conf->tx) ?:
	      nfha_aead_init(&key->rx, conf->cipher, conf->rx);
	if (err) {
		nfha_key_free(key);
		return ERR_PTR(err);
	}
	return key;
}

/**
 * nfha_keys_init - no keys yet
 * @keys: set
 * @clear: there will be none, frames are in clear text
 *
 * Context: any.
 */
void nfha_keys_init(struct nfha_keys *keys, bool clear)
{
	keys->clear = clear;
	mutex_init(&keys->lock);
}

/**
 * nfha_keys_exit - undo nfha_keys_init()
 * @keys: set; nobody uses it any more
 *
 * Context: may sleep.
 */
void nfha_keys_exit(struct nfha_keys *keys)
{
	nfha_keys_forget(keys);
	mutex_destroy(&keys->lock);
}

static struct nfha_link_key *nfha_keys_find(struct nfha_keys *keys, u8 id)
{
	unsigned int i;

	lockdep_assert_held(&keys->lock);
	for (i = 0; i < NFHA_KEYS_MAX; i++)
		if (keys->held[i] && keys->held[i]->id == id)
			return keys->held[i];
	return NULL;
}

/* Two nonce bases do not make one key two. */
static bool nfha_secret_same(const u8 *a, const u8 *b)
{
	return !crypto_memneq(a, b, NFHA_CIPHER_KEY_LEN);
}

/*
 * Is the number or a secret of @conf there already? In either direction: what one
 * unit sealed must not open as if the other one had.
 */
static bool nfha_keys_has(struct nfha_keys *keys, const struct nfha_key_conf *conf)
{
	const struct nfha_link_key *key;
	unsigned int i;

	lockdep_assert_held(&keys->lock);
	if (nfha_secret_same(conf->tx, conf->rx))
		return true;
	for (i = 0; i < NFHA_KEYS_MAX; i++) {
		key = keys->held[i];
		if (!key)
			continue;
		if (key->id == conf->id || nfha_secret_same(key->tx.secret, conf->tx) ||
		    nfha_secret_same(key->tx.secret, conf->rx) ||
		    nfha_secret_same(key->rx.secret, conf->tx) ||
		    nfha_secret_same(key->rx.secret, conf->rx))
			return true;
	}
	return false;
}

/* A free place, or that of the oldest key that is not in use. */
static unsigned int nfha_keys_place(struct nfha_keys *keys)
{
	unsigned int i, oldest = NFHA_KEYS_MAX;

	lockdep_assert_held(&keys->lock);
	for (i = 0; i < NFHA_KEYS_MAX; i++) {
		if (!keys->held[i])
			return i;
		if (keys->held[i] != keys->tx &&
		    (oldest == NFHA_KEYS_MAX ||
		     keys->held[i]->order < keys->held[oldest]->order))
			oldest = i;
	}
	return oldest;
}

/**
 * nfha_keys_set - NFHA_CMD_KEY_SET
 * @keys: set
 * @conf: the key; copied
 * @extack: where to say what is wrong
 *
 * Context: may sleep; calls are serialised by nn->lock. Return: 0; -EEXIST: the
 * number or a secret is there; -EOPNOTSUPP: no such cipher; -EINVAL: clear text is
 * configured; -ENOMEM.
 */
int nfha_keys_set(struct nfha_keys *keys, const struct nfha_key_conf *conf,
		  struct netlink_ext_ack *extack)
{
	struct nfha_link_key *key, *old = NULL;
	unsigned int place;
	int err = 0;

	if (keys->clear) {
		NL_SET_ERR_MSG(extack, "frames are in clear text, as configured");
		return -EINVAL;
	}
	key = nfha_key_alloc(conf);
	if (IS_ERR(key)) {
		if (PTR_ERR(key) == -EOPNOTSUPP)
			NL_SET_ERR_MSG(extack, "the kernel does not have this cipher");
		return PTR_ERR(key);
	}
	mutex_lock(&keys->lock);
	if (nfha_keys_has(keys, conf)) {
		NL_SET_ERR_MSG(extack, "the number or a secret of this key is there already");
		old = key;
		err = -EEXIST;
	} else {
		key->order = ++keys->order;
		place = nfha_keys_place(keys);
		old = keys->held[place];
		keys->held[place] = key;
	}
	mutex_unlock(&keys->lock);
	nfha_key_free(old);
	return err;
}

/* Take out of @keys what is older than both keys in use. */
static void nfha_keys_retire(struct nfha_keys *keys, const struct nfha_link_key *before,
			     struct nfha_link_key **retired)
{
	u32 since = min(keys->tx->order, before->order);
	unsigned int i;

	lockdep_assert_held(&keys->lock);
	for (i = 0; i < NFHA_KEYS_MAX; i++) {
		retired[i] = NULL;
		if (keys->held[i] && keys->held[i]->order < since)
			swap(retired[i], keys->held[i]);
	}
}

/**
 * nfha_keys_use - NFHA_CMD_KEY_USE
 * @keys: set
 * @id: seals from now on
 * @extack: where to say what is wrong
 *
 * The key that sealed before is kept for what is still on its way, older ones go.
 * Context: may sleep. Return: 0; -ENOKEY: not installed.
 */
int nfha_keys_use(struct nfha_keys *keys, u8 id, struct netlink_ext_ack *extack)
{
	struct nfha_link_key *key, *before, *retired[NFHA_KEYS_MAX] = {};
	unsigned int i;

	mutex_lock(&keys->lock);
	before = keys->tx;
	key = nfha_keys_find(keys, id);
	if (key && key != before) {
		keys->tx = key;
		/* The first one in use: the peer may have used any by now. */
		if (before)
			nfha_keys_retire(keys, before, retired);
	}
	mutex_unlock(&keys->lock);
	for (i = 0; i < NFHA_KEYS_MAX; i++)
		nfha_key_free(retired[i]);
	if (key)
		return 0;
	NL_SET_ERR_MSG(extack, "no key of this number is installed");
	return -ENOKEY;
}

/**
 * nfha_keys_forget - NFHA_CMD_KEY_CLEAR
 * @keys: set
 *
 * Context: may sleep.
 */
void nfha_keys_forget(struct nfha_keys *keys)
{
	unsigned int i;

	mutex_lock(&keys->lock);
	keys->tx = NULL;
	for (i = 0; i < NFHA_KEYS_MAX; i++) {
		nfha_key_free(keys->held[i]);
		keys->held[i] = NULL;
	}
	mutex_unlock(&keys->lock);
}

/**
 * nfha_keys_get_state - which keys are held
 * @keys: set
 * @state: filled
 *
 * Context: may sleep.
 */
void nfha_keys_get_state(struct nfha_keys *keys, struct nfha_keys_state *state)
{
	unsigned int i;
	u32 order = 0;

	memset(state, 0, sizeof(*state));
	mutex_lock(&keys->lock);
	if (keys->tx) {
		state->id = keys->tx->id;
		state->cipher = keys->tx->cipher;
	}
	for (i = 0; i < NFHA_KEYS_MAX; i++) {
		if (keys->held[i] && keys->held[i]->order > order) {
			order = keys->held[i]->order;
			state->newest = keys->held[i]->id;
		}
	}
	mutex_unlock(&keys->lock);
}

/**
 * nfha_key_seal - seal a frame whose counter is set
 * @key: with this key
 * @frame: as nfha_keys_seal()
 * @buf: as nfha_keys_seal()
 *
 * Context: may sleep; nobody else uses @key meanwhile. Return: as nfha_keys_seal().
 */
int nfha_key_seal(struct nfha_link_key *key, struct nfha_frame *frame, u8 *buf)
{
	size_t len = frame->len - sizeof(struct nfha_frame_hdr);
	int err;

	frame->key_id = key->id;
	if (key->sealed >= nfha_key_frames)
		return -EKEYEXPIRED;
	key->sealed++;
	frame->len += NFHA_FRAME_TAG;
	nfha_frame_build(frame, (struct nfha_frame_hdr *)buf);
	err = nfha_aead_run(&key->tx, buf, len, frame->counter, crypto_aead_encrypt);
	return err ?: key->sealed == nfha_key_frames / 2;
}

/**
 * nfha_keys_seal - complete a frame that is to be sent
 * @keys: set
 * @frame: its header; key id, counter and length are set
 * @buf: the frame: place for the header, then records up to @frame->len; with place
 *	for nfha_keys_overhead() behind them
 *
 * Context: may sleep. Return: 0; 1: and half of what the key may seal is sealed now;
 * -ENOKEY: no key in use; -EKEYEXPIRED: it sealed all it may; another negative error:
 * of the cipher.
 */
int nfha_keys_seal(struct nfha_keys *keys, struct nfha_frame *frame, u8 *buf)
{
	int err = -ENOKEY;

	frame->counter = atomic64_inc_return(&nfha_counter);
	if (keys->clear) {
		nfha_frame_build(frame, (struct nfha_frame_hdr *)buf);
		return 0;
	}
	mutex_lock(&keys->lock);
	if (keys->tx)
		err = nfha_key_seal(keys->tx, frame, buf);
	mutex_unlock(&keys->lock);
	return err;
}

static int nfha_key_open(struct nfha_link_key *key, struct nfha_frame *frame, u8 *data)
{
	int err;

	err = nfha_aead_run(&key->rx, data, frame->len - sizeof(struct nfha_frame_hdr),
			    frame->counter, crypto_aead_decrypt);
	if (err)
		return err;
	if (!nfha_replay_fresh(&key->replay, frame->counter))
		return -EALREADY;
	frame->len -= NFHA_FRAME_TAG;
	frame->key_order = key->order;
	return 0;
}

/**
 * nfha_keys_open - authenticate and decrypt a frame that arrived
 * @keys: set
 * @frame: its header; the tag's length is taken off
 * @data: the frame; decrypted where it is, and of no use after an error
 *
 * Context: may sleep. Return: 0; -ENOKEY: sealed with a key that is not held;
 * -EBADMSG: not what its sender sealed; -EALREADY: opened before, or too old to
 * tell; -EPROTO: clear text, and keys are wanted; -EKEYREJECTED: sealed, and clear
 * text is configured; -EINVAL: too short; another negative error: of the cipher.
 */
int nfha_keys_open(struct nfha_keys *keys, struct nfha_frame *frame, u8 *data)
{
	struct nfha_link_key *key;
	int err = -ENOKEY;

	if (!frame->key_id)
		return keys->clear ? 0 : -EPROTO;
	if (keys->clear)
		return -EKEYREJECTED;
	if (frame->len < sizeof(struct nfha_frame_hdr) + NFHA_FRAME_TAG)
		return -EINVAL;
	mutex_lock(&keys->lock);
	key = nfha_keys_find(keys, frame->key_id);
	if (key)
		err = nfha_key_open(key, frame, data);
	mutex_unlock(&keys->lock);
	return err;
}
