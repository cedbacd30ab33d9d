// SPDX-License-Identifier: GPL-2.0-or-later
/* conf_failover.c - the commands that begin with failover */
#include "check.h"
#include "command.h"
#include "take.h"

#define UNIT_POLL	"1 to 15 s, or msec 200 to 999 (extended: msec 5 to 199)"
#define UNIT_HOLD	"1 to 45 s, or msec 800 to 999 (extended: msec 15 to 799)"
#define IF_POLL		"1 to 15 s, or msec 500 to 999 (extended: msec 5 to 499)"
#define IF_HOLD		"5 to 75 s (extended: msec 25 to 999)"

bool on_failover(struct parser *p, const struct word *arg, unsigned int n)
{
	(void)arg, (void)n;
	p->c->failover = true;
	p->c->failover_pos = parse_pos(p, &p->word[0]);
	return true;
}

bool on_no_failover(struct parser *p, const struct word *arg, unsigned int n)
{
	(void)arg, (void)n;
	p->c->failover = false;
	return true;
}

bool on_unit(struct parser *p, const struct word *arg, unsigned int n)
{
	(void)n;
	if (!strcmp(arg[0].text, "primary"))
		p->c->unit = NFHA_UNIT_PRIMARY;
	else if (!strcmp(arg[0].text, "secondary"))
		p->c->unit = NFHA_UNIT_SECONDARY;
	else
		return parse_fail(p, &arg[0], "primary, secondary", "13-20", "not a unit");
	return true;
}

static bool take_link(struct parser *p, const struct word *arg, unsigned int n,
		      struct conf_link *link)
{
	link->pos = parse_pos(p, &arg[0]);
	if (!take_name(p, &arg[0], "13-20", link->name))
		return false;
	if (n < 2)
		return true;
	link->dev_pos = parse_pos(p, &arg[1]);
	return take_device(p, &arg[1], "13-20", link->dev);
}

bool on_lan_interface(struct parser *p, const struct word *arg, unsigned int n)
{
	return take_link(p, arg, n, &p->c->lan);
}

bool on_lan_backup(struct parser *p, const struct word *arg, unsigned int n)
{
	return take_link(p, arg, n, &p->c->backup);
}

bool on_link(struct parser *p, const struct word *arg, unsigned int n)
{
	return take_link(p, arg, n, &p->c->state);
}

bool on_interface_ip(struct parser *p, const struct word *arg, unsigned int n)
{
	struct conf_link *const links[] = { &p->c->lan, &p->c->backup, &p->c->state };
	struct conf_link *link = NULL;
	unsigned int used;

	for (size_t i = 0; i < ARRAY_SIZE(links) && !link; i++)
		if (links[i]->name[0] && !strcmp(arg[0].text, links[i]->name))
			link = links[i];
	if (!link)
		return parse_fail(p, &arg[0], "the NAME of \"failover lan interface\" or "
				  "\"failover link\"", "13-20", "no link has this name");
	if (!take_pair(p, arg + 1, n - 1, 0, "13-20", &link->addr, &used))
		return false;
	if (used < n - 1)
		return parse_fail(p, &arg[1 + used], "end of line", "13-20", "a word too many");
	link->has_addr = true;
	return true;
}

/* -- times, policy, replication */

struct time_range {
	unsigned int	sec_min, sec_max;
	unsigned int	ms_min, ms_max;	/* 0: no "msec" here */
	const char	*allowed;
};

/* "[msec] N" at *@i. */
static bool take_time(struct parser *p, const struct word *arg, unsigned int n, unsigned int *i,
		      const struct time_range *r, const char *page, uint32_t *ms)
{
	bool msec = *i < n && !strcmp(arg[*i].text, "msec");
	unsigned long v;

	*i += msec;
	if (*i >= n)
		return parse_fail(p, NULL, r->allowed, page, "a time is missing");
	if (!parse_number(p, &arg[*i], msec ? r->ms_min : r->sec_min,
			  msec ? r->ms_max : r->sec_max, r->allowed, page, &v))
		return false;
	++*i;
	*ms = (uint32_t)(msec ? v : v * 1000);
	return true;
}

static const char *time_text(uint32_t ms, char text[24])
{
	if (ms % 1000)
		snprintf(text, 24, "%u ms", ms);
	else
		snprintf(text, 24, "%u s", ms / 1000);
	return text;
}

/* "[msec] P [holdtime [msec] H]" with H >= @times x P. */
static bool take_polltime(struct parser *p, const struct word *arg, unsigned int n,
			  const struct time_range *poll, const struct time_range *hold,
			  unsigned int times, const char *page, uint32_t *poll_ms,
			  uint32_t *hold_ms)
{
	char h[24], q[24], least[24], allowed[64];
	unsigned int i = 0;
	uint32_t def = *hold_ms;

	if (!take_time(p, arg, n, &i, poll, page, poll_ms))
		return false;
	if (i == n) {
		*hold_ms = (uint32_t)max_u64(def, times * *poll_ms);
		return true;
	}
	if (strcmp(arg[i].text, "holdtime"))
		return parse_fail(p, &arg[i], "holdtime, end of line", page, "unknown word");
	i++;
	if (!take_time(p, arg, n, &i, hold, page, hold_ms))
		return false;
	if (i < n)
		return parse_fail(p, &arg[i], "end of line", page, "a word too many");
	if (*hold_ms >= times * *poll_ms)
		return true;
	snprintf(allowed, sizeof(allowed), "at least %s", time_text(times * *poll_ms, least));
	return parse_fail(p, &arg[n - 1], allowed, page,
			  "holdtime %s is less than %u x polltime %s",
			  time_text(*hold_ms, h), times, time_text(*poll_ms, q));
}

bool on_polltime(struct parser *p, const struct word *arg, unsigned int n)
{
	static const struct time_range poll = { 1, 15, 5, 999, UNIT_POLL };
	static const struct time_range hold = { 1, 45, NFHA_HOLD_MS_MIN, 999, UNIT_HOLD };
	bool unit = !strcmp(arg[0].text, "unit");

	return take_polltime(p, arg + unit, n - unit, &poll, &hold, 3, "13-34",
			     &p->c->poll_ms, &p->c->hold_ms);
}

bool on_polltime_interface(struct parser *p, const struct word *arg, unsigned int n)
{
	static const struct time_range poll = { 1, 15, 5, 999, IF_POLL };
	static const struct time_range hold = { 5, 75, 25, 999, IF_HOLD };
	uint32_t hold_ms = 5000;	/* H omitted: max(5 s, 5P) */

	if (!take_polltime(p, arg, n, &poll, &hold, 5, "13-23", &p->c->if_poll_ms, &hold_ms))
		return false;
	p->c->if_hold_ms = hold_ms;
	return true;
}

bool on_policy(struct parser *p, const struct word *arg, unsigned int n)
{
	static const char allowed[] = "1 to 250, or 1% to 100%";
	char text[32];
	struct word number = { text, arg[0].col };
	unsigned long v;
	size_t len;

	(void)n;
	snprintf(text, sizeof(text), "%s", arg[0].text);
	len = strlen(text);
	p->c->policy_percent = len && text[len - 1] == '%';
	if (p->c->policy_percent)
		text[len - 1] = '\0';
	if (!parse_number(p, &number, 1, p->c->policy_percent ? 100 : NFHA_IFACES_MAX, allowed,
			  "13-23", &v))
		return false;
	p->c->policy = (unsigned int)v;
	p->c->policy_pos = parse_pos(p, &arg[0]);
	return true;
}

bool on_http(struct parser *p, const struct word *arg, unsigned int n)
{
	(void)arg, (void)n;
	p->c->http = true;
	p->c->http_pos = parse_pos(p, &p->word[2]);
	return true;
}

/* Each port once, in ascending order: the order of the words means nothing. */
static void add_http_port(struct conf *c, uint16_t port)
{
	unsigned int i = 0;

	while (i < c->http_ports && c->http_port[i] < port)
		i++;
	if (i < c->http_ports && c->http_port[i] == port)
		return;
	memmove(&c->http_port[i + 1], &c->http_port[i],
		(c->http_ports - i) * sizeof(c->http_port[0]));
	c->http_port[i] = port;
	c->http_ports++;
}

bool on_no_http(struct parser *p, const struct word *arg, unsigned int n)
{
	struct conf *c = p->c;
	unsigned long v;

	c->http = false;
	for (unsigned int i = 0; i < n; i++) {
		if (!parse_number(p, &arg[i], 1, UINT16_MAX, "ports 1 to 65535", "nfha", &v))
			return false;
		add_http_port(c, (uint16_t)v);
	}
	if (c->http_ports == 1 && c->http_port[0] == CONF_HTTP_PORT) {
		c->http_port[0] = 0;
		c->http_ports = 0;
	}
	return true;
}
