// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * running.c - a configuration as commands: show running-config failover (13-43)
 *
 * What is printed is accepted as a configuration again, but for the key. A command
 * that conf.c learns has to be printed here.
 */
#include <stdlib.h>

#include <json-c/json.h>
#include <openssl/evp.h>

#include "ctl.h"
#include "running.h"

/* Defaults: 13-17, 13-23, 13-34. */
#define POLL_MS		1000
#define HOLD_MS		15000
#define IF_POLL_MS	5000
#define IF_HOLD_MS	25000
#define KEY_LIFETIME_S	3600

static void print_time(FILE *f, const char *before, uint32_t ms)
{
	if (ms % 1000)
		fprintf(f, "%smsec %u", before, ms);
	else
		fprintf(f, "%s%u", before, ms / 1000);
}

static void print_times(FILE *f, const char *what, uint32_t poll_ms, uint32_t hold_ms)
{
	fprintf(f, "failover polltime %s", what);
	print_time(f, " ", poll_ms);
	print_time(f, " holdtime ", hold_ms);
	fputc('\n', f);
}

static void print_key(FILE *f, const struct conf *c)
{
	switch (c->key) {
	case CONF_KEY_MISSING:
		break;
	case CONF_KEY_NONE:
		fprintf(f, "failover key none\n");
		break;
	case CONF_KEY_SECRET:
		fprintf(f, "failover key %s\n", RUNNING_KEY);
		break;
	case CONF_KEY_HEX:
		fprintf(f, "failover key hex %s\n", RUNNING_KEY);
		break;
	case CONF_KEY_FILE:
		fprintf(f, "failover key file %s\n", c->key_path);
		break;
	}
}

/* "A MASK standby B", for IPv6 "A/LEN standby B". */
static void print_pair(FILE *f, const struct conf_addr *a)
{
	struct addr mask = { .family = AF_INET };
	char text[ADDR_TEXT_MAX];

	fputs(addr_text(&a->active, text), f);
	if (a->active.family == AF_INET) {
		memset(mask.b, 0xff, 4);
		mask = addr_net(&mask, a->prefix);
		fprintf(f, " %s", addr_text(&mask, text));
	} else {
		fprintf(f, "/%u", a->prefix);
	}
	fprintf(f, " standby %s", addr_text(&a->standby, text));
}

static void print_link(FILE *f, const char *verb, const struct conf_link *link,
		       enum running_form form)
{
	if (!link->name[0])
		return;
	fprintf(f, "failover %s %s", verb, link->name);
	/* The device may be another one there, but not none. */
	if (link->dev[0])
		fprintf(f, " %s", form == RUNNING_SHARED ? "-" : link->dev);
	fputc('\n', f);
}

static void print_link_addr(FILE *f, const struct conf_link *link)
{
	if (!link->has_addr)
		return;
	fprintf(f, "failover interface ip %s ", link->name);
	print_pair(f, &link->addr);
	fputc('\n', f);
}

/* H.H.H (13-24) */
static void print_mac(FILE *f, const uint8_t mac[MAC_LEN])
{
	fprintf(f, "%02x%02x.%02x%02x.%02x%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static void print_failover_macs(FILE *f, const struct conf *c, const struct conf_iface *const *iface,
				enum running_form form)
{
	for (unsigned int i = 0; i < c->ifaces; i++) {
		if (iface[i]->mac_source != CONF_MAC_FAILOVER)
			continue;
		fprintf(f, "failover mac address %s ",
			form == RUNNING_SHARED ? iface[i]->nameif : iface[i]->dev);
		print_mac(f, iface[i]->mac_active);
		fputc(' ', f);
		print_mac(f, iface[i]->mac_standby);
		fputc('\n', f);
	}
	if (c->mac_auto || form != RUNNING_SET)
		fprintf(f, "%smac-address auto\n", c->mac_auto ? "" : "no ");
}

static void print_addrs(FILE *f, const struct conf_iface *iface)
{
	for (unsigned int i = 0; i < iface->addrs; i++) {
		const struct conf_addr *a = &iface->addr[i];
		bool v4 = a->active.family == AF_INET;

		fprintf(f, v4 ? " ip address " : " ipv6 address ");
		print_pair(f, a);
		/* The primary one stands first. */
		fprintf(f, v4 && i ? " secondary\n" : "\n");
	}
}

static void print_iface(FILE *f, const struct conf_iface *iface, enum running_form form)
{
	if (form != RUNNING_SHARED)
		fprintf(f, "interface %s\n", iface->dev);
	if (iface->nameif[0])
		fprintf(f, " nameif %s\n", iface->nameif);
	print_addrs(f, iface);
	if (iface->mac_source == CONF_MAC_IFACE) {
		fprintf(f, " mac-address ");
		print_mac(f, iface->mac_active);
		if (iface->has_mac_standby) {
			fprintf(f, " standby ");
			print_mac(f, iface->mac_standby);
		}
		fputc('\n', f);
	}
	if (iface->admin != CONF_ADMIN_AS_IS)
		fprintf(f, " %sshutdown\n", iface->admin == CONF_ADMIN_UP ? "no " : "");
}

static void print_monitor(FILE *f, const struct conf_iface *iface, enum running_form form)
{
	if (iface->nameif[0] &&
	    (iface->monitor != CONF_MONITOR_DEFAULT || form != RUNNING_SET))
		fprintf(f, "%smonitor-interface %s\n", conf_monitored(iface) ? "" : "no ",
			iface->nameif);
}

static void print_settings(FILE *f, const struct conf *c, enum running_form form)
{
	bool all = form != RUNNING_SET;

	if (c->failover || all)
		fprintf(f, "%sfailover\n", c->failover ? "" : "no ");
	if (form != RUNNING_SHARED && (c->unit == NFHA_UNIT_PRIMARY || all))
		fprintf(f, "failover lan unit %s\n",
			c->unit == NFHA_UNIT_PRIMARY ? "primary" : "secondary");
	print_link(f, "lan interface", &c->lan, form);
	print_link(f, "lan backup", &c->backup, form);
	if (c->poll_ms != POLL_MS || c->hold_ms != HOLD_MS || all)
		print_times(f, "unit", c->poll_ms, c->hold_ms);
	if (c->if_poll_ms != IF_POLL_MS || c->if_hold_ms != IF_HOLD_MS || all)
		print_times(f, "interface", c->if_poll_ms, c->if_hold_ms);
	if (c->policy != 1 || c->policy_percent || all)
		fprintf(f, "failover interface-policy %u%s\n", c->policy,
			c->policy_percent ? "%" : "");
	if (form != RUNNING_SHARED)
		print_key(f, c);
	if (c->key_lifetime_s != KEY_LIFETIME_S || all)
		fprintf(f, "failover key lifetime %u\n", c->key_lifetime_s);
	if (c->http || c->http_ports || all) {
		fprintf(f, "%sfailover replication http", c->http ? "" : "no ");
		for (unsigned int i = 0; i < c->http_ports; i++)
			fprintf(f, " %u", c->http_port[i]);
		fputc('\n', f);
	}
	print_link(f, "link", &c->state, form);
}

static int by_name(const void *a, const void *b)
{
	const struct conf_iface *const *x = a, *const *y = b;

	return strcmp((*x)->nameif, (*y)->nameif);
}

void running_print(FILE *f, const struct conf *c, enum running_form form)
{
	const struct conf_iface *iface[NFHA_IFACES_MAX];

	for (unsigned int i = 0; i < c->ifaces; i++)
		iface[i] = &c->iface[i];
	if (form == RUNNING_SHARED)
		qsort(iface, c->ifaces, sizeof(iface[0]), by_name);
	print_settings(f, c, form);
	print_failover_macs(f, c, iface, form);
	print_link_addr(f, &c->lan);
	print_link_addr(f, &c->backup);
	print_link_addr(f, &c->state);
	for (unsigned int i = 0; i < c->ifaces; i++)
		if (form != RUNNING_SHARED || conf_is_data(iface[i]))
			print_iface(f, iface[i], form);
	for (unsigned int i = 0; i < c->ifaces; i++)
		print_monitor(f, iface[i], form);
}

static char *print(const struct conf *c, enum running_form form)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		abort();
	running_print(f, c, form);
	if (fclose(f))
		abort();
	return text;
}

static char *to_json(char *text)
{
	struct json_object *o = json_object_new_object(), *lines = json_object_new_array();
	char *out = NULL;

	json_object_object_add(o, "running_config", lines);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		json_object_array_add(lines, json_object_new_string(line));
	if (asprintf(&out, "%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY)) < 0)
		abort();
	json_object_put(o);
	free(text);
	return out;
}

char *running_text(const struct conf *c, bool all, bool json)
{
	char *text = print(c, all ? RUNNING_ALL : RUNNING_SET);

	return json ? to_json(text) : text;
}

char *running_answer(const struct conf *c, const char *request)
{
	static const struct { const char *request; bool all, json; } forms[] = {
		{ CTL_RUNNING, false, false }, { CTL_RUNNING_JSON, false, true },
		{ CTL_RUNNING_ALL, true, false }, { CTL_RUNNING_ALL_JSON, true, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (!strcmp(request, forms[i].request))
			return running_text(c, forms[i].all, forms[i].json);
	return NULL;
}

bool running_same(const struct conf *a, const struct conf *b)
{
	struct conf x = *a, y = *b;	/* the interfaces stay theirs */
	char *left, *right;
	bool same;

	x.key = y.key = CONF_KEY_MISSING;
	x.http = y.http = false;
	x.http_ports = y.http_ports = 0;
	left = running_text(&x, true, false);
	right = running_text(&y, true, false);
	same = !strcmp(left, right);
	free(left);
	free(right);
	conf_forget(&x);
	conf_forget(&y);
	return same;
}

void running_digest(const struct conf *c, uint8_t digest[RUNNING_DIGEST_LEN])
{
	char *text = print(c, RUNNING_SHARED);

	if (!EVP_Digest(text, strlen(text), digest, NULL, EVP_sha256(), NULL))
		abort();
	free(text);
}
