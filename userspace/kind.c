// SPDX-License-Identifier: GPL-2.0-or-later
/* kind.c - what kind of device an interface is, as the kernel says (IFLA_INFO_KIND) */
#include <net/if.h>

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#include <linux/nfha_wire.h>

#include "kind.h"
#include "util.h"

#define BUFFER_SIZE	32768
#define KIND_MAX	16

static int on_link(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *info;
	char *kind = data;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg)) {
		if (mnl_attr_get_type(attr) != IFLA_LINKINFO)
			continue;
		mnl_attr_for_each_nested(info, attr)
			if (mnl_attr_get_type(info) == IFLA_INFO_KIND &&
			    mnl_attr_validate(info, MNL_TYPE_NUL_STRING) >= 0)
				strncpy(kind, mnl_attr_get_str(info), KIND_MAX - 1);
	}
	return MNL_CB_STOP;
}

/* "": of none, or the kernel does not say. */
static void read_kind(const char *dev, char kind[KIND_MAX])
{
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	uint8_t buf[BUFFER_SIZE];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *link;
	ssize_t n = 0;

	memset(kind, 0, KIND_MAX);
	if (!nl)
		return;
	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	link = mnl_nlmsg_put_extra_header(nlh, sizeof(*link));
	link->ifi_index = (int)if_nametoindex(dev);
	if (link->ifi_index && mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) >= 0 &&
	    mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) >= 0)
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
	if (n > 0)
		mnl_cb_run(buf, (size_t)n, 0, 0, on_link, kind);
	mnl_socket_close(nl);
}

bool kind_is_sub(const char *dev)
{
	static const char *const subs[] = { "vlan", "macvlan", "macvtap", "ipvlan", "ipvtap" };
	char kind[KIND_MAX];

	read_kind(dev, kind);
	for (size_t i = 0; i < ARRAY_SIZE(subs); i++)
		if (!strcmp(kind, subs[i]))
			return true;
	return false;
}

uint8_t kind_in_hello(const char *dev)
{
	static const struct { const char *name; uint8_t kind; } kinds[] = {
		{ "vlan", NFHA_HELLO_KIND_VLAN },
		{ "bond", NFHA_HELLO_KIND_BOND },
		{ "bridge", NFHA_HELLO_KIND_BRIDGE },
	};
	char kind[KIND_MAX];

	read_kind(dev, kind);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kind, kinds[i].name))
			return kinds[i].kind;
	return NFHA_HELLO_KIND_ETHERNET;
}
