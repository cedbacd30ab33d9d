// SPDX-License-Identifier: GPL-2.0
/*
 * netlink.c - generic netlink family "nfha"
 *
 * Operations run in parallel: NFHA_CMD_LEASE takes no lock at all, those that
 * configure or change the role are serialised by nfha_net.lock.
 */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "nfha.h"
#include "conf.h"
#include "key.h"
#include "lease.h"
#include "netlink.h"
#include "repl.h"
#include "role.h"

static struct netlink_range_validation nfha_hold_range = {
	.min = NFHA_HOLD_MS_MIN,
	.max = NFHA_HOLD_MS_MAX,
};

static struct netlink_range_validation nfha_flush_range = {
	.max = NFHA_FLUSH_MS_MAX,
};

const struct nla_policy nfha_addr_policy[NFHA_ADDR_A_MAX + 1] = {
	[NFHA_ADDR_A_ACTIVE]	= NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[NFHA_ADDR_A_STANDBY]	= NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[NFHA_ADDR_A_PREFIX]	= NLA_POLICY_RANGE(NLA_U8, 1, 128),
};

const struct nla_policy nfha_iface_policy[NFHA_IF_A_MAX + 1] = {
	[NFHA_IF_A_NAME]	= { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[NFHA_IF_A_TYPE]	= NLA_POLICY_MAX(NLA_U8, NFHA_IFACE_LINK),
	[NFHA_IF_A_MAC_ACTIVE]	= NLA_POLICY_ETH_ADDR,
	[NFHA_IF_A_MAC_STANDBY]	= NLA_POLICY_ETH_ADDR,
	[NFHA_IF_A_ADDRS]	= { .type = NLA_NESTED },
};

const struct nla_policy nfha_link_policy[NFHA_LINK_A_MAX + 1] = {
	[NFHA_LINK_A_NAME]	= { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[NFHA_LINK_A_LOCAL]	= NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[NFHA_LINK_A_PEER]	= NLA_POLICY_RANGE(NLA_BINARY, 4, 16),
	[NFHA_LINK_A_PORT]	= NLA_POLICY_MIN(NLA_U16, 1),
};

const struct nla_policy nfha_http_policy[NFHA_A_HTTP_PORT + 1] = {
	[NFHA_A_HTTP_PORT]	= NLA_POLICY_MIN(NLA_U16, 1),
};

static const struct nla_policy nfha_key_policy[NFHA_KEY_A_MAX + 1] = {
	[NFHA_KEY_A_ID]		= NLA_POLICY_MIN(NLA_U8, 1),
	[NFHA_KEY_A_CIPHER]	= NLA_POLICY_RANGE(NLA_U8, NFHA_CIPHER_AES_256_GCM,
						   NFHA_CIPHER_CHACHA20_POLY1305),
	[NFHA_KEY_A_TX]		= NLA_POLICY_EXACT_LEN(NFHA_KEY_SECRET_LEN),
	[NFHA_KEY_A_RX]		= NLA_POLICY_EXACT_LEN(NFHA_KEY_SECRET_LEN),
};

static const struct nla_policy nfha_policy[NFHA_A_MAX + 1] = {
	[NFHA_A_UNIT]		= NLA_POLICY_MAX(NLA_U8, NFHA_UNIT_SECONDARY),
	[NFHA_A_HOLD_MS]	= NLA_POLICY_FULL_RANGE(NLA_U32, &nfha_hold_range),
	[NFHA_A_IFACES]		= { .type = NLA_NESTED },
	[NFHA_A_IFACE]		= { .type = NLA_NESTED },
	[NFHA_A_LINK]		= { .type = NLA_NESTED },
	[NFHA_A_ROLE]		= NLA_POLICY_MAX(NLA_U8, NFHA_ROLE_MAX),
	[NFHA_A_TERM]		= { .type = NLA_U32 },
	[NFHA_A_DEADLINE]	= { .type = NLA_U64 },
	[NFHA_A_PAUSE]		= { .type = NLA_FLAG },
	[NFHA_A_WAIT_RELEASE]	= { .type = NLA_FLAG },
	[NFHA_A_RELEASE]	= { .type = NLA_FLAG },
	[NFHA_A_FLUSH_MS]	= NLA_POLICY_FULL_RANGE(NLA_U32, &nfha_flush_range),
	[NFHA_A_CLEAR]		= { .type = NLA_FLAG },
	[NFHA_A_KEY]		= { .type = NLA_NESTED },
	[NFHA_A_HTTP_PORTS]	= { .type = NLA_NESTED },
};

enum { NFHA_MCGRP_EVENTS };

static const struct genl_multicast_group nfha_mcgrps[] = {
	[NFHA_MCGRP_EVENTS] = {
		.name	= NFHA_GENL_EVENTS,
		.flags	= GENL_MCAST_CAP_NET_ADMIN,
	},
};

static struct genl_family nfha_family;

static int nfha_need(struct genl_info *info, int attr)
{
	if (info->attrs[attr])
		return 0;
	NL_SET_ERR_MSG(info->extack, "an attribute that the command needs is missing");
	return -EINVAL;
}

static int nfha_cmd_conf_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nfha_net *nn = nfha_pernet(genl_info_net(info));
	int err;

	mutex_lock(&nn->lock);
	err = nfha_conf_set(nn, info->attrs, info->extack);
	mutex_unlock(&nn->lock);
	return err;
}

static int nfha_cmd_conf_clear(struct sk_buff *skb, struct genl_info *info)
{
	struct nfha_net *nn = nfha_pernet(genl_info_net(info));

	mutex_lock(&nn->lock);
	nfha_conf_clear(nn);
	mutex_unlock(&nn->lock);
	return 0;
}

static int nfha_not_configured(struct genl_info *info)
{
	NL_SET_ERR_MSG(info->extack, "not configured");
	return -ENOTCONN;
}

static int nfha_cmd_role_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nfha_net *nn = nfha_pernet(genl_info_net(info));
	struct nlattr **attrs = info->attrs;
	struct nfha_role_order order = {};
	int err;

	err = nfha_need(info, NFHA_A_ROLE) ?: nfha_need(info, NFHA_A_TERM);
	if (err)
		return err;
	order.role = nla_get_u8(attrs[NFHA_A_ROLE]);
	order.term = nla_get_u32(attrs[NFHA_A_TERM]);
	order.wait_release = nla_get_flag(attrs[NFHA_A_WAIT_RELEASE]);
	order.release = nla_get_flag(attrs[NFHA_A_RELEASE]);
	if (attrs[NFHA_A_FLUSH_MS])
		order.flush_ms = nla_get_u32(attrs[NFHA_A_FLUSH_MS]);
	if (order.role == NFHA_ROLE_ACTIVE) {
		err = nfha_need(info, NFHA_A_DEADLINE);
		if (err)
			return err;
		order.deadline = nla_get_u64(attrs[NFHA_A_DEADLINE]);
	}

	mutex_lock(&nn->lock);
	err = nn->configured ? nfha_role_set(nn, &order, info->extack) :
			       nfha_not_configured(info);
	mutex_unlock(&nn->lock);
	return err;
}

static int nfha_cmd_lease(struct sk_buff *skb, struct genl_info *info)
{
	struct nfha_net *nn = nfha_pernet(genl_info_net(info));
	int err;

	err = nfha_need(info, NFHA_A_TERM) ?: nfha_need(info, NFHA_A_DEADLINE);
	if (err)
		return err;
	return nfha_lease_renew(nn, nla_get_u32(info->attrs[NFHA_A_TERM]),
				nla_get_u64(info->attrs[NFHA_A_DEADLINE]),
				nla_get_flag(info->attrs[NFHA_A_PAUSE]), info->extack);
}

static int nfha_cmd_mac_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nfha_net *nn = nfha_pernet(genl_info_net(info));
	int err;

	err = nfha_need(info, NFHA_A_IFACE);
	if (err)
		return err;
	mutex_lock(&nn->lock);
	err = nn->configured ?
	      nfha_conf_set_macs(nn, info->attrs[NFHA_A_IFACE], info->extack) :
	      nfha_not_configured(info);
	mutex_unlock(&nn->lock);
	return err;
}

/* The keys of the state link; nn->lock held. */
static struct nfha_keys *nfha_keys_of(struct nfha_net *nn, struct genl_info *info)
{
	struct nfha_keys *keys = nfha_repl_keys(nn);

	if (!keys)
		NL_SET_ERR_MSG(info->extack, "no state link is configured");
	return keys;
}

static int nfha_key_install(struct nfha_net *nn, struct genl_info *info)
{
	struct nlattr *tb[NFHA_KEY_A_MAX + 1];
	struct nfha_key_conf conf;
	struct nfha_keys *keys;
	int err;

	err = nla_parse_nested(tb, NFHA_KEY_A_MAX, info->attrs[NFHA_A_KEY], nfha_key_policy,
			       info->extack);
	if (err)
		return err;
	if (!tb[NFHA_KEY_A_ID] || !tb[NFHA_KEY_A_CIPHER] || !tb[NFHA_KEY_A_TX] ||
	    !tb[NFHA_KEY_A_RX]) {
		NL_SET_ERR_MSG(info->extack, "a key needs ID, CIPHER, TX and RX");
		return -EINVAL;
	}
	conf.id = nla_get_u8(tb[NFHA_KEY_A_ID]);
	conf.cipher = nla_get_u8(tb[NFHA_KEY_A_CIPHER]);
	conf.tx = nla_data(tb[NFHA_KEY_A_TX]);
	conf.rx = nla_data(tb[NFHA_KEY_A_RX]);
	mutex_lock(&nn->lock);
	keys = nfha_keys_of(nn, info);
	err = keys ? nfha_keys_set(keys, &conf, info->extack) : -ENOTCONN;
	mutex_unlock(&nn->lock);
	return err;
}

static int nfha_cmd_key_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *key = info->attrs[NFHA_A_KEY];
	int err;

	err = nfha_need(info, NFHA_A_KEY);
	if (err)
		return err;
	err = nfha_key_install(nfha_pernet(genl_info_net(info)), info);
	/*
	 * The secrets are wiped where they came, too, so that neither the buffer nor an
	 * error that quotes the request holds them. Copies that were made before, by who
	 * watches netlink (nlmon), are out of reach.
	 */
	memzero_explicit(nla_data(key), nla_len(key));
	return err;
}

static int nfha_cmd_key_use(struct sk_buff *skb, struct genl_info *info)
{
	struct nfha_net *nn = nfha_pernet(genl_info_net(info));
	struct nlattr *tb[NFHA_KEY_A_MAX + 1];
	struct nfha_keys *keys;
	int err;

	err = nfha_need(info, NFHA_A_KEY) ?:
	      nla_parse_nested(tb, NFHA_KEY_A_MAX, info->attrs[NFHA_A_KEY], nfha_key_policy,
			       info->extack);
	if (err)
		return err;
	if (!tb[NFHA_KEY_A_ID]) {
		NL_SET_ERR_MSG(info->extack, "a key needs ID");
		return -EINVAL;
	}
	mutex_lock(&nn->lock);
	keys = nfha_keys_of(nn, info);
	err = keys ? nfha_keys_use(keys, nla_get_u8(tb[NFHA_KEY_A_ID]), info->extack) : -ENOTCONN;
	if (!err)
		nfha_repl_key_used(nn);
	mutex_unlock(&nn->lock);
	return err;
}

static int nfha_cmd_key_clear(struct sk_buff *skb, struct genl_info *info)
{
	struct nfha_net *nn = nfha_pernet(genl_info_net(info));
	struct nfha_keys *keys;

	mutex_lock(&nn->lock);
	keys = nfha_keys_of(nn, info);
	if (keys)
		nfha_keys_forget(keys);
	mutex_unlock(&nn->lock);
	return keys ? 0 : -ENOTCONN;
}

static int nfha_cmd_resync(struct sk_buff *skb, struct genl_info *info)
{
	struct nfha_net *nn = nfha_pernet(genl_info_net(info));
	int err;

	mutex_lock(&nn->lock);
	err = nfha_repl_resync(nn);
	mutex_unlock(&nn->lock);
	if (err == -EALREADY)
		NL_SET_ERR_MSG(info->extack, "a bulk synchronisation is running already");
	else if (err == -EPERM)
		NL_SET_ERR_MSG(info->extack, "this unit is neither active nor standby");
	else if (err)
		NL_SET_ERR_MSG(info->extack, "there is no standby to send to, or no active unit to ask");
	return err;
}

static int nfha_put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put_u64_64bit(skb, attr, value, NFHA_A_PAD);
}

static int nfha_put_stats(struct sk_buff *skb, const struct nfha_net *nn)
{
	u64 row[NFHA_KIND_COLS];
	struct nlattr *nest;
	unsigned int i, col;
	u64 value;

	nest = nla_nest_start(skb, NFHA_A_STATS);
	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < NFHA_STAT_NUM; i++) {
		value = nfha_stat_read(nn, i);
		if (nla_put(skb, i + 1, sizeof(value), &value))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);

	nest = nla_nest_start(skb, NFHA_A_KINDS);
	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < NFHA_KIND_NUM; i++) {
		for (col = 0; col < NFHA_KIND_COLS; col++)
			row[col] = nfha_kind_read(nn, i, col);
		if (nla_put(skb, i + 1, sizeof(row), row))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int nfha_put_queue(struct sk_buff *skb, const struct nfha_repl_state *state)
{
	struct nlattr *nest = nla_nest_start(skb, NFHA_A_QUEUE);

	if (!nest ||
	    nla_put_u64_64bit(skb, NFHA_QUEUE_A_RX_CUR, state->rx_cur, NFHA_QUEUE_A_PAD) ||
	    nla_put_u64_64bit(skb, NFHA_QUEUE_A_RX_MAX, state->rx_max, NFHA_QUEUE_A_PAD) ||
	    nla_put_u64_64bit(skb, NFHA_QUEUE_A_TX_CUR, state->tx_cur, NFHA_QUEUE_A_PAD) ||
	    nla_put_u64_64bit(skb, NFHA_QUEUE_A_TX_MAX, state->tx_max, NFHA_QUEUE_A_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int nfha_put_keys(struct sk_buff *skb, struct nfha_keys *keys)
{
	struct nfha_keys_state state;
	struct nlattr *nest;

	if (keys->clear)
		return nla_put_flag(skb, NFHA_A_CLEAR);
	nfha_keys_get_state(keys, &state);
	if (!state.newest)
		return 0;
	nest = nla_nest_start(skb, NFHA_A_KEY);
	if (!nest || nla_put_u8(skb, NFHA_KEY_A_NEWEST, state.newest))
		return -EMSGSIZE;
	if (state.id && (nla_put_u8(skb, NFHA_KEY_A_ID, state.id) ||
			 nla_put_u8(skb, NFHA_KEY_A_CIPHER, state.cipher)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int nfha_put_repl(struct sk_buff *skb, struct nfha_net *nn)
{
	struct nfha_repl_state state = {};

	if (!nn->repl)
		return 0;
	nfha_repl_get_state(nn, &state);
	if (nla_put_u8(skb, NFHA_A_PEER_SEEN, state.peer_seen) ||
	    nla_put_u32(skb, NFHA_A_DIRTY, state.dirty) ||
	    nla_put_u32(skb, NFHA_A_IN_FLIGHT, state.in_flight) ||
	    nla_put_u32(skb, NFHA_A_OBJECTS, state.objects) ||
	    nla_put_u8(skb, NFHA_A_BULK, state.bulk) ||
	    nla_put_u32(skb, NFHA_A_LAG_US, state.lag_us) ||
	    nla_put_u32(skb, NFHA_A_GENERATION, state.generation) ||
	    nla_put_u8(skb, NFHA_A_BULK_PERCENT, state.bulk_percent) ||
	    nla_put_u32(skb, NFHA_A_BULK_OBJECTS, state.bulk_objects) ||
	    nla_put_u8(skb, NFHA_A_DIGEST, state.digest) ||
	    nla_put_u32(skb, NFHA_A_DIGEST_RANGES, state.digest_ranges) ||
	    nla_put_u32(skb, NFHA_A_DIGEST_DIFFER, state.digest_differ) ||
	    nfha_put_u64(skb, NFHA_A_DIGEST_NS, state.digest_ns))
		return -EMSGSIZE;
	return nfha_put_keys(skb, nfha_repl_keys(nn)) ?: nfha_put_queue(skb, &state);
}

static int nfha_put_gate(struct sk_buff *skb, struct nfha_net *nn)
{
	struct nfha_gate *gate = &nn->gate;
	u64 deadline, released, opened;
	u32 term;
	u8 role;

	spin_lock_bh(&gate->lock);
	role = atomic_read(&gate->role);
	term = gate->term;
	deadline = atomic64_read(&gate->deadline);
	released = gate->released_ns;
	opened = gate->opened_ns;
	spin_unlock_bh(&gate->lock);

	if (nla_put_u8(skb, NFHA_A_ROLE, role) ||
	    nla_put_u32(skb, NFHA_A_TERM, term) ||
	    nfha_put_u64(skb, NFHA_A_DEADLINE, deadline) ||
	    nla_put_u8(skb, NFHA_A_GATE_OPEN, nfha_gate_is_open(gate)) ||
	    nfha_put_u64(skb, NFHA_A_RELEASED_NS, released) ||
	    nfha_put_u64(skb, NFHA_A_OPENED_NS, opened))
		return -EMSGSIZE;
	if (!nn->configured)
		return 0;
	if (nla_put_u8(skb, NFHA_A_UNIT, nn->unit) ||
	    nla_put_u32(skb, NFHA_A_HOLD_MS, div_u64(gate->hold_ns, NSEC_PER_MSEC)))
		return -EMSGSIZE;
	return 0;
}

static int nfha_cmd_state_get(struct sk_buff *request, struct genl_info *info)
{
	struct nfha_net *nn = nfha_pernet(genl_info_net(info));
	struct sk_buff *skb;
	void *hdr;
	int err;

	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	hdr = genlmsg_put_reply(skb, info, &nfha_family, 0, NFHA_CMD_STATE_GET);
	if (!hdr) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	mutex_lock(&nn->lock);
	err = nfha_put_gate(skb, nn) ?: nfha_put_repl(skb, nn) ?: nfha_put_stats(skb, nn);
	mutex_unlock(&nn->lock);
	if (err) {
		nlmsg_free(skb);
		return err;
	}
	genlmsg_end(skb, hdr);
	return genlmsg_reply(skb, info);
}

static int nfha_put_addr(struct sk_buff *skb, const struct nfha_pair *pair)
{
	int len = pair->family == AF_INET ? sizeof(__be32) : sizeof(struct in6_addr);
	struct nlattr *nest = nla_nest_start(skb, NFHA_IF_A_ADDR);

	if (!nest || nla_put(skb, NFHA_ADDR_A_ACTIVE, len, &pair->active) ||
	    (pair->has_standby && nla_put(skb, NFHA_ADDR_A_STANDBY, len, &pair->standby)) ||
	    nla_put_u8(skb, NFHA_ADDR_A_PREFIX, pair->prefix))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int nfha_put_macs(struct sk_buff *skb, const struct nfha_iface *iface)
{
	const struct nfha_macs *macs = rcu_dereference_rtnl(iface->macs);

	if (!macs)
		return 0;
	if (nla_put(skb, NFHA_IF_A_MAC_OWN, ETH_ALEN, macs->own) ||
	    nla_put(skb, NFHA_IF_A_MAC_ACTIVE, ETH_ALEN, macs->active) ||
	    nla_put(skb, NFHA_IF_A_MAC_STANDBY, ETH_ALEN, macs->standby))
		return -EMSGSIZE;
	return 0;
}

/* Under RCU or rtnl. Without @full only what changes by itself. */
static int nfha_put_iface(struct sk_buff *skb, const struct nfha_iface *iface, bool full)
{
	const struct net_device *dev = rcu_dereference_rtnl(iface->dev);
	struct nlattr *nest, *list;
	unsigned int i;

	nest = nla_nest_start(skb, NFHA_A_IFACE);
	if (!nest || nla_put_string(skb, NFHA_IF_A_NAME, iface->name) ||
	    nla_put_u32(skb, NFHA_IF_A_INDEX, dev ? dev->ifindex : 0) ||
	    nla_put_u8(skb, NFHA_IF_A_TYPE, iface->type) ||
	    nla_put_u8(skb, NFHA_IF_A_STATUS, nfha_iface_status(dev)))
		return -EMSGSIZE;
	if (full) {
		if (nfha_put_macs(skb, iface))
			return -EMSGSIZE;
		list = nla_nest_start(skb, NFHA_IF_A_ADDRS);
		if (!list)
			return -EMSGSIZE;
		for (i = 0; i < iface->num_pairs; i++)
			if (nfha_put_addr(skb, &iface->pairs[i]))
				return -EMSGSIZE;
		nla_nest_end(skb, list);
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int nfha_cmd_iface_get(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nfha_net *nn = nfha_pernet(sock_net(skb->sk));
	const struct nfha_iface_set *set;
	void *hdr;

	rcu_read_lock();
	set = rcu_dereference(nn->ifaces.set);
	for (; set && cb->args[0] < set->num; cb->args[0]++) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				  &nfha_family, NLM_F_MULTI, NFHA_CMD_IFACE_GET);
		if (!hdr)
			break;
		if (nfha_put_iface(skb, &set->iface[cb->args[0]], true)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
	}
	rcu_read_unlock();
	return skb->len;
}

static struct sk_buff *nfha_event_new(enum nfha_event event, void **hdr)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_ATOMIC);

	if (!skb)
		return NULL;
	*hdr = genlmsg_put(skb, 0, 0, &nfha_family, 0, NFHA_CMD_EVENT);
	if (!*hdr || nla_put_u8(skb, NFHA_A_EVENT, event)) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
}

/* -ESRCH: nobody listens, nothing is lost. */
static void nfha_event_send(struct nfha_net *nn, struct sk_buff *skb, void *hdr)
{
	int err;

	genlmsg_end(skb, hdr);
	err = genlmsg_multicast_netns(&nfha_family, nn->net, skb, 0, NFHA_MCGRP_EVENTS,
				      GFP_ATOMIC);
	if (err && err != -ESRCH)
		nfha_count(nn, EVENTS_LOST);
}

void nfha_event(struct nfha_net *nn, enum nfha_event event, u32 value)
{
	int attr = event == NFHA_EVENT_BULK_DONE ? NFHA_A_GENERATION : NFHA_A_TERM;
	struct sk_buff *skb;
	void *hdr;

	skb = nfha_event_new(event, &hdr);
	if (!skb || nla_put_u32(skb, attr, value)) {
		nlmsg_free(skb);
		nfha_count(nn, EVENTS_LOST);
		return;
	}
	nfha_event_send(nn, skb, hdr);
}

void nfha_event_iface(struct nfha_net *nn, struct nfha_iface *iface)
{
	struct sk_buff *skb;
	void *hdr;

	skb = nfha_event_new(NFHA_EVENT_CARRIER, &hdr);
	if (!skb || nfha_put_iface(skb, iface, false)) {
		nlmsg_free(skb);
		nfha_count(nn, EVENTS_LOST);
		return;
	}
	nfha_event_send(nn, skb, hdr);
}

void nfha_event_key(struct nfha_net *nn, u8 id)
{
	struct nlattr *nest;
	struct sk_buff *skb;
	void *hdr;

	skb = nfha_event_new(NFHA_EVENT_KEY_SPENT, &hdr);
	nest = skb ? nla_nest_start(skb, NFHA_A_KEY) : NULL;
	if (!nest || nla_put_u8(skb, NFHA_KEY_A_ID, id)) {
		nlmsg_free(skb);
		nfha_count(nn, EVENTS_LOST);
		return;
	}
	nla_nest_end(skb, nest);
	nfha_event_send(nn, skb, hdr);
}

static const struct genl_small_ops nfha_ops[] = {
	{
		.cmd	= NFHA_CMD_CONF_SET,
		.doit	= nfha_cmd_conf_set,
		.flags	= GENL_UNS_ADMIN_PERM,
	}, {
		.cmd	= NFHA_CMD_CONF_CLEAR,
		.doit	= nfha_cmd_conf_clear,
		.flags	= GENL_UNS_ADMIN_PERM,
	}, {
		.cmd	= NFHA_CMD_ROLE_SET,
		.doit	= nfha_cmd_role_set,
		.flags	= GENL_UNS_ADMIN_PERM,
	}, {
		.cmd	= NFHA_CMD_LEASE,
		.doit	= nfha_cmd_lease,
		.flags	= GENL_UNS_ADMIN_PERM,
	}, {
		.cmd	= NFHA_CMD_MAC_SET,
		.doit	= nfha_cmd_mac_set,
		.flags	= GENL_UNS_ADMIN_PERM,
	}, {
		.cmd	= NFHA_CMD_KEY_SET,
		.doit	= nfha_cmd_key_set,
		.flags	= GENL_UNS_ADMIN_PERM,
	}, {
		.cmd	= NFHA_CMD_KEY_USE,
		.doit	= nfha_cmd_key_use,
		.flags	= GENL_UNS_ADMIN_PERM,
	}, {
		.cmd	= NFHA_CMD_KEY_CLEAR,
		.doit	= nfha_cmd_key_clear,
		.flags	= GENL_UNS_ADMIN_PERM,
	}, {
		.cmd	= NFHA_CMD_RESYNC,
		.doit	= nfha_cmd_resync,
		.flags	= GENL_UNS_ADMIN_PERM,
	}, {
		.cmd	= NFHA_CMD_STATE_GET,
		.doit	= nfha_cmd_state_get,
		.flags	= GENL_UNS_ADMIN_PERM,
	}, {
		.cmd	= NFHA_CMD_IFACE_GET,
		.dumpit	= nfha_cmd_iface_get,
		.flags	= GENL_UNS_ADMIN_PERM,
	},
};

static struct genl_family nfha_family __ro_after_init = {
	.name		= NFHA_GENL_NAME,
	.version	= NFHA_GENL_VERSION,
	.maxattr	= NFHA_A_MAX,
	.policy		= nfha_policy,
	.netnsok	= true,
	.parallel_ops	= true,
	.small_ops	= nfha_ops,
	.n_small_ops	= ARRAY_SIZE(nfha_ops),
	.mcgrps		= nfha_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(nfha_mcgrps),
	.module		= THIS_MODULE,
};

/**
 * nfha_netlink_init - register the family
 *
 * Context: may sleep. Return: 0 or a negative error.
 */
int __init nfha_netlink_init(void)
{
	return genl_register_family(&nfha_family);
}

/**
 * nfha_netlink_exit - undo nfha_netlink_init()
 *
 * Context: may sleep; waits for running operations.
 */
void nfha_netlink_exit(void)
{
	genl_unregister_family(&nfha_family);
}
