/* SPDX-License-Identifier: GPL-2.0-or-later */
/* admin.h - [no] shutdown (13-20): interfaces administratively up and down */
#ifndef NFHA_ADMIN_H
#define NFHA_ADMIN_H

#include "conf.h"

/**
 * struct admin - what was changed, to be put back
 * @changed: number of @dev
 * @dev: their names
 * @was_up: what they were
 */
struct admin {
	unsigned int	changed;
	char		dev[NFHA_IFACES_MAX][IFNAMSIZ];
	bool		was_up[NFHA_IFACES_MAX];
};

/* Interfaces for which the configuration says nothing are left alone. */
void admin_apply(struct admin *a, const struct conf *c);
void admin_restore(struct admin *a);

#endif /* NFHA_ADMIN_H */
