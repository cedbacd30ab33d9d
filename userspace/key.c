// SPDX-License-Identifier: GPL-2.0-or-later
/* key.c - the pair's key (13-34) and the keys made of it: section 6 of nfha_wire.h */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/nfha_wire.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include "key.h"

/* N, r: 32 MiB. What is on the wire can be searched for a short secret: each guess costs that. */
#define SCRYPT_N	(1U << 15)
#define SCRYPT_R	8
#define SCRYPT_P	1
#define SCRYPT_MEMORY	(64U << 20)

static const char *const infos[KEY_USES] = {
	[KEY_HELLO_PRIMARY] = "hello primary",
	[KEY_HELLO_SECONDARY] = "hello secondary",
	[KEY_TLS] = "tls",
	[KEY_MARK] = "mark",
};

static bool expand(const uint8_t *master, size_t len, const char *info, uint8_t out[KEY_LEN])
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)"SHA256", 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)master,
						  len),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (char *)NFHA_KEY_SALT,
						  strlen(NFHA_KEY_SALT)),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)info,
						  strlen(info)),
		OSSL_PARAM_construct_end(),
	};
	bool ok = ctx && EVP_KDF_derive(ctx, out, KEY_LEN, params) > 0;

	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return ok;
}

static uint8_t digit(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* Return: bytes in @master; 0: no memory. */
static size_t stretch(const char *text, bool hex, uint8_t master[KEY_LEN])
{
	if (!hex)
		return EVP_PBE_scrypt(text, strlen(text), (const uint8_t *)NFHA_KEY_SALT,
				      strlen(NFHA_KEY_SALT), SCRYPT_N, SCRYPT_R, SCRYPT_P,
				      SCRYPT_MEMORY, master, KEY_LEN) > 0 ? KEY_LEN : 0;
	for (size_t i = 0; i < KEY_HEX_DIGITS / 2; i++)
		master[i] = (uint8_t)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
	return KEY_HEX_DIGITS / 2;
}

/* Pages of its own: of these alone nothing may be swapped or dumped. */
static struct key *new_key(void)
{
	struct key *key = mmap(NULL, sizeof(*key), PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (key == MAP_FAILED)
		return NULL;
	/* Where locking is not allowed, the log has said so (mlockall). */
	(void)!mlock(key, sizeof(*key));
	madvise(key, sizeof(*key), MADV_DONTDUMP);
	return key;
}

struct key *key_make(const char *text, bool hex)
{
	struct key *key = new_key();
	uint8_t master[KEY_LEN];
	size_t len;
	bool ok;

	if (!key)
		return NULL;
	len = stretch(text, hex, master);
	ok = len;
	for (int i = 0; i < KEY_USES && ok; i++)
		ok = expand(master, len, infos[i], key->use[i]);
	explicit_bzero(master, sizeof(master));
	if (ok)
		return key;
	key_free(key);
	return NULL;
}

struct key *key_copy(const struct key *key)
{
	struct key *copy = new_key();

	if (copy)
		*copy = *key;
	return copy;
}

void key_free(struct key *key)
{
	if (!key)
		return;
	explicit_bzero(key, sizeof(*key));
	munmap(key, sizeof(*key));
}

const char *key_unfit(const char *text, size_t len)
{
	if (!len)
		return "it is empty";
	if (len >= KEY_TEXT_MAX)
		return "it is longer than 63 characters";
	for (size_t i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return "it holds something else than letters, digits and punctuation";
	return NULL;
}

/* Return: NULL or what is wrong with the file. */
static const char *file_unfit(int fd, char *why, size_t size)
{
	struct stat st;

	if (fstat(fd, &st))
		snprintf(why, size, "%s", strerror(errno));
	else if (!S_ISREG(st.st_mode))
		snprintf(why, size, "not a file");
	else if (st.st_uid)
		snprintf(why, size, "it belongs to user %u", st.st_uid);
	else if (st.st_mode & 077)
		snprintf(why, size, "others can read it: mode %04o", st.st_mode & 07777);
	else
		return NULL;
	return why;
}

const char *key_read(const char *path, char text[KEY_TEXT_MAX], char *why, size_t size)
{
	/* NONBLOCK: a FIFO is refused, not waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	const char *wrong = why;
	char buf[KEY_TEXT_MAX + 2] = "";
	ssize_t len;

	if (fd < 0) {
		snprintf(why, size, "%s", strerror(errno));
		return why;
	}
	if (file_unfit(fd, why, size))
		goto out;
	/* One byte more than fits with a newline, so that too long is seen. */
	len = read(fd, buf, sizeof(buf) - 1);
	if (len < 0) {
		snprintf(why, size, "%s", strerror(errno));
		goto out;
	}
	if (len && buf[len - 1] == '\n')
		len--;
	wrong = key_unfit(buf, (size_t)len);
	if (!wrong) {
		memcpy(text, buf, (size_t)len);
		text[len] = '\0';
	}
out:
	explicit_bzero(buf, sizeof(buf));
	close(fd);
	return wrong;
}
