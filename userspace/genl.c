// SPDX-License-Identifier: GPL-2.0-or-later
/* genl.c - client of the module's generic netlink family "nfha" */
#include <errno.h>
#include <stdlib.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "agree.h"
#include "conf_mac.h"
#include "genl.h"

#define BUFFER_SIZE	(128U * 1024)	/* 250 interfaces with their addresses */
#define NEST_MAX	UINT16_MAX

/**
 * struct genl - a socket
 * @nl: libmnl's
 * @family: id of "nfha"
 * @group: id of its group of events
 * @seq: of the last request
 * @why: the module's words on the last error
 * @buf: request, then answers; renewing a lease allocates nothing
 */
struct genl {
	struct mnl_socket	*nl;
	uint16_t		family;
	uint32_t		group;
	uint32_t		seq;
	char			why[GENL_WHY_MAX];
	uint8_t			buf[BUFFER_SIZE] __attribute__((aligned(8)));
};

static struct nlmsghdr *request(struct genl *g, uint16_t type, uint8_t cmd, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(g->buf);
	struct genlmsghdr *gh;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	nlh->nlmsg_seq = ++g->seq;
	gh = mnl_nlmsg_put_extra_header(nlh, sizeof(*gh));
	gh->cmd = cmd;
	gh->version = NFHA_GENL_VERSION;
	return nlh;
}

static struct nlmsghdr *command(struct genl *g, uint8_t cmd)
{
	return request(g, g->family, cmd, NLM_F_ACK);
}

/* An error's extended-ack text, when the kernel sent one. */
static void keep_why(struct genl *g, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	size_t skip = sizeof(*err);
	const struct nlattr *attr;

	snprintf(g->why, sizeof(g->why), "%s", strerror(-err->error));
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += mnl_nlmsg_get_payload_len(&err->msg);
	if (skip > mnl_nlmsg_get_payload_len(nlh))
		return;
	mnl_attr_for_each(attr, nlh, (unsigned int)MNL_ALIGN(skip))
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
		    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
			snprintf(g->why, sizeof(g->why), "%s", mnl_attr_get_str(attr));
}

/* One answer; 1: more to come, 0: complete, or a negative error. */
static int answer(struct genl *g, const struct nlmsghdr *nlh, mnl_cb_t cb, void *data)
{
	const struct nlmsgerr *err;

	if (nlh->nlmsg_seq != g->seq)
		return 1;
	switch (nlh->nlmsg_type) {
	case NLMSG_ERROR:
		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err))
			return -EBADMSG;
		err = mnl_nlmsg_get_payload(nlh);
		if (err->error)
			keep_why(g, nlh);
		return err->error;
	case NLMSG_DONE:
		return 0;
	default:
		if (cb)
			cb(nlh, data);
		return 1;
	}
}

static int talk(struct genl *g, const struct nlmsghdr *req, mnl_cb_t cb, void *data)
{
	int more = 1;

	if (mnl_socket_sendto(g->nl, req, req->nlmsg_len) < 0) {
		int err = errno;

		snprintf(g->why, sizeof(g->why), "%s", strerror(err));
		return -err;
	}
	while (more == 1) {
		ssize_t n = mnl_socket_recvfrom(g->nl, g->buf, sizeof(g->buf));
		int len = (int)n;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int err = errno;

			snprintf(g->why, sizeof(g->why), "%s", strerror(err));
			return -err;
		}
		for (const struct nlmsghdr *nlh = (void *)g->buf; more == 1 && mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len))
			more = answer(g, nlh, cb, data);
	}
	return more;
}

/* -- opening */

static void find_group(struct genl *g, const struct nlattr *groups)
{
	const struct nlattr *group, *attr;

	mnl_attr_for_each_nested(group, groups) {
		const char *name = "";
		uint32_t id = 0;

		mnl_attr_for_each_nested(attr, group) {
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME)
				name = mnl_attr_get_str(attr);
			else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
				id = mnl_attr_get_u32(attr);
		}
		if (!strcmp(name, NFHA_GENL_EVENTS))
			g->group = id;
	}
}

static int on_family(const struct nlmsghdr *nlh, void *data)
{
	struct genl *g = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			g->family = mnl_attr_get_u16(attr);
		else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
			find_group(g, attr);
	}
	return MNL_CB_OK;
}

static bool resolve(struct genl *g, char why[GENL_WHY_MAX])
{
	struct nlmsghdr *nlh = request(g, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	int err;

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, NFHA_GENL_NAME);
	err = talk(g, nlh, on_family, g);
	if (err == -ENOENT)
		snprintf(why, GENL_WHY_MAX, "generic netlink family %s not found; load the module: "
			 "modprobe nfha", NFHA_GENL_NAME);
	else if (err)
		snprintf(why, GENL_WHY_MAX, "generic netlink: %s", strerror(-err));
	return !err;
}

struct genl *genl_open(bool events, char why[GENL_WHY_MAX])
{
	struct genl *g = calloc(1, sizeof(*g));
	int on = 1, group;

	if (!g)
		abort();
	g->nl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!g->nl || mnl_socket_bind(g->nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		snprintf(why, GENL_WHY_MAX, "generic netlink socket: %s", strerror(errno));
		goto fail;
	}
	mnl_socket_setsockopt(g->nl, NETLINK_EXT_ACK, &on, sizeof(on));
	if (!resolve(g, why))
		goto fail;
	group = (int)g->group;
	if (events && mnl_socket_setsockopt(g->nl, NETLINK_ADD_MEMBERSHIP, &group,
					    sizeof(group)) < 0) {
		snprintf(why, GENL_WHY_MAX, "group \"%s\" of family %s: %s", NFHA_GENL_EVENTS,
			 NFHA_GENL_NAME, strerror(errno));
		goto fail;
	}
	return g;
fail:
	genl_close(g);
	return NULL;
}

void genl_close(struct genl *g)
{
	if (!g)
		return;
	if (g->nl)
		mnl_socket_close(g->nl);
	free(g);
}

int genl_fd(const struct genl *g)
{
	return mnl_socket_get_fd(g->nl);
}

const char *genl_why(const struct genl *g)
{
	return g->why;
}

/* -- commands */

static void put_addr(struct nlmsghdr *nlh, uint16_t type, const struct addr *a)
{
	mnl_attr_put(nlh, type, addr_len(a), a->b);
}

static void put_pair(struct nlmsghdr *nlh, const struct addr *active, const struct addr *standby,
		     uint8_t prefix)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, NFHA_IF_A_ADDR);

	put_addr(nlh, NFHA_ADDR_A_ACTIVE, active);
	if (standby)
		put_addr(nlh, NFHA_ADDR_A_STANDBY, standby);
	mnl_attr_put_u8(nlh, NFHA_ADDR_A_PREFIX, prefix);
	mnl_attr_nest_end(nlh, nest);
}

static void put_iface(struct nlmsghdr *nlh, const struct conf_iface *iface)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, NFHA_A_IFACE), *addrs;

	mnl_attr_put_strz(nlh, NFHA_IF_A_NAME, iface->dev);
	mnl_attr_put_u8(nlh, NFHA_IF_A_TYPE, NFHA_IFACE_DATA);
	if (iface->mac_source)
		mnl_attr_put(nlh, NFHA_IF_A_MAC_ACTIVE, MAC_LEN, iface->mac_active);
	if (iface->has_mac_standby)
		mnl_attr_put(nlh, NFHA_IF_A_MAC_STANDBY, MAC_LEN, iface->mac_standby);
	addrs = mnl_attr_nest_start(nlh, NFHA_IF_A_ADDRS);
	for (unsigned int i = 0; i < iface->addrs; i++)
		put_pair(nlh, &iface->addr[i].active, &iface->addr[i].standby,
			 iface->addr[i].prefix);
	mnl_attr_nest_end(nlh, addrs);
	mnl_attr_nest_end(nlh, nest);
}

/* On a link, "active" is the primary's address for good (13-20). */
static const struct addr *own_addr(const struct conf *c, const struct conf_link *link, bool peer)
{
	return (c->unit == NFHA_UNIT_PRIMARY) != peer ? &link->addr.active : &link->addr.standby;
}

static void put_link_iface(struct nlmsghdr *nlh, const struct conf *c,
			   const struct conf_link *link)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, NFHA_A_IFACE), *addrs;

	mnl_attr_put_strz(nlh, NFHA_IF_A_NAME, link->dev);
	mnl_attr_put_u8(nlh, NFHA_IF_A_TYPE, NFHA_IFACE_LINK);
	addrs = mnl_attr_nest_start(nlh, NFHA_IF_A_ADDRS);
	put_pair(nlh, own_addr(c, link, false), NULL, link->addr.prefix);
	mnl_attr_nest_end(nlh, addrs);
	mnl_attr_nest_end(nlh, nest);
}

/* On a data interface: addresses that stay where they are when the role moves. */
static void put_state_macs(struct nlmsghdr *nlh, const struct conf *c,
			   const struct conf_iface *iface)
{
	bool primary = c->unit == NFHA_UNIT_PRIMARY;
	uint8_t mac[2][MAC_LEN];

	mac_pair(c, iface, "failover link", mac[0], mac[1]);
	mnl_attr_put(nlh, NFHA_LINK_A_LOCAL, MAC_LEN, mac[!primary]);
	mnl_attr_put(nlh, NFHA_LINK_A_PEER, MAC_LEN, mac[primary]);
}

static void put_state_link(struct nlmsghdr *nlh, const struct conf *c)
{
	const struct conf_link *link = conf_state_shared(c) ? &c->lan : &c->state;
	struct nlattr *nest = mnl_attr_nest_start(nlh, NFHA_A_LINK);
	const struct conf_iface *iface = conf_state_iface(c);

	mnl_attr_put_strz(nlh, NFHA_LINK_A_NAME, conf_state_dev(c));
	if (iface) {
		put_state_macs(nlh, c, iface);
	} else {
		put_addr(nlh, NFHA_LINK_A_LOCAL, own_addr(c, link, false));
		put_addr(nlh, NFHA_LINK_A_PEER, own_addr(c, link, true));
	}
	mnl_attr_put_u16(nlh, NFHA_LINK_A_PORT, NFHA_STATE_PORT);
	mnl_attr_nest_end(nlh, nest);
}

/* What is not replicated (13-22). */
static void put_http_ports(struct nlmsghdr *nlh, const struct conf *c)
{
	struct nlattr *list;

	if (c->http)
		return;
	list = mnl_attr_nest_start(nlh, NFHA_A_HTTP_PORTS);
	if (!c->http_ports)
		mnl_attr_put_u16(nlh, NFHA_A_HTTP_PORT, CONF_HTTP_PORT);
	for (unsigned int i = 0; i < c->http_ports; i++)
		mnl_attr_put_u16(nlh, NFHA_A_HTTP_PORT, c->http_port[i]);
	mnl_attr_nest_end(nlh, list);
}

int genl_conf_set(struct genl *g, const struct conf *c)
{
	struct nlmsghdr *nlh = command(g, NFHA_CMD_CONF_SET);
	struct nlattr *ifaces;
	size_t start;

	mnl_attr_put_u8(nlh, NFHA_A_UNIT, c->unit);
	mnl_attr_put_u32(nlh, NFHA_A_HOLD_MS, c->hold_ms);
	start = nlh->nlmsg_len;
	ifaces = mnl_attr_nest_start(nlh, NFHA_A_IFACES);
	put_link_iface(nlh, c, &c->lan);
	if (c->backup.name[0])
		put_link_iface(nlh, c, &c->backup);
	if (c->state.dev[0])
		put_link_iface(nlh, c, &c->state);
	for (unsigned int i = 0; i < c->ifaces; i++) {
		/* An attribute's length has 16 bits. */
		if (nlh->nlmsg_len - start > NEST_MAX - NFHA_ADDRS_MAX * 64) {
			snprintf(g->why, sizeof(g->why), "too many interfaces and addresses");
			return -E2BIG;
		}
		if (conf_is_data(&c->iface[i]))
			put_iface(nlh, &c->iface[i]);
	}
	mnl_attr_nest_end(nlh, ifaces);
	if (conf_state_dev(c))
		put_state_link(nlh, c);
	if (c->key == CONF_KEY_NONE)
		mnl_attr_put(nlh, NFHA_A_CLEAR, 0, NULL);
	put_http_ports(nlh, c);
	return talk(g, nlh, NULL, NULL);
}

int genl_conf_clear(struct genl *g)
{
	return talk(g, command(g, NFHA_CMD_CONF_CLEAR), NULL, NULL);
}

int genl_role_set(struct genl *g, const struct fsm_role *role, uint64_t deadline)
{
	struct nlmsghdr *nlh = command(g, NFHA_CMD_ROLE_SET);

	mnl_attr_put_u8(nlh, NFHA_A_ROLE, role->role);
	mnl_attr_put_u32(nlh, NFHA_A_TERM, role->term);
	if (role->role == NFHA_ROLE_ACTIVE)
		mnl_attr_put_u64(nlh, NFHA_A_DEADLINE, deadline);
	if (role->wait_release)
		mnl_attr_put(nlh, NFHA_A_WAIT_RELEASE, 0, NULL);
	if (role->release) {
		mnl_attr_put(nlh, NFHA_A_RELEASE, 0, NULL);
		mnl_attr_put_u32(nlh, NFHA_A_FLUSH_MS, role->flush_ms);
	}
	return talk(g, nlh, NULL, NULL);
}

int genl_lease(struct genl *g, uint32_t term, uint64_t deadline, bool pause)
{
	struct nlmsghdr *nlh = command(g, NFHA_CMD_LEASE);

	mnl_attr_put_u32(nlh, NFHA_A_TERM, term);
	mnl_attr_put_u64(nlh, NFHA_A_DEADLINE, deadline);
	if (pause)
		mnl_attr_put(nlh, NFHA_A_PAUSE, 0, NULL);
	return talk(g, nlh, NULL, NULL);
}

int genl_mac_set(struct genl *g, const char *dev, const uint8_t active[MAC_LEN],
		 const uint8_t standby[MAC_LEN])
{
	struct nlmsghdr *nlh = command(g, NFHA_CMD_MAC_SET);
	struct nlattr *nest = mnl_attr_nest_start(nlh, NFHA_A_IFACE);

	mnl_attr_put_strz(nlh, NFHA_IF_A_NAME, dev);
	mnl_attr_put(nlh, NFHA_IF_A_MAC_ACTIVE, MAC_LEN, active);
	mnl_attr_put(nlh, NFHA_IF_A_MAC_STANDBY, MAC_LEN, standby);
	mnl_attr_nest_end(nlh, nest);
	return talk(g, nlh, NULL, NULL);
}

int genl_key_set(struct genl *g, const struct agree_key *key)
{
	struct nlmsghdr *nlh = command(g, NFHA_CMD_KEY_SET);
	struct nlattr *nest = mnl_attr_nest_start(nlh, NFHA_A_KEY);
	int err;

	mnl_attr_put_u8(nlh, NFHA_KEY_A_ID, key->id);
	mnl_attr_put_u8(nlh, NFHA_KEY_A_CIPHER, key->cipher);
	mnl_attr_put(nlh, NFHA_KEY_A_TX, sizeof(key->tx), key->tx);
	mnl_attr_put(nlh, NFHA_KEY_A_RX, sizeof(key->rx), key->rx);
	mnl_attr_nest_end(nlh, nest);
	err = talk(g, nlh, NULL, NULL);
	/* An error repeats the request: it may stand anywhere in the answer. */
	explicit_bzero(g->buf, sizeof(g->buf));
	return err;
}

int genl_key_use(struct genl *g, uint8_t id)
{
	struct nlmsghdr *nlh = command(g, NFHA_CMD_KEY_USE);
	struct nlattr *nest = mnl_attr_nest_start(nlh, NFHA_A_KEY);

	mnl_attr_put_u8(nlh, NFHA_KEY_A_ID, id);
	mnl_attr_nest_end(nlh, nest);
	return talk(g, nlh, NULL, NULL);
}

int genl_resync(struct genl *g)
{
	return talk(g, command(g, NFHA_CMD_RESYNC), NULL, NULL);
}

/* -- answers */

/* Reads a number of any width; what is too short counts as 0. */
static uint64_t number(const struct nlattr *attr)
{
	uint64_t v = 0;
	uint16_t len = mnl_attr_get_payload_len(attr);

	if (len == sizeof(uint8_t))
		return mnl_attr_get_u8(attr);
	if (len == sizeof(uint16_t))
		return mnl_attr_get_u16(attr);
	if (len == sizeof(uint32_t))
		return mnl_attr_get_u32(attr);
	if (len == sizeof(v))
		memcpy(&v, mnl_attr_get_payload(attr), sizeof(v));
	return v;
}

static void read_stats(const struct nlattr *nest, struct module_state *s)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		unsigned int i = mnl_attr_get_type(attr) - 1U;

		if (i < NFHA_STAT_NUM)
			s->stat[i] = number(attr);
	}
}

static void read_kinds(const struct nlattr *nest, struct module_state *s)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		unsigned int i = mnl_attr_get_type(attr) - 1U;

		if (i < NFHA_KIND_NUM && mnl_attr_get_payload_len(attr) == sizeof(s->kind[i]))
			memcpy(s->kind[i], mnl_attr_get_payload(attr), sizeof(s->kind[i]));
	}
}

static void read_queue(const struct nlattr *nest, struct module_state *s)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
		if (mnl_attr_get_type(attr) <= NFHA_QUEUE_A_MAX)
			s->queue[mnl_attr_get_type(attr)] = number(attr);
}

static void read_key(const struct nlattr *nest, struct module_state *s)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == NFHA_KEY_A_ID)
			s->key_id = (uint8_t)number(attr);
		else if (mnl_attr_get_type(attr) == NFHA_KEY_A_CIPHER)
			s->key_cipher = (uint8_t)number(attr);
		else if (mnl_attr_get_type(attr) == NFHA_KEY_A_NEWEST)
			s->key_newest = (uint8_t)number(attr);
	}
}

static int on_state(const struct nlmsghdr *nlh, void *data)
{
	struct module_state *s = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		switch (mnl_attr_get_type(attr)) {
		case NFHA_A_UNIT: s->unit = (uint8_t)number(attr); break;
		case NFHA_A_ROLE: s->role = (uint8_t)number(attr); break;
		case NFHA_A_TERM: s->term = (uint32_t)number(attr); break;
		case NFHA_A_DEADLINE: s->deadline = number(attr); break;
		case NFHA_A_GATE_OPEN: s->gate_open = number(attr); break;
		case NFHA_A_OPENED_NS: s->opened_ns = number(attr); break;
		case NFHA_A_RELEASED_NS: s->released_ns = number(attr); break;
		case NFHA_A_PEER_SEEN: s->peer_seen = number(attr); break;
		case NFHA_A_DIRTY: s->dirty = (uint32_t)number(attr); break;
		case NFHA_A_IN_FLIGHT: s->in_flight = (uint32_t)number(attr); break;
		case NFHA_A_OBJECTS: s->objects = (uint32_t)number(attr); break;
		case NFHA_A_BULK: s->bulk = (uint8_t)number(attr); break;
		case NFHA_A_LAG_US: s->lag_us = (uint32_t)number(attr); break;
		case NFHA_A_GENERATION: s->generation = (uint32_t)number(attr); break;
		case NFHA_A_KEY: read_key(attr, s); break;
		case NFHA_A_BULK_PERCENT: s->bulk_percent = (uint8_t)number(attr); break;
		case NFHA_A_BULK_OBJECTS: s->bulk_objects = (uint32_t)number(attr); break;
		case NFHA_A_DIGEST: s->digest = (uint8_t)number(attr); break;
		case NFHA_A_DIGEST_RANGES: s->digest_ranges = (uint32_t)number(attr); break;
		case NFHA_A_DIGEST_DIFFER: s->digest_differ = (uint32_t)number(attr); break;
		case NFHA_A_DIGEST_NS: s->digest_ns = number(attr); break;
		case NFHA_A_STATS: read_stats(attr, s); break;
		case NFHA_A_KINDS: read_kinds(attr, s); break;
		case NFHA_A_QUEUE: read_queue(attr, s); break;
		default: break;
		}
	}
	return MNL_CB_OK;
}

int genl_state_get(struct genl *g, struct module_state *state)
{
	int err;

	memset(state, 0, sizeof(*state));
	err = talk(g, command(g, NFHA_CMD_STATE_GET), on_state, state);
	if (state->role > NFHA_ROLE_MAX)
		state->role = NFHA_ROLE_NONE;
	return err;
}

static void read_mac(const struct nlattr *attr, uint8_t mac[MAC_LEN])
{
	if (mnl_attr_get_payload_len(attr) == MAC_LEN)
		memcpy(mac, mnl_attr_get_payload(attr), MAC_LEN);
}

static void read_iface(const struct nlattr *nest, struct module_iface *iface)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case NFHA_IF_A_NAME:
			if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) >= 0)
				snprintf(iface->dev, sizeof(iface->dev), "%s",
					 mnl_attr_get_str(attr));
			break;
		case NFHA_IF_A_INDEX: iface->index = (uint32_t)number(attr); break;
		case NFHA_IF_A_TYPE: iface->type = (uint8_t)number(attr); break;
		case NFHA_IF_A_STATUS: iface->status = (uint8_t)number(attr); break;
		case NFHA_IF_A_MAC_OWN: read_mac(attr, iface->mac_own); break;
		case NFHA_IF_A_MAC_ACTIVE: read_mac(attr, iface->mac_active); break;
		case NFHA_IF_A_MAC_STANDBY: read_mac(attr, iface->mac_standby); break;
		default: break;
		}
	}
}

/* struct iface_list - where a dump goes */
struct iface_list {
	struct module_iface	*iface;
	unsigned int		n, max;
};

static int on_iface(const struct nlmsghdr *nlh, void *data)
{
	struct iface_list *list = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) != NFHA_A_IFACE || list->n == list->max)
			continue;
		memset(&list->iface[list->n], 0, sizeof(*list->iface));
		read_iface(attr, &list->iface[list->n++]);
	}
	return MNL_CB_OK;
}

int genl_ifaces_get(struct genl *g, struct module_iface *iface, unsigned int max)
{
	struct iface_list list = { iface, 0, max };
	int err = talk(g, request(g, g->family, NFHA_CMD_IFACE_GET, NLM_F_DUMP), on_iface, &list);

	return err ? err : (int)list.n;
}

int genl_event(struct genl *g, struct module_event *event)
{
	const struct nlmsghdr *nlh = (void *)g->buf;
	ssize_t n = recv(genl_fd(g), g->buf, sizeof(g->buf), MSG_DONTWAIT);
	const struct nlattr *attr;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	memset(event, 0, sizeof(*event));
	if (!mnl_nlmsg_ok(nlh, (int)n) || nlh->nlmsg_type != g->family)
		return 1;
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == NFHA_A_EVENT)
			event->event = (uint8_t)number(attr);
		else if (mnl_attr_get_type(attr) == NFHA_A_TERM)
			event->term = (uint32_t)number(attr);
		else if (mnl_attr_get_type(attr) == NFHA_A_IFACE)
			read_iface(attr, &event->iface);
	}
	return 1;
}
