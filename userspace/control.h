/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * control.h - the control connection: keys for the module's frames
 *
 * A thread of its own: TLS never runs in the hello thread. The secondary connects, the
 * primary listens. Each connection gives one key; another key, by time or because
 * frames have used one up, takes another connection. When it is lost the module goes
 * on with the key that it has.
 */
#ifndef NFHA_CONTROL_H
#define NFHA_CONTROL_H

#include "conf.h"
#include "genl.h"
#include "key.h"

struct control;

/**
 * struct control_status - for show failover
 * @connected: there is a connection
 * @other_key: the last try showed that the two keys differ
 * @keys: keys that both units installed
 * @failures: connections that gave none
 * @why: the last one's reason; constant; NULL: none since the last key
 */
struct control_status {
	bool		connected;
	bool		other_key;
	uint64_t	keys;
	uint64_t	failures;
	const char	*why;
};

/**
 * control_open() - starts the thread
 * @c: configuration, lives as long
 * @key: copied
 * @why: filled
 *
 * Return: NULL with @why filled.
 */
struct control *control_open(const struct conf *c, const struct key *key, char why[GENL_WHY_MAX]);
void control_close(struct control *ctl);

/* The key in use is spent: get another one. */
void control_renew(struct control *ctl);

/**
 * control_rekey() - another key of the pair from the next connection on
 * @ctl: control connection
 * @key: copied
 * @now: connect twice at once, so that no key of the state link is of the former one; only the
 *	secondary can
 *
 * Return: false: no memory.
 */
bool control_rekey(struct control *ctl, const struct key *key, bool now);

void control_status(struct control *ctl, struct control_status *status);

#endif /* NFHA_CONTROL_H */
