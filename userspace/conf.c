// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * conf.c - the table of commands; a file to a configuration
 *
 * What the commands do is in the conf_*.c, what concerns more than one line in
 * check.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "command.h"

#define FILE_MAX	(1U << 20)

static const struct rule rules[] = {
	{ "failover", 0, 0, "failover", "13-21", .handle = on_failover },
	{ "no failover", 0, 0, "no failover", "13-45",
	  .handle = on_no_failover, .key = "failover" },
	{ "failover lan unit", 1, 1, "failover lan unit primary, secondary", "13-20",
	  .handle = on_unit },
	{ "failover lan interface", 2, 2, "failover lan interface NAME DEV", "13-20",
	  .handle = on_lan_interface },
	{ "failover lan backup", 2, 2, "failover lan backup NAME DEV", "nfha",
	  .handle = on_lan_backup },
	{ "failover interface ip", 4, 5, "failover interface ip NAME A MASK standby B", "13-20",
	  .handle = on_interface_ip, .key_args = 1, .late = true },
	{ "failover link", 1, 2, "failover link NAME [DEV]", "13-20", .handle = on_link },
	{ "failover key", 1, 2, "failover key SECRET, hex K, file PATH, none", "13-34",
	  .handle = on_key, .secret = true },
	{ "failover key lifetime", 1, 1, "failover key lifetime SECONDS", "nfha",
	  .handle = on_key_lifetime },
	{ "failover polltime", 1, 6, "failover polltime [unit] [msec] P [holdtime [msec] H]",
	  "13-34", .handle = on_polltime },
	{ "failover polltime interface", 1, 5,
	  "failover polltime interface [msec] P [holdtime H]", "13-23",
	  .handle = on_polltime_interface },
	{ "failover interface-policy", 1, 1, "failover interface-policy N[%]", "13-23",
	  .handle = on_policy },
	{ "failover replication http", 0, 0, "failover replication http", "13-22",
	  .handle = on_http },
	{ "no failover replication http", 0, NFHA_HTTP_PORTS_MAX,
	  "no failover replication http [PORT ...]", "13-22", .handle = on_no_http,
	  .key = "failover replication http" },
	{ "failover mac address", 3, 3, "failover mac address DEV A S", "13-24",
	  .handle = on_failover_mac, .key_args = 1, .late = true },
	{ "monitor-interface", 1, 1, "monitor-interface NAME", "13-22", .handle = on_monitor,
	  .key = "monitor", .key_args = 1, .late = true },
	{ "no monitor-interface", 1, 1, "no monitor-interface NAME", "13-22",
	  .handle = on_no_monitor, .key = "monitor", .key_args = 1, .late = true },
	{ "interface", 1, 1, "interface DEV", "13-19", .handle = on_interface, .each_time = true },
	{ "nameif", 1, 1, "nameif NAME", "13-19", .handle = on_nameif, .iface = true },
	{ "ip address", 1, 5, "ip address A MASK standby B [secondary]", "13-19",
	  .handle = on_ip_address, .iface = true, .key_args = 5 },
	{ "ipv6 address", 1, 3, "ipv6 address A/LEN standby B", "13-19",
	  .handle = on_ipv6_address, .iface = true, .key_args = 3 },
	{ "mac-address", 1, 3, "mac-address A [standby S]", "13-24", .handle = on_mac_address,
	  .iface = true },
	{ "mac-address auto", 0, 0, "mac-address auto", "13-24", .handle = on_mac_auto },
	{ "no mac-address auto", 0, 0, "no mac-address auto", "13-24",
	  .handle = on_no_mac_auto, .key = "mac-address auto" },
	{ "shutdown", 0, 0, "shutdown", "13-20", .handle = on_shutdown, .iface = true },
	{ "no shutdown", 0, 0, "no shutdown", "13-20", .handle = on_no_shutdown, .iface = true,
	  .key = "shutdown" },
};

unsigned int conf_parse(const char *file, const char *text, size_t len, bool readable_by_others,
			const struct conf_system *sys, struct conf *c, FILE *errors)
{
	struct parser p = {
		.file = file, .errors = errors, .iface = -1, .sys = sys, .c = c,
		.readable_by_others = readable_by_others,
	};

	/* Defaults: 13-17, 13-23, 13-34. */
	*c = (struct conf){
		.unit = NFHA_UNIT_SECONDARY, .policy = 1,
		.poll_ms = 1000, .hold_ms = 15000, .if_poll_ms = 5000, .if_hold_ms = 25000,
		.key_lifetime_s = 3600,
	};
	parse_text(&p, rules, ARRAY_SIZE(rules), text, len);
	check_all(&p);
	parse_done(&p);
	return p.failed;
}

static char *read_file(int fd, size_t *len)
{
	char *text = malloc(FILE_MAX + 1);
	ssize_t n;

	if (!text)
		abort();
	*len = 0;
	while (*len <= FILE_MAX) {
		n = read(fd, text + *len, FILE_MAX + 1 - *len);
		if (n < 0) {
			free(text);
			return NULL;
		}
		if (!n)
			return text;
		*len += (size_t)n;
	}
	free(text);
	errno = EFBIG;
	return NULL;
}

unsigned int conf_load(const char *file, struct conf *c, FILE *errors)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *text = NULL;
	unsigned int failed = 1;
	size_t len;

	memset(c, 0, sizeof(*c));
	if (fd >= 0 && !fstat(fd, &st))
		text = read_file(fd, &len);
	if (text) {
		failed = conf_parse(file, text, len, st.st_mode & 077, &conf_this_system, c,
				    errors);
		explicit_bzero(text, len);
		free(text);
	} else {
		fprintf(errors, "%s: cannot read the configuration: %s\n", file, strerror(errno));
	}
	if (fd >= 0)
		close(fd);
	return failed;
}

void conf_forget(struct conf *c)
{
	explicit_bzero(c->key_text, sizeof(c->key_text));
}

void conf_free(struct conf *c)
{
	conf_forget(c);
	free(c->iface);
	c->iface = NULL;
	c->ifaces = 0;
}

const struct conf_iface *conf_state_iface(const struct conf *c)
{
	for (unsigned int i = 0; conf_state_shared(c) && i < c->ifaces; i++)
		if (conf_is_data(&c->iface[i]) && !strcmp(c->iface[i].nameif, c->state.name))
			return &c->iface[i];
	return NULL;
}

const char *conf_state_dev(const struct conf *c)
{
	const struct conf_iface *iface = conf_state_iface(c);

	if (!conf_state_shared(c))
		return c->state.name[0] ? c->state.dev : NULL;
	if (!strcmp(c->state.name, c->lan.name))
		return c->lan.dev;
	return iface ? iface->dev : NULL;
}

bool conf_monitored(const struct conf_iface *iface)
{
	if (iface->monitor != CONF_MONITOR_DEFAULT)
		return iface->monitor == CONF_MONITOR_ON;
	/* Subinterfaces are not monitored unless told so (13-22). */
	return !iface->sub;
}
