/* SPDX-License-Identifier: GPL-2.0-or-later */
/* conf.h - the configuration of one unit */
#ifndef NFHA_CONF_H
#define NFHA_CONF_H

#include <net/if.h>
#include <stdio.h>

#include <linux/nfha.h>
#include <linux/nfha_wire.h>

#include "addr.h"
#include "key.h"

#define CONF_FOUND_MAX	64
#define CONF_HTTP_PORT	80	/* 13-22 */

/**
 * struct conf_pos - where something stands, for messages
 * @line: from 1; 0: nowhere
 * @col: from 1
 * @found: the word there
 */
struct conf_pos {
	unsigned int	line;
	unsigned int	col;
	char		found[CONF_FOUND_MAX];
};

/**
 * struct conf_addr - an address of the pair
 * @active: of the active unit (links: of the primary)
 * @standby: of the standby unit (links: of the secondary)
 * @prefix: of both
 * @pos: of @active
 * @standby_pos: of @standby
 */
struct conf_addr {
	struct addr	active;
	struct addr	standby;
	uint8_t		prefix;
	struct conf_pos	pos;
	struct conf_pos	standby_pos;
};

/**
 * struct conf_link - the failover or the state link
 * @name: its name
 * @dev: device; empty in a state link that shares the failover link
 * @pos: of the name
 * @dev_pos: of the device
 * @addr: of both units; @has_addr
 */
struct conf_link {
	char		name[NFHA_NAMEIF_MAX];
	char		dev[IFNAMSIZ];
	struct conf_pos	pos;
	struct conf_pos	dev_pos;
	bool		has_addr;
	struct conf_addr addr;
};

/* enum conf_mac - where the MAC addresses of an interface come from (13-24) */
enum conf_mac {
	CONF_MAC_BURNED_IN,
	CONF_MAC_AUTO,		/* mac-address auto */
	CONF_MAC_FAILOVER,	/* failover mac address */
	CONF_MAC_IFACE,		/* mac-address: before the others */
};

/* enum conf_admin - [no] shutdown */
enum conf_admin {
	CONF_ADMIN_AS_IS,
	CONF_ADMIN_UP,
	CONF_ADMIN_DOWN,
};

/* enum conf_monitor - monitor-interface */
enum conf_monitor {
	CONF_MONITOR_DEFAULT,
	CONF_MONITOR_ON,
	CONF_MONITOR_OFF,
};

/**
 * struct conf_iface - what stands below "interface"
 * @dev: device
 * @nameif: name; empty: none
 * @pos: of @dev
 * @nameif_pos: of @nameif
 * @admin: [no] shutdown
 * @monitor: watched
 * @sub: a subinterface: VLAN, macvlan, ipvlan
 * @mac_source: where @mac_active and @mac_standby come from
 * @has_mac_standby: the standby's is configured, too
 * @mac_pos: of the active one
 * @addrs: number of @addr; the first IPv4 address is the primary one
 */
struct conf_iface {
	char		dev[IFNAMSIZ];
	char		nameif[NFHA_NAMEIF_MAX];
	struct conf_pos	pos;
	struct conf_pos	nameif_pos;
	enum conf_admin	admin;
	enum conf_monitor monitor;
	bool		sub;
	enum conf_mac	mac_source;
	bool		has_mac_standby;
	uint8_t		mac_active[MAC_LEN];
	uint8_t		mac_standby[MAC_LEN];
	struct conf_pos	mac_pos;
	unsigned int	addrs;
	struct conf_addr addr[NFHA_ADDRS_MAX];
};

/* enum conf_key - failover key */
enum conf_key {
	CONF_KEY_MISSING,	/* no choice was made */
	CONF_KEY_NONE,		/* clear text, said in words */
	CONF_KEY_SECRET,
	CONF_KEY_HEX,
	CONF_KEY_FILE,
};

/**
 * struct conf - the whole configuration
 * @failover: on or off
 * @failover_pos: of the word
 * @unit: NFHA_UNIT_*
 * @lan: the failover link
 * @backup: of the failover link; no name: none
 * @state: the state link; no name: stateless
 * @key: which one
 * @key_pos: of the choice
 * @key_path: with CONF_KEY_FILE
 * @key_text: the secret or the digits; conf_forget() it once it was used
 * @key_lifetime_s: a key of the state link serves so long, seconds
 * @poll_ms: unit poll time
 * @hold_ms: unit hold time
 * @if_poll_ms: interface poll time
 * @if_hold_ms: interface hold time
 * @policy: failed interfaces that make the unit failed
 * @policy_percent: @policy is a percentage
 * @policy_pos: of the number
 * @http: replicate HTTP
 * @http_pos: of the word
 * @http_ports: number of @http_port; 0: CONF_HTTP_PORT alone
 * @http_port: what is HTTP, in ascending order
 * @mac_auto: mac-address auto
 * @ifaces: number of @iface
 * @iface: data interfaces, in the order of the file
 */
struct conf {
	bool		failover;
	struct conf_pos	failover_pos;
	uint8_t		unit;
	struct conf_link lan;
	struct conf_link backup;
	struct conf_link state;
	enum conf_key	key;
	struct conf_pos	key_pos;
	char		key_path[256];
	char		key_text[KEY_TEXT_MAX];
	uint32_t	key_lifetime_s;
	uint32_t	poll_ms;
	uint32_t	hold_ms;
	uint32_t	if_poll_ms;
	uint32_t	if_hold_ms;
	unsigned int	policy;
	bool		policy_percent;
	struct conf_pos	policy_pos;
	bool		http;
	struct conf_pos	http_pos;
	unsigned int	http_ports;
	uint16_t	http_port[NFHA_HTTP_PORTS_MAX];
	bool		mac_auto;
	unsigned int	ifaces;
	struct conf_iface *iface;
};

/**
 * struct conf_system - what the configuration is checked against
 * @unfit: why @dev cannot be used (reason, in @why), or NULL. @link: as failover or
 *	state link
 * @devices: names of all devices, blank separated
 * @is_sub: @dev is a subinterface; NULL: none is
 * Tests give their own.
 */
struct conf_system {
	const char *(*unfit)(const char *dev, bool link, char *why, size_t size);
	const char *(*devices)(char *list, size_t size);
	bool (*is_sub)(const char *dev);
};

extern const struct conf_system conf_this_system;

/**
 * conf_parse() - text to configuration
 * @file: its name, for messages
 * @text: the bytes
 * @len: how many
 * @readable_by_others: file mode: a literal key is refused then
 * @sys: the machine
 * @c: filled; conf_free() in any case
 * @errors: messages, one a line
 *
 * Return: number of errors; with any, nothing in @c may be applied.
 */
unsigned int conf_parse(const char *file, const char *text, size_t len, bool readable_by_others,
			const struct conf_system *sys, struct conf *c, FILE *errors);

/* The same for a file. */
unsigned int conf_load(const char *file, struct conf *c, FILE *errors);

void conf_free(struct conf *c);

/* Wipes the key's text. */
void conf_forget(struct conf *c);

/* The state link has no device of its own. */
static inline bool conf_state_shared(const struct conf *c)
{
	return c->state.name[0] && !c->state.dev[0];
}

/* The data interface that the state link shares (13-4); NULL: it shares none. */
const struct conf_iface *conf_state_iface(const struct conf *c);

/* The device that connection state takes; NULL: stateless. */
const char *conf_state_dev(const struct conf *c);

/* Of the failover link, its backup or the state link. */
static inline bool conf_is_link_dev(const struct conf *c, const char *dev)
{
	return !strcmp(dev, c->lan.dev) || !strcmp(dev, c->backup.dev) ||
	       !strcmp(dev, c->state.dev);
}

/* A data interface; another one is there for its "no shutdown" alone, as links are (13-20). */
static inline bool conf_is_data(const struct conf_iface *iface)
{
	return iface->nameif[0] && iface->addrs;
}

/* The @data-th data interface. */
static inline const struct conf_iface *conf_data_iface(const struct conf *c, unsigned int data)
{
	for (unsigned int i = 0; i < c->ifaces; i++)
		if (conf_is_data(&c->iface[i]) && !data--)
			return &c->iface[i];
	return NULL;
}

/* Which data interface the @i-th of the file is. */
static inline unsigned int conf_data_index(const struct conf *c, unsigned int i)
{
	unsigned int n = 0;

	while (i--)
		n += conf_is_data(&c->iface[i]);
	return n;
}

/* Monitored: by default every interface that is no subinterface (13-22). */
bool conf_monitored(const struct conf_iface *iface);

#endif /* NFHA_CONF_H */
