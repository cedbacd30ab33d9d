// SPDX-License-Identifier: GPL-2.0-or-later
/* take.c - words of a command to values: names, devices, addresses */
#include "check.h"
#include "take.h"

bool take_name(struct parser *p, const struct word *w, const char *page, char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_.-";
	size_t len = strlen(w->text);

	if (len >= NFHA_NAMEIF_MAX || w->text[strspn(w->text, letters)])
		return parse_fail(p, w, "1 to 47 letters, digits, \"_\", \".\", \"-\"", page,
				  "not a name");
	memcpy(name, w->text, len + 1);
	return true;
}

bool take_device(struct parser *p, const struct word *w, const char *page, char *dev)
{
	size_t len = strlen(w->text);

	if (len >= IFNAMSIZ || strchr(w->text, '/'))
		return parse_fail(p, w, "a device of at most 15 characters", page,
				  "not the name of a device");
	memcpy(dev, w->text, len + 1);
	return true;
}

static bool take_addr(struct parser *p, const struct word *w, uint8_t family, const char *page,
		      struct addr *a)
{
	if (!addr_parse(w->text, a) || (family && a->family != family))
		return parse_fail(p, w, family == AF_INET6 ? "an IPv6 address" :
				  family == AF_INET ? "an IPv4 address" : "an IP address",
				  page, "not an address");
	return true;
}

static bool take_prefix(struct parser *p, const struct word *w, const char *text,
			const struct conf_addr *a, const char *page, uint8_t *prefix)
{
	struct word number = { text, w->col + (unsigned int)(text - w->text) };
	unsigned int bits = addr_bits(&a->active);
	char allowed[32];
	unsigned long v;

	snprintf(allowed, sizeof(allowed), "a length of 1 to %u", bits);
	if (!parse_number(p, &number, 1, bits, allowed, page, &v))
		return false;
	*prefix = (uint8_t)v;
	return true;
}

/* "A/LEN" or "A MASK"; @used: words taken. */
static bool take_net(struct parser *p, const struct word *arg, unsigned int n, uint8_t family,
		     const char *page, struct conf_addr *a, unsigned int *used)
{
	char text[PARSE_LINE_MAX + 1];
	struct word w = { text, arg[0].col };
	char *slash;
	struct addr mask;
	int prefix;

	snprintf(text, sizeof(text), "%s", arg[0].text);
	slash = strchr(text, '/');
	if (slash)
		*slash = '\0';
	a->pos = parse_pos(p, &arg[0]);
	if (!take_addr(p, &w, family, page, &a->active))
		return false;
	*used = 1;
	if (slash)
		return take_prefix(p, &w, slash + 1, a, page, &a->prefix);
	if (n < 2 || a->active.family == AF_INET6 || !strcmp(arg[1].text, "standby"))
		return parse_fail(p, n < 2 ? NULL : &arg[1], a->active.family == AF_INET ?
				  "a mask, or /LEN behind the address" : "/LEN behind the address",
				  page, "the length of the network is missing");
	*used = 2;
	if (!take_addr(p, &arg[1], AF_INET, page, &mask))
		return false;
	prefix = addr_mask_len(&mask);
	if (prefix < 1)
		return parse_fail(p, &arg[1], "255.0.0.0 and the like", page,
				  "not a contiguous mask");
	a->prefix = (uint8_t)prefix;
	return true;
}

/* "NET standby B"; the rest of the line is the caller's. */
bool take_pair(struct parser *p, const struct word *arg, unsigned int n, uint8_t family,
	       const char *page, struct conf_addr *a, unsigned int *used)
{
	memset(a, 0, sizeof(*a));
	if (!take_net(p, arg, n, family, page, a, used))
		return false;
	if (*used >= n || strcmp(arg[*used].text, "standby"))
		return parse_fail(p, *used < n ? &arg[*used] : NULL, "standby ADDRESS", page,
				  "the standby address is missing: the standby unit needs one");
	if (++*used >= n)
		return parse_fail(p, NULL, "an IP address", page, "an address is missing");
	a->standby_pos = parse_pos(p, &arg[*used]);
	if (!take_addr(p, &arg[*used], a->active.family, page, &a->standby))
		return false;
	++*used;
	return check_pair(p, a, page);
}
