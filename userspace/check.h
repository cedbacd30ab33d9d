/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check.h - relations between the lines of a configuration, and with the machine */
#ifndef NFHA_CHECK_H
#define NFHA_CHECK_H

#include "parse.h"

/* An active and a standby address: same subnet, different, usable by hosts. */
bool check_pair(struct parser *p, const struct conf_addr *a, const char *page);

/* A key file: there, a file, root's, closed to others; its secret is taken. */
bool check_key_file(struct parser *p, const struct word *path);

/* Everything else; after the last line. */
void check_all(struct parser *p);

#endif /* NFHA_CHECK_H */
