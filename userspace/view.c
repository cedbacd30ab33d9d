// SPDX-License-Identifier: GPL-2.0-or-later
/* view.c - the module's state as the helper sees it, and what follows from it */
#include <string.h>

#include "daemon.h"
#include "messages.h"

/* By index in the configuration; what the module does not know is missing. */
void view_ifaces(struct daemon *d)
{
	static struct module_iface list[NFHA_IFACES_MAX + NFHA_LINKS_MAX];
	const char *state = conf_state_dev(&d->c);
	int n = genl_ifaces_get(d->module, list, ARRAY_SIZE(list));

	for (int i = 0; i < n; i++) {
		if (!strcmp(list[i].dev, d->c.lan.dev))
			d->show.lan_status = list[i].status;
		if (!strcmp(list[i].dev, d->c.backup.dev))
			d->show.backup_status = list[i].status;
		if (state && !strcmp(list[i].dev, state))
			d->show.state_status = list[i].status;
		for (unsigned int k = 0; k < d->c.ifaces; k++) {
			struct engine_order o = { .type = ENGINE_ORDER_STATUS, .index = k,
						  .status = list[i].status };

			if (strcmp(list[i].dev, d->c.iface[k].dev))
				continue;
			if (d->engine && d->show.iface[k].status != list[i].status)
				engine_order(d->engine, &o);
			d->show.iface[k] = list[i];
		}
	}
}

/* What differs is logged once, and shown as long as it does. */
static void compare_units(struct daemon *d)
{
	struct compat_iface iface[NFHA_IFACES_MAX];
	const struct engine_status *e = &d->show.engine;
	struct compat_result *r = &d->show.compat, before = *r;

	for (unsigned int i = 0; i < d->c.ifaces; i++)
		iface[i] = (struct compat_iface){ e->peer_iface[i].known, e->peer_iface[i].kind,
						  d->kind[i] };
	compat_compare(&d->c, &d->compat, &e->peer_compat, iface, e->stranger, r);
	if (!memcmp(&before, r, sizeof(before)))
		return;
	for (unsigned int i = 0; i < r->mismatches && i < COMPAT_LINES_MAX; i++)
		log_message(MISMATCH, r->mismatch[i]);
	for (unsigned int i = 0; i < r->warnings; i++)
		log_message(DIFFERENT, r->warning[i]);
	if (before.mismatches && !r->mismatches)
		log_message(MATCH);
}

void view_refresh(struct daemon *d)
{
	struct engine_order sync = { .type = FSM_EV_SYNC };
	struct module_state *m = &d->show.module;
	int err = genl_state_get(d->module, m);

	if (err) {
		log_error("module: state: %s", genl_why(d->module));
		return;
	}
	view_ifaces(d);
	if (!d->engine)
		return;
	engine_status(d->engine, &d->show.engine);
	compare_units(d);
	sync.state_link = m->peer_seen;
	sync.ready = !d->show.compat.mismatches &&
		     (!conf_state_dev(&d->c) || module_in_sync(m));
	engine_order(d->engine, &sync);
	/* An event that was lost is made up for; one that was not changes nothing. */
	if (m->role == NFHA_ROLE_FENCED || (m->role == NFHA_ROLE_ACTIVE && m->gate_open))
		engine_order(d->engine, &(struct engine_order){
			.type = m->role == NFHA_ROLE_FENCED ? FSM_EV_FENCED : FSM_EV_OPENED,
			.term = m->term });
}

/* The primary's own addresses are the active ones, the secondary's the standby ones (13-6). */
void view_macs(struct daemon *d)
{
	bool primary = d->c.unit == NFHA_UNIT_PRIMARY;

	engine_status(d->engine, &d->show.engine);
	for (unsigned int i = 0; i < d->c.ifaces; i++) {
		const struct engine_peer_iface *peer = &d->show.engine.peer_iface[i];
		const uint8_t *own = d->show.iface[i].mac_own;
		char active[MAC_TEXT_MAX], standby[MAC_TEXT_MAX];
		const uint8_t *a = primary ? own : peer->mac, *s = primary ? peer->mac : own;

		if (!peer->known || d->c.iface[i].mac_source != CONF_MAC_BURNED_IN ||
		    (!memcmp(a, d->show.iface[i].mac_active, MAC_LEN) &&
		     !memcmp(s, d->show.iface[i].mac_standby, MAC_LEN)))
			continue;
		log_message(MACS, d->c.iface[i].nameif, mac_text(a, active),
			    mac_text(s, standby));
		if (genl_mac_set(d->module, d->c.iface[i].dev, a, s))
			log_error("module: MAC addresses of %s: %s", d->c.iface[i].dev,
				  genl_why(d->module));
	}
	view_ifaces(d);
}
