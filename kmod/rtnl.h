/* SPDX-License-Identifier: GPL-2.0 */
/* rtnl.h - rtnetlink from inside the kernel */
#ifndef _NFHA_RTNL_H
#define _NFHA_RTNL_H

#include <linux/list.h>
#include <linux/netlink.h>
#include <net/net_namespace.h>

/**
 * struct nfha_rtnl - a kernel rtnetlink socket; used by one thread
 * @sock: the socket
 * @buf: receive buffer
 * @seq: of the last request
 */
struct nfha_rtnl {
	struct socket	*sock;
	void		*buf;
	u32		seq;
};

/**
 * struct nfha_msg - a rtnetlink message that is kept
 * @list: for the owner
 * @nlh: the message
 */
struct nfha_msg {
	struct list_head	list;
	struct nlmsghdr		nlh[];
};

typedef int (*nfha_rtnl_each_t)(void *ctx, const struct nlmsghdr *nlh);

int nfha_rtnl_open(struct nfha_rtnl *rtnl, struct net *net);
void nfha_rtnl_close(struct nfha_rtnl *rtnl);
int nfha_rtnl_talk(struct nfha_rtnl *rtnl, struct nlmsghdr *nlh);
int nfha_rtnl_dump(struct nfha_rtnl *rtnl, u16 type, u8 family, nfha_rtnl_each_t each,
		   void *ctx);

struct nfha_msg *nfha_msg_alloc(unsigned int len);
struct nfha_msg *nfha_msg_copy(const struct nlmsghdr *nlh);
void nfha_msgs_free(struct list_head *msgs);

#endif /* _NFHA_RTNL_H */
