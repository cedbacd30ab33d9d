// SPDX-License-Identifier: GPL-2.0-or-later
/* reload.c - the configuration, read again while failover runs */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#include "log.h"
#include "reload.h"
#include "running.h"

unsigned int reload_log(const char *path, struct conf *c)
{
	unsigned int errors;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		abort();
	errors = conf_load(path, c, f);
	fclose(f);
	/* One line of the log for each error. */
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		log_line(errors ? LOG_ERR : LOG_WARNING, "%s", line);
	free(text);
	return errors;
}

struct key *reload_key(struct conf *c)
{
	struct key *key = key_make(c->key_text, c->key == CONF_KEY_HEX);

	conf_forget(c);
	return key;
}

static bool is_clear(const struct conf *c)
{
	return c->key == CONF_KEY_NONE;
}

static bool same_ports(const struct conf *a, const struct conf *b)
{
	return a->http == b->http && a->http_ports == b->http_ports &&
	       !memcmp(a->http_port, b->http_port, sizeof(a->http_port));
}

const char *reload_read(const struct conf *c, const char *path, struct conf *next)
{
	if (!c->failover)
		return "failover is off: stop nfhad and start it";
	if (reload_log(path, next))
		return "the configuration has mistakes";
	if (!running_same(c, next) || !same_ports(c, next))
		return "more than the key differs: restart nfhad for that";
	/* The module's frames are in clear text as long as it is configured so. */
	if (is_clear(c) != is_clear(next))
		return "from clear text to a key, and back, failover has to be off on both units "
		       "(13-34): stop nfhad on both, then start it";
	return is_clear(c) ? "nothing differs" : NULL;
}

bool reload_same(const struct conf *c, const struct key *key, const char *path)
{
	struct conf next = { 0 };
	bool same = !reload_log(path, &next) && running_same(c, &next) &&
		    is_clear(c) == is_clear(&next);
	struct key *again = same && key ? reload_key(&next) : NULL;

	if (key)
		same = again && !CRYPTO_memcmp(again, key, sizeof(*key));
	key_free(again);
	conf_free(&next);
	return same;
}
