/* SPDX-License-Identifier: GPL-2.0-or-later */
/* genl.h - client of the module's generic netlink family "nfha" */
#ifndef NFHA_GENL_H
#define NFHA_GENL_H

#include "conf.h"
#include "fsm.h"

#define GENL_WHY_MAX	256

struct agree_key;
struct genl;

/**
 * struct module_state - what NFHA_CMD_STATE_GET answers
 * Fields as the attributes of the same names.
 */
struct module_state {
	uint8_t		unit;
	uint8_t		role;
	uint32_t	term;
	uint64_t	deadline;
	bool		gate_open;
	uint64_t	opened_ns;
	uint64_t	released_ns;
	bool		peer_seen;
	uint32_t	dirty;
	uint32_t	in_flight;
	uint32_t	objects;
	uint8_t		bulk;
	uint32_t	lag_us;
	uint32_t	generation;
	uint8_t		key_id;		/* in use; 0: none */
	uint8_t		key_cipher;
	uint8_t		key_newest;	/* installed last */
	uint8_t		bulk_percent;
	uint32_t	bulk_objects;
	uint8_t		digest;
	uint32_t	digest_ranges;
	uint32_t	digest_differ;
	uint64_t	digest_ns;
	uint64_t	stat[NFHA_STAT_NUM];
	uint64_t	kind[NFHA_KIND_NUM][4];	/* xmit, xerr, rcv, rerr */
	uint64_t	queue[NFHA_QUEUE_A_MAX + 1];
};

/* A standby holds everything, and both modules agree on it; "Standby Ready" means that. */
static inline bool module_in_sync(const struct module_state *m)
{
	return m->peer_seen && m->bulk == NFHA_BULK_DONE && m->digest == NFHA_DIGEST_EQUAL;
}

/**
 * struct module_iface - what NFHA_CMD_IFACE_GET answers for one interface
 */
struct module_iface {
	char		dev[IFNAMSIZ];
	uint32_t	index;
	uint8_t		type;
	uint8_t		status;
	uint8_t		mac_own[MAC_LEN];
	uint8_t		mac_active[MAC_LEN];
	uint8_t		mac_standby[MAC_LEN];
};

/**
 * struct module_event - NFHA_CMD_EVENT
 * @event: enum nfha_event
 * @term: NFHA_EVENT_FENCED, NFHA_EVENT_OPENED
 * @iface: NFHA_EVENT_CARRIER: @dev, @index, @status
 */
struct module_event {
	uint8_t		event;
	uint32_t	term;
	struct module_iface iface;
};

/**
 * genl_open() - a socket to the module, of one thread
 * @events: subscribe to its events instead of commanding it; does not block
 * @why: says what is wrong
 *
 * Return: NULL with @why filled.
 */
struct genl *genl_open(bool events, char why[GENL_WHY_MAX]);
void genl_close(struct genl *g);
int genl_fd(const struct genl *g);

/* The module's words on the last error; never NULL. */
const char *genl_why(const struct genl *g);

/* All return 0 or a negative error. */
int genl_conf_set(struct genl *g, const struct conf *c);
int genl_conf_clear(struct genl *g);
int genl_role_set(struct genl *g, const struct fsm_role *role, uint64_t deadline);
int genl_lease(struct genl *g, uint32_t term, uint64_t deadline, bool pause);
int genl_mac_set(struct genl *g, const char *dev, const uint8_t active[MAC_LEN],
		 const uint8_t standby[MAC_LEN]);
/* The secrets do not stay in the socket's buffer. */
int genl_key_set(struct genl *g, const struct agree_key *key);
int genl_key_use(struct genl *g, uint8_t id);
int genl_resync(struct genl *g);
int genl_state_get(struct genl *g, struct module_state *state);

/* Return: how many, or a negative error. */
int genl_ifaces_get(struct genl *g, struct module_iface *iface, unsigned int max);

/* Return: 1: @event is filled; 0: none waits; -ENOBUFS: some were lost. */
int genl_event(struct genl *g, struct module_event *event);

#endif /* NFHA_GENL_H */
