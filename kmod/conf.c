// SPDX-License-Identifier: GPL-2.0
/* conf.c - an instance is configured, and cleared again */
#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/netlink.h>

#include "nfha.h"
#include "conf.h"
#include "gate.h"
#include "netlink.h"
#include "repl.h"
#include "role.h"
#include "swap.h"
#include "untrack.h"

/* Set at unload; read under nfha_net.lock of an instance that was not cleared yet. */
static bool nfha_conf_refused;

/**
 * nfha_conf_refuse - from now on no instance can be configured
 *
 * The module is being unloaded: a configuration made after this can only be in an
 * instance whose lock is taken, and that is cleared, after this.
 */
void nfha_conf_refuse(void)
{
	WRITE_ONCE(nfha_conf_refused, true);
}

static bool nfha_conf_same_pair(const struct nfha_pair *a, const struct nfha_pair *b)
{
	return a->family == b->family && a->prefix == b->prefix &&
	       a->has_standby == b->has_standby && ipv6_addr_equal(&a->active, &b->active) &&
	       ipv6_addr_equal(&a->standby, &b->standby);
}

/* A MAC address not given is one that the helper has to learn again: no difference. */
static bool nfha_conf_same_macs(const struct nfha_iface *a, const struct nfha_iface *b)
{
	enum nfha_side side;

	for (side = NFHA_SIDE_STANDBY; side <= NFHA_SIDE_ACTIVE; side++)
		if (test_bit(side, &b->mac_known) &&
		    (!test_bit(side, &a->mac_known) ||
		     !ether_addr_equal(a->mac_conf[side], b->mac_conf[side])))
			return false;
	return true;
}

static bool nfha_conf_same_iface(const struct nfha_iface *a, const struct nfha_iface *b)
{
	unsigned int i;

	if (strcmp(a->name, b->name) || a->type != b->type || a->num_pairs != b->num_pairs ||
	    !nfha_conf_same_macs(a, b))
		return false;
	for (i = 0; i < a->num_pairs; i++)
		if (!nfha_conf_same_pair(&a->pairs[i], &b->pairs[i]))
			return false;
	return true;
}

/* Would @conf change anything but what may change at any time? */
static bool nfha_conf_same(const struct nfha_net *nn, const struct nfha_conf *conf)
{
	const struct nfha_iface_set *set = nfha_ifaces_locked(nn);
	const struct nfha_link_conf *link = &nn->ifaces.link;
	unsigned int i;

	if (nn->unit != conf->unit ||
	    nn->gate.hold_ns != conf->hold_ms * (u64)NSEC_PER_MSEC ||
	    set->num != conf->set->num)
		return false;
	if (link->family != conf->link.family || link->port != conf->link.port ||
	    link->clear != conf->link.clear ||
	    !ipv6_addr_equal(&link->local, &conf->link.local) ||
	    !ipv6_addr_equal(&link->peer, &conf->link.peer) ||
	    strcmp(nn->ifaces.link_name, conf->link_name))
		return false;
	for (i = 0; i < set->num; i++)
		if (!nfha_conf_same_iface(&set->iface[i], &conf->set->iface[i]))
			return false;
	return true;
}

static int nfha_conf_apply(struct nfha_net *nn, struct nfha_conf *conf,
			   struct netlink_ext_ack *extack)
{
	int err;

	nn->unit = conf->unit;
	nfha_role_begin(nn, conf->hold_ms);
	err = nfha_ifaces_attach(nn, conf->set);
	if (err)
		goto end_role;
	conf->set = NULL;
	err = nfha_gate_hook_net(nn);
	if (err)
		goto detach_ifaces;
	nn->ifaces.link = conf->link;
	strscpy(nn->ifaces.link_name, conf->link_name, sizeof(nn->ifaces.link_name));
	err = nfha_http_set(nn, &conf->http);
	if (err)
		goto unhook_net;
	/* With the first of the links' addresses the peer may be heard. */
	err = nfha_untrack_hook(nn);
	if (err)
		goto clear_http;
	err = nfha_swap_begin(nn, extack);
	if (err)
		goto end_swap;
	if (conf->link.family) {
		err = nfha_repl_start(nn, &conf->link);
		if (err) {
			NL_SET_ERR_MSG(extack, "the state link cannot be opened");
			goto end_swap;
		}
	}
	WRITE_ONCE(nn->configured, true);
	return 0;

end_swap:
	nfha_swap_end(nn);
	nfha_untrack_unhook(nn);
clear_http:
	nfha_http_clear(nn);
unhook_net:
	nfha_gate_unhook_net(nn);
detach_ifaces:
	nfha_ifaces_detach(nn);
end_role:
	nfha_role_end(nn);
	return err;
}

/**
 * nfha_conf_set - NFHA_CMD_CONF_SET
 * @nn: instance; nn->lock held
 * @attrs: of the message
 * @extack: where to say what is wrong
 *
 * Context: may sleep, no rtnl. Return: 0 or a negative error; nothing has changed then.
 */
int nfha_conf_set(struct nfha_net *nn, struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	struct nfha_conf conf;
	int err;

	lockdep_assert_held(&nn->lock);
	if (READ_ONCE(nfha_conf_refused)) {
		NL_SET_ERR_MSG(extack, "the module is being unloaded");
		return -ESHUTDOWN;
	}
	err = nfha_conf_parse(&conf, attrs, nn, extack);
	if (err)
		goto free_set;
	if (!nn->configured) {
		err = nfha_conf_apply(nn, &conf, extack);
	} else if (!nfha_conf_same(nn, &conf)) {
		NL_SET_ERR_MSG(extack, "configured otherwise: clear first");
		err = -EBUSY;
	} else {
		err = nfha_http_set(nn, &conf.http);
	}
free_set:
	nfha_iface_set_free(conf.set);
	return err;
}

/**
 * nfha_conf_abandon - the namespace goes away: stop everything, restore nothing
 * @nn: instance; nn->lock held
 *
 * The gate stays, shut, until the devices are gone; nfha_conf_clear() does the rest.
 * Context: may sleep, no rtnl.
 */
void nfha_conf_abandon(struct nfha_net *nn)
{
	lockdep_assert_held(&nn->lock);
	WRITE_ONCE(nn->configured, false);
	nfha_role_shut(nn);
	if (nn->repl)
		nfha_repl_stop(nn);
}

/**
 * nfha_conf_clear - undo nfha_conf_set()
 * @nn: instance; nn->lock held
 *
 * Context: may sleep, no rtnl.
 */
void nfha_conf_clear(struct nfha_net *nn)
{
	lockdep_assert_held(&nn->lock);
	if (!nfha_ifaces_locked(nn))
		return;
	nfha_conf_abandon(nn);
	if (check_net(nn->net))
		nfha_swap_end(nn);
	nfha_untrack_unhook(nn);
	nfha_http_clear(nn);
	nfha_gate_unhook_net(nn);
	nfha_ifaces_detach(nn);
	nfha_role_end(nn);
	nfha_event(nn, NFHA_EVENT_CLEARED, 0);
}

static struct nfha_iface *nfha_conf_find(struct nfha_net *nn, const struct nlattr *name)
{
	struct nfha_iface_set *set = nfha_ifaces_locked(nn);
	struct nfha_iface *iface;

	nfha_for_each_iface(iface, set)
		if (!nla_strcmp(name, iface->name))
			return iface;
	return NULL;
}

static int nfha_conf_store_macs(struct nfha_iface *iface, struct nlattr **tb)
{
	struct nlattr *active = tb[NFHA_IF_A_MAC_ACTIVE];
	struct nlattr *standby = tb[NFHA_IF_A_MAC_STANDBY];
	int err = 0;

	rtnl_lock();
	if (active) {
		ether_addr_copy(iface->mac_conf[NFHA_SIDE_ACTIVE], nla_data(active));
		__set_bit(NFHA_SIDE_ACTIVE, &iface->mac_known);
	}
	if (standby) {
		ether_addr_copy(iface->mac_conf[NFHA_SIDE_STANDBY], nla_data(standby));
		__set_bit(NFHA_SIDE_STANDBY, &iface->mac_known);
	}
	if (rtnl_dereference(iface->dev))
		err = nfha_iface_update_macs(iface);
	rtnl_unlock();
	atomic_set(&iface->stale, 1);
	return err;
}

/**
 * nfha_conf_set_macs - NFHA_CMD_MAC_SET
 * @nn: instance, configured; nn->lock held
 * @attr: NFHA_A_IFACE
 * @extack: where to say what is wrong
 *
 * Context: may sleep, no rtnl. Return: 0 or a negative error.
 */
int nfha_conf_set_macs(struct nfha_net *nn, const struct nlattr *attr,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[NFHA_IF_A_MAX + 1];
	struct nfha_iface *iface;
	int err;

	lockdep_assert_held(&nn->lock);
	err = nla_parse_nested(tb, NFHA_IF_A_MAX, attr, nfha_iface_policy, extack);
	if (err)
		return err;
	iface = tb[NFHA_IF_A_NAME] ? nfha_conf_find(nn, tb[NFHA_IF_A_NAME]) : NULL;
	if (!iface || iface->type != NFHA_IFACE_DATA) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "NAME is not a configured data interface");
		return -ENODEV;
	}
	err = nfha_conf_parse_mac(tb[NFHA_IF_A_MAC_ACTIVE], extack) ?:
	      nfha_conf_parse_mac(tb[NFHA_IF_A_MAC_STANDBY], extack);
	if (err)
		return err;
	return nfha_conf_store_macs(iface, tb) ?: nfha_role_reapply(nn);
}
