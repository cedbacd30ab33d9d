// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * compat.c - do the two units fit together? (13-2)
 *
 * Each says in its hellos what it is. What differs is shown with both values and
 * keeps the standby from being Ready; a unit that is active stays so.
 */
#include <endian.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <linux/nfha_wire.h>

#include "compat.h"

#define MEMORY_PERCENT	10	/* machines of one type report this much differently */
#define DIGEST_SHOWN	8	/* hexadecimal digits of it */

/* -- this unit */

static uint32_t read_number(const char *path)
{
	FILE *f = fopen(path, "re");
	unsigned long v = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%lu", &v) != 1)
		v = 0;
	fclose(f);
	return (uint32_t)v;
}

static uint16_t data_ifaces(const struct conf *c)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < c->ifaces; i++)
		n += conf_is_data(&c->iface[i]);
	return (uint16_t)n;
}

void compat_own(const struct conf *c, struct compat *own)
{
	struct sysinfo info = { 0 };
	unsigned int major = 0, minor = 0;

	sysinfo(&info);
	(void)!sscanf(NFHA_VERSION, "%u.%u", &major, &minor);
	*own = (struct compat){
		.known = true,
		.wire_min = NFHA_WIRE_VERSION_MIN, .wire_max = NFHA_WIRE_VERSION,
		.mode = NFHA_HELLO_MODE_ROUTED,
		.major = (uint16_t)major, .minor = (uint16_t)minor,
		.ifaces = data_ifaces(c),
		.memory_mib = (uint32_t)((uint64_t)info.totalram * info.mem_unit >> 20),
		.conntrack_max = read_number("/proc/sys/net/netfilter/nf_conntrack_max"),
	};
	running_digest(c, own->digest);
}

/* -- on the wire */

size_t compat_put(const struct compat *compat, uint8_t *buf)
{
	struct nfha_hello_compat w = {
		.h.type = NFHA_HELLO_T_COMPAT,
		.h.len = htobe16(sizeof(w)),
		.wire_min = compat->wire_min,
		.wire_max = compat->wire_max,
		.mode = compat->mode,
		.major = htobe16(compat->major),
		.minor = htobe16(compat->minor),
		.ifaces = htobe16(compat->ifaces),
		.memory_mib = htobe32(compat->memory_mib),
		.conntrack_max = htobe32(compat->conntrack_max),
	};

	if (!compat->known)
		return 0;
	memcpy(w.digest, compat->digest, sizeof(w.digest));
	memcpy(buf, &w, sizeof(w));
	return sizeof(w);
}

bool compat_parse(const uint8_t *body, size_t len, struct compat *compat)
{
	struct nfha_hello_compat w;

	/* A later version may say more behind it. */
	if (len < sizeof(w) - sizeof(w.h))
		return false;
	memcpy((uint8_t *)&w + sizeof(w.h), body, sizeof(w) - sizeof(w.h));
	*compat = (struct compat){
		.known = true,
		.wire_min = w.wire_min,
		.wire_max = w.wire_max,
		.mode = w.mode,
		.major = be16toh(w.major),
		.minor = be16toh(w.minor),
		.ifaces = be16toh(w.ifaces),
		.memory_mib = be32toh(w.memory_mib),
		.conntrack_max = be32toh(w.conntrack_max),
	};
	memcpy(compat->digest, w.digest, sizeof(compat->digest));
	return w.wire_min <= w.wire_max;
}

/* -- both */

static void __attribute__((format(printf, 3, 4)))
say(unsigned int *n, char line[][COMPAT_LINE_MAX], const char *format, ...)
{
	va_list args;

	if (*n < COMPAT_LINES_MAX) {
		va_start(args, format);
		vsnprintf(line[*n], COMPAT_LINE_MAX, format, args);
		va_end(args);
	}
	++*n;
}

#define mismatch(r, ...)	say(&(r)->mismatches, (r)->mismatch, __VA_ARGS__)
#define warning(r, ...)		say(&(r)->warnings, (r)->warning, __VA_ARGS__)

static const char *kind_name(uint8_t kind)
{
	static const char *const names[] = {
		[NFHA_HELLO_KIND_UNKNOWN] = "unknown", [NFHA_HELLO_KIND_ETHERNET] = "Ethernet",
		[NFHA_HELLO_KIND_VLAN] = "VLAN", [NFHA_HELLO_KIND_BOND] = "bond",
		[NFHA_HELLO_KIND_BRIDGE] = "bridge",
	};

	return kind < ARRAY_SIZE(names) ? names[kind] : "unknown";
}

static const char *mode_name(uint8_t mode)
{
	return mode == NFHA_HELLO_MODE_ROUTED ? "routed" :
	       mode == NFHA_HELLO_MODE_TRANSPARENT ? "transparent" : "unknown";
}

static void compare_ifaces(const struct conf *c, const struct compat *own,
			   const struct compat *peer, const struct compat_iface *iface,
			   const char *stranger, struct compat_result *r)
{
	unsigned int known = stranger[0] != '\0';

	if (own->ifaces != peer->ifaces)
		mismatch(r, "interfaces: %u here, %u there", own->ifaces, peer->ifaces);
	for (unsigned int i = 0; i < c->ifaces; i++)
		known += iface[i].known;
	for (unsigned int i = 0; i < c->ifaces; i++) {
		if (!conf_is_data(&c->iface[i]))
			continue;
		/* It may tell of its interfaces in turns: only after the last. */
		if (!iface[i].known && known >= peer->ifaces)
			mismatch(r, "interface %s: here, not there", c->iface[i].nameif);
		if (iface[i].known && iface[i].kind && iface[i].kind != iface[i].own_kind)
			mismatch(r, "interface %s: %s here, %s there", c->iface[i].nameif,
				 kind_name(iface[i].own_kind), kind_name(iface[i].kind));
	}
	if (stranger[0])
		mismatch(r, "interface %s: not here, there", stranger);
}

static void compare_versions(const struct compat *own, const struct compat *peer,
			     struct compat_result *r)
{
	if (own->major != peer->major)
		mismatch(r, "nfha version: %u.%u here, %u.%u there", own->major, own->minor,
			 peer->major, peer->minor);
	else if (own->minor != peer->minor)
		warning(r, "nfha version: %u.%u here, %u.%u there (for the time of an upgrade)",
			own->major, own->minor, peer->major, peer->minor);
	if (own->wire_max < peer->wire_min || peer->wire_max < own->wire_min)
		mismatch(r, "wire versions: %u to %u here, %u to %u there", own->wire_min,
			 own->wire_max, peer->wire_min, peer->wire_max);
}

static void digest_text(const uint8_t *digest, char text[DIGEST_SHOWN + 1])
{
	for (int i = 0; i < DIGEST_SHOWN / 2; i++)
		sprintf(text + 2 * i, "%02x", digest[i]);
}

void compat_compare(const struct conf *c, const struct compat *own, const struct compat *peer,
		    const struct compat_iface *iface, const char *stranger,
		    struct compat_result *r)
{
	char here[DIGEST_SHOWN + 1], there[DIGEST_SHOWN + 1];
	uint64_t most = max_u64(own->memory_mib, peer->memory_mib);
	uint64_t least = min_size(own->memory_mib, peer->memory_mib);
	bool differs;

	memset(r, 0, sizeof(*r));
	if (!peer->known)
		return;
	compare_versions(own, peer, r);
	if (own->mode != peer->mode)
		mismatch(r, "mode: %s here, %s there", mode_name(own->mode),
			 mode_name(peer->mode));
	compare_ifaces(c, own, peer, iface, stranger, r);
	digest_text(own->digest, here);
	digest_text(peer->digest, there);
	/* Another version may know commands, and with them defaults, that this one does not. */
	differs = memcmp(own->digest, peer->digest, sizeof(own->digest));
	if (differs && own->major == peer->major && own->minor != peer->minor)
		warning(r, "configuration: %s here, %s there (by versions that differ)", here,
			there);
	else if (differs)
		mismatch(r, "configuration: %s here, %s there (nfha show running-config all "
			 "failover)", here, there);
	if ((most - least) * 100 > most * MEMORY_PERCENT)
		warning(r, "memory: %u MiB here, %u MiB there", own->memory_mib,
			peer->memory_mib);
	if (own->conntrack_max != peer->conntrack_max)
		warning(r, "nf_conntrack_max: %u here, %u there", own->conntrack_max,
			peer->conntrack_max);
}
