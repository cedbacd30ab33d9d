/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compat.h - do the two units fit together? (13-2) */
#ifndef NFHA_COMPAT_H
#define NFHA_COMPAT_H

#include "conf.h"
#include "running.h"

#define COMPAT_LINES_MAX	8
#define COMPAT_LINE_MAX		128

/**
 * struct compat - what a unit says of itself: NFHA_HELLO_T_COMPAT
 * @known: the rest is valid
 * Other fields as struct nfha_hello_compat, host byte order.
 */
struct compat {
	bool		known;
	uint8_t		wire_min;
	uint8_t		wire_max;
	uint8_t		mode;
	uint16_t	major;
	uint16_t	minor;
	uint16_t	ifaces;
	uint32_t	memory_mib;
	uint32_t	conntrack_max;
	uint8_t		digest[RUNNING_DIGEST_LEN];
};

/**
 * struct compat_iface - a data interface, by index in struct conf
 * @known: the other unit has one of this name
 * @kind: enum nfha_hello_kind there
 * @own_kind: and here
 */
struct compat_iface {
	bool	known;
	uint8_t	kind;
	uint8_t	own_kind;
};

/**
 * struct compat_result - what differs, with both values, a line each
 * @mismatches: these keep the standby from being Ready
 * @mismatch: the first of them
 * @warnings: these do not
 * @warning: likewise
 */
struct compat_result {
	unsigned int	mismatches;
	char		mismatch[COMPAT_LINES_MAX][COMPAT_LINE_MAX];
	unsigned int	warnings;
	char		warning[COMPAT_LINES_MAX][COMPAT_LINE_MAX];
};

/* Of this unit and this machine. */
void compat_own(const struct conf *c, struct compat *own);

/* TLV into a hello; nothing, if it is not known. Return: bytes. */
size_t compat_put(const struct compat *compat, uint8_t *buf);

/* @body: of the TLV, untrusted. Return: it is one. */
bool compat_parse(const uint8_t *body, size_t len, struct compat *compat);

/**
 * compat_compare() - this unit and the other one
 * @c: configuration
 * @own: this unit
 * @peer: the other one; as long as it is not known, nothing differs
 * @iface: by index in @c
 * @stranger: name of an interface that only the other unit has, or empty
 * @r: filled
 */
void compat_compare(const struct conf *c, const struct compat *own, const struct compat *peer,
		    const struct compat_iface *iface, const char *stranger,
		    struct compat_result *r);

#endif /* NFHA_COMPAT_H */
