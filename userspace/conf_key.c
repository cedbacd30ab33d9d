// SPDX-License-Identifier: GPL-2.0-or-later
/* conf_key.c - the commands that begin with "failover key" (13-34) */
#include "check.h"
#include "command.h"

#define LIFETIME_MAX	86400	/* s */

/* What "show running-config" prints in its place; a copy of that is no configuration. */
static bool is_stars(const char *key)
{
	return key[strspn(key, "*")] == '\0';
}

static bool take_hex(struct parser *p, const struct word *w)
{
	size_t len = strlen(w->text);

	if (w->text[strspn(w->text, "0123456789abcdefABCDEF")])
		return parse_fail(p, w, "0-9, a-f", "13-34", "not a hexadecimal number");
	if (len != KEY_HEX_DIGITS)
		return parse_fail(p, w, "exactly 32", "13-34",
				  "%zu hexadecimal digits; exactly 32 needed", len);
	p->c->key = CONF_KEY_HEX;
	memcpy(p->c->key_text, w->text, len + 1);
	return true;
}

static bool take_secret(struct parser *p, const struct word *w)
{
	size_t len = strlen(w->text);

	if (key_unfit(w->text, len))
		return parse_fail(p, w, "1 to 63 characters", "13-34", "a secret of %zu characters",
				  len);
	p->c->key = CONF_KEY_SECRET;
	memcpy(p->c->key_text, w->text, len + 1);
	return true;
}

bool on_key(struct parser *p, const struct word *arg, unsigned int n)
{
	static const char allowed[] = "SECRET, hex K, file PATH, none";
	bool hex = !strcmp(arg[0].text, "hex"), file = !strcmp(arg[0].text, "file");

	p->c->key_pos = parse_pos(p, &arg[0]);
	if (is_stars(arg[n - 1].text))
		return parse_fail(p, &arg[n - 1], allowed, "13-34",
				  "this stands for a key that is not shown");
	if (n == 1 && !strcmp(arg[0].text, "none")) {
		p->c->key = CONF_KEY_NONE;
		return true;
	}
	if (n == 1 && (hex || file))
		return parse_fail(p, NULL, hex ? "32 hexadecimal digits" : "PATH", "13-34",
				  "a word is missing");
	if (n == 2 && file) {
		/* A path is no secret. */
		p->secret = false;
		p->c->key = CONF_KEY_FILE;
		p->c->key_pos = parse_pos(p, &arg[1]);
		snprintf(p->c->key_path, sizeof(p->c->key_path), "%s", arg[1].text);
		return check_key_file(p, &arg[1]);
	}
	if (n == 2 && !hex)
		return parse_fail(p, &arg[0], allowed, "13-34", "neither \"hex\" nor \"file\"");
	if (!(n == 2 ? take_hex(p, &arg[1]) : take_secret(p, &arg[0])))
		return false;
	if (p->readable_by_others)
		return parse_fail(p, &arg[0], "mode 0600 for this file, or \"failover key file "
				  "PATH\"", "13-34", "others can read the key in this file");
	return true;
}

bool on_key_lifetime(struct parser *p, const struct word *arg, unsigned int n)
{
	unsigned long v;

	(void)n;
	if (!parse_number(p, &arg[0], 1, LIFETIME_MAX, "1 to 86400 seconds", "nfha", &v))
		return false;
	p->c->key_lifetime_s = (uint32_t)v;
	return true;
}
