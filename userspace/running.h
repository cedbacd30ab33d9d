/* SPDX-License-Identifier: GPL-2.0-or-later */
/* running.h - a configuration as commands: show running-config failover (13-43) */
#ifndef NFHA_RUNNING_H
#define NFHA_RUNNING_H

#include "conf.h"

#define RUNNING_DIGEST_LEN	32
#define RUNNING_KEY		"*****"	/* stands for a secret */

/**
 * enum running_form - which commands
 * @RUNNING_SET: those that differ from the default
 * @RUNNING_ALL: all
 * @RUNNING_SHARED: all that have to be the same on both units, in an order of their
 *	own: without unit, key and devices
 */
enum running_form {
	RUNNING_SET,
	RUNNING_ALL,
	RUNNING_SHARED,
};

/* The configuration language again; a secret is RUNNING_KEY. */
void running_print(FILE *f, const struct conf *c, enum running_form form);

/* For the command: to be freed. */
char *running_text(const struct conf *c, bool all, bool json);

/* The answer to one of CTL_RUNNING*, to be freed; NULL: @request is none. */
char *running_answer(const struct conf *c, const char *request);

/* Both mean the same, but for the key and the list of ports (13-22). */
bool running_same(const struct conf *a, const struct conf *b);

/* SHA-256 of RUNNING_SHARED. */
void running_digest(const struct conf *c, uint8_t digest[RUNNING_DIGEST_LEN]);

#endif /* NFHA_RUNNING_H */
