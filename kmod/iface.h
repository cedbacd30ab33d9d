/* SPDX-License-Identifier: GPL-2.0 */
/* iface.h - the configured interfaces and their addresses */
#ifndef _NFHA_IFACE_H
#define _NFHA_IFACE_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/nfha.h>

#include "relay.h"
#include "repl.h"

struct netlink_ext_ack;
struct nfha_net;

/**
 * enum nfha_side - which addresses an interface has
 * @NFHA_SIDE_FOUND: those it had before nfha was configured
 * @NFHA_SIDE_STANDBY: the unit's standby addresses
 * @NFHA_SIDE_ACTIVE: the active addresses
 * @NFHA_SIDE_KEEP: in an order only: whatever it has
 */
enum nfha_side {
	NFHA_SIDE_FOUND,
	NFHA_SIDE_STANDBY,
	NFHA_SIDE_ACTIVE,
	NFHA_SIDE_KEEP,
};

/**
 * struct nfha_pair - one configured address pair
 * @family: AF_INET or AF_INET6
 * @prefix: prefix length of both
 * @has_standby: there is a standby address
 * @active: IPv4 in s6_addr32[0], the rest zero
 * @standby: zero without @has_standby
 */
struct nfha_pair {
	u8		family;
	u8		prefix;
	bool		has_standby;
	struct in6_addr	active;
	struct in6_addr	standby;
};

/**
 * struct nfha_macs - MAC addresses of an interface, for readers without a lock
 * @rcu: freed by RCU
 * @own: that the device had when it was configured
 * @active: used while active
 * @standby: used while standby; the same while the pair's addresses are unknown
 */
struct nfha_macs {
	struct rcu_head	rcu;
	u8		own[ETH_ALEN];
	u8		active[ETH_ALEN];
	u8		standby[ETH_ALEN];
};

/**
 * struct nfha_iface - one configured interface
 * @nn: instance
 * @name: device name, as configured; constant
 * @type: NFHA_IFACE_*; constant
 * @num_pairs: entries of @pairs; constant
 * @pairs: constant
 * @state_mac: frames of the state link come to this address; zero: none do; constant
 * @dev: NULL: no such device now. Written under rtnl, read under rtnl or RCU
 * @tracker: of the reference on @dev
 * @ingress: gate hook, registered while there is @dev; rtnl
 * @egress: gate hook, registered while there is @dev; rtnl
 * @mac_known: bit of enum nfha_side: @mac_conf is configured; rtnl
 * @mac_conf: by enum nfha_side, [NFHA_SIDE_FOUND]: what the device had when it
 *	came; rtnl
 * @mac_assign: addr_assign_type that came with it; rtnl
 * @mac_live: the driver refused a change while up: the stack uses dev_addr, the
 *	driver still has @mac_hw and a filter entry for dev_addr; rtnl
 * @mac_hw: see @mac_live; rtnl
 * @macs: the same for readers under RCU; written under rtnl
 * @status: enum nfha_iface_status told last; rtnl
 * @attachment: number of the present attachment to a device; rtnl
 * @relay: frames for the active unit that arrive here in a handover
 * @stale: addresses or MAC may have been changed by others; atomic
 * @side: what the device has, if @side_of is the present attachment; nn->lock
 * @side_of: attachment that @side and @found belong to; nn->lock
 * @found: messages of the addresses as found (list of struct nfha_msg); nn->lock
 */
struct nfha_iface {
	struct nfha_net		*nn;
	char			name[IFNAMSIZ];
	u8			type;
	unsigned int		num_pairs;
	struct nfha_pair	*pairs;
	u8			state_mac[ETH_ALEN];

	struct net_device __rcu	*dev;
	netdevice_tracker	tracker;
	struct nf_hook_ops	ingress;
	struct nf_hook_ops	egress;
	unsigned long		mac_known;
	u8			mac_conf[NFHA_SIDE_KEEP][ETH_ALEN];
	u8			mac_assign;
	bool			mac_live;
	u8			mac_hw[ETH_ALEN];
	struct nfha_macs __rcu	*macs;
	u8			status;
	u32			attachment;

	struct nfha_relay	relay;
	atomic_t		stale;

	enum nfha_side		side;
	u32			side_of;
	struct list_head	found;
};

#define NFHA_KNOWN_FILTER_BITS	10

/**
 * struct nfha_known_addr - entry of the sorted list of configured addresses
 * @family: AF_INET or AF_INET6
 * @own: a standby or link address; otherwise an active address of a data interface
 * @addr: IPv4 in s6_addr32[0]
 */
struct nfha_known_addr {
	u8		family;
	u8		own;
	struct in6_addr	addr;
};

/**
 * struct nfha_iface_set - all interfaces of one configuration
 * @num: entries of @iface
 * @num_known: entries of @known
 * @known: sorted, for bsearch(); constant
 * @filter: bits of the hashes of @known: most addresses that are asked for are not there
 * @iface: constant
 */
struct nfha_iface_set {
	unsigned int		num;
	unsigned int		num_known;
	struct nfha_known_addr	*known;
	DECLARE_BITMAP(filter, 1 << NFHA_KNOWN_FILTER_BITS);
	struct nfha_iface	iface[];
};

/**
 * struct nfha_ifaces - interfaces of an instance
 * @set: written under nn->lock, read under nn->lock, RCU, or rtnl by the
 *	notifier (which is registered while there is a set)
 * @notifier: netdevice events of the namespace
 * @work: gives interfaces that came, came up or were changed by others the side of
 *	the role
 * @swapper: the thread whose changes of addresses are ours; written under nn->lock
 * @meddled: others changed addresses since @work ran; atomic
 * @changed: addresses added and removed by swaps, so far; nn->lock
 * @lost_routes: routes that the present side has no place for (list of struct
 *	nfha_msg); nn->lock
 * @link: the state link, @link.family 0: none; nn->lock
 * @link_name: its device, as configured; nn->lock
 */
struct nfha_ifaces {
	struct nfha_iface_set __rcu	*set;
	struct notifier_block		notifier;
	struct delayed_work		work;
	struct task_struct		*swapper;
	atomic_t			meddled;
	u32				changed;
	struct list_head		lost_routes;
	struct nfha_link_conf		link;
	char				link_name[IFNAMSIZ];
};

#define nfha_for_each_iface(iface, set) \
	for ((iface) = (set)->iface; (iface) < (set)->iface + (set)->num; (iface)++)

void nfha_ifaces_init(struct nfha_net *nn);

struct nfha_iface_set *nfha_iface_set_alloc(unsigned int num);
int nfha_iface_set_finish(struct nfha_iface_set *set, struct nfha_net *nn);
void nfha_iface_set_free(struct nfha_iface_set *set);

int nfha_ifaces_attach(struct nfha_net *nn, struct nfha_iface_set *set);
void nfha_ifaces_detach(struct nfha_net *nn);

struct nfha_iface_set *nfha_ifaces_locked(const struct nfha_net *nn);
struct nfha_iface *nfha_iface_of_dev(struct nfha_iface_set *set, const struct net_device *dev);
u8 nfha_iface_status(const struct net_device *dev);
int nfha_iface_update_macs(struct nfha_iface *iface);
const u8 *nfha_iface_mac(const struct nfha_iface *iface, enum nfha_side side);

/**
 * nfha_iface_is_managed - is this an active address of a data interface?
 * @nn: instance
 * @family: AF_INET or AF_INET6
 * @addr: IPv4 in s6_addr32[0]
 *
 * Context: RCU read side.
 */
bool nfha_iface_is_managed(const struct nfha_net *nn, u8 family, const struct in6_addr *addr);

/**
 * nfha_iface_is_own - is this a standby address or the address of a link?
 * @nn: instance
 * @family: AF_INET or AF_INET6
 * @addr: IPv4 in s6_addr32[0]
 *
 * Context: RCU read side.
 */
bool nfha_iface_is_own(const struct nfha_net *nn, u8 family, const struct in6_addr *addr);

#endif /* _NFHA_IFACE_H */
