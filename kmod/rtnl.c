// SPDX-License-Identifier: GPL-2.0
/*
 * rtnl.c - rtnetlink from inside the kernel
 *
 * The functions that add addresses and routes are not exported, rtnetlink is. A
 * request is handled, and its answer queued, before the send returns: nothing
 * here waits for another thread. No caller may hold rtnl.
 */
#include <linux/mm.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "nfha.h"
#include "rtnl.h"

#define NFHA_RTNL_BUF		32768	/* the kernel's dump messages are not longer */
#define NFHA_RTNL_TRIES		5	/* dumps that others disturbed */

/**
 * nfha_rtnl_open - make a socket
 * @rtnl: to be set up
 * @net: namespace; must stay until nfha_rtnl_close()
 *
 * Context: may sleep. Return: 0 or a negative error.
 */
int nfha_rtnl_open(struct nfha_rtnl *rtnl, struct net *net)
{
	int err;

	rtnl->seq = 0;
	rtnl->buf = kvmalloc(NFHA_RTNL_BUF, GFP_KERNEL);
	if (!rtnl->buf)
		return -ENOMEM;
	err = sock_create_kern(net, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &rtnl->sock);
	if (err)
		kvfree(rtnl->buf);
	return err;
}

/**
 * nfha_rtnl_close - undo nfha_rtnl_open()
 * @rtnl: open
 *
 * Context: may sleep.
 */
void nfha_rtnl_close(struct nfha_rtnl *rtnl)
{
	sock_release(rtnl->sock);
	kvfree(rtnl->buf);
}

static int nfha_rtnl_send(struct nfha_rtnl *rtnl, struct nlmsghdr *nlh)
{
	/*
	 * With an explicit destination the kernel judges the calling thread alone;
	 * without one it would look for the opener of a file that is not there.
	 */
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct msghdr msg = { .msg_name = &kernel, .msg_namelen = sizeof(kernel) };
	struct kvec vec = { .iov_base = nlh, .iov_len = nlh->nlmsg_len };
	int ret;

	nlh->nlmsg_seq = ++rtnl->seq;
	nlh->nlmsg_pid = 0;
	ret = kernel_sendmsg(rtnl->sock, &msg, &vec, 1, vec.iov_len);
	return ret < 0 ? ret : 0;
}

static int nfha_rtnl_recv(struct nfha_rtnl *rtnl)
{
	struct kvec vec = { .iov_base = rtnl->buf, .iov_len = NFHA_RTNL_BUF };
	struct msghdr msg = {};
	int ret;

	ret = kernel_recvmsg(rtnl->sock, &msg, &vec, 1, vec.iov_len, MSG_DONTWAIT);
	if (ret >= 0 && (msg.msg_flags & MSG_TRUNC))
		return -EMSGSIZE;
	return ret;
}

/**
 * nfha_rtnl_talk - send a request and read the answer
 * @rtnl: open
 * @nlh: request; sequence number and NLM_F_REQUEST | NLM_F_ACK are set here
 *
 * Context: may sleep, no rtnl. Return: what the kernel answers, or a negative error.
 */
int nfha_rtnl_talk(struct nfha_rtnl *rtnl, struct nlmsghdr *nlh)
{
	struct nlmsghdr *answer = rtnl->buf;
	struct nlmsgerr *nlerr;
	int ret;

	nlh->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	ret = nfha_rtnl_send(rtnl, nlh);
	if (ret)
		return ret;

	for (;;) {
		ret = nfha_rtnl_recv(rtnl);
		if (ret < 0)
			return ret;
		if (!nlmsg_ok(answer, ret) || answer->nlmsg_type != NLMSG_ERROR ||
		    answer->nlmsg_seq != rtnl->seq)
			continue;
		nlerr = nlmsg_data(answer);
		return nlerr->error;
	}
}

/* One part of a dump. Return: 1 at its end, 0 if more follows, or an error. */
static int nfha_rtnl_part(struct nfha_rtnl *rtnl, nfha_rtnl_each_t each, void *ctx,
			  bool *disturbed)
{
	struct nlmsghdr *nlh = rtnl->buf;
	int len, err;

	len = nfha_rtnl_recv(rtnl);
	if (len < 0)
		return len;
	for (; nlmsg_ok(nlh, len); nlh = nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_seq != rtnl->seq)
			continue;
		if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
			*disturbed = true;
		if (nlh->nlmsg_type == NLMSG_DONE)
			return 1;
		if (nlh->nlmsg_type == NLMSG_ERROR) {
			err = ((struct nlmsgerr *)nlmsg_data(nlh))->error;
			return err ?: 1;
		}
		err = each(ctx, nlh);
		if (err)
			return err;
	}
	return 0;
}

/**
 * nfha_rtnl_dump - list all objects of a kind
 * @rtnl: open
 * @type: RTM_GET*
 * @family: AF_*
 * @each: called with each message; not 0: stop. With NULL: forget what was
 *	listed, the list changed meanwhile and is read again
 * @ctx: for @each
 *
 * Context: may sleep, no rtnl. Return: 0, -EAGAIN: it kept changing, or a negative
 * error.
 */
int nfha_rtnl_dump(struct nfha_rtnl *rtnl, u16 type, u8 family, nfha_rtnl_each_t each,
		   void *ctx)
{
	struct {
		struct nlmsghdr nlh;
		struct rtgenmsg gen;
	} req = {};
	bool disturbed;
	int try, ret;

	for (try = 0; try < NFHA_RTNL_TRIES; try++) {
		disturbed = false;
		req.nlh.nlmsg_len = NLMSG_LENGTH(sizeof(req.gen));
		req.nlh.nlmsg_type = type;
		req.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
		req.gen.rtgen_family = family;
		ret = nfha_rtnl_send(rtnl, &req.nlh);
		if (ret)
			return ret;
		do
			ret = nfha_rtnl_part(rtnl, each, ctx, &disturbed);
		while (!ret);
		if (ret < 0 || !disturbed)
			return min(ret, 0);
		ret = each(ctx, NULL);
		if (ret)
			return ret;
	}
	return -EAGAIN;
}

/**
 * nfha_msg_alloc - room for a message
 * @len: nlmsg_len
 *
 * Context: may sleep. Return: zeroed, or NULL; kfree() it.
 */
struct nfha_msg *nfha_msg_alloc(unsigned int len)
{
	struct nfha_msg *msg;

	msg = kzalloc(sizeof(*msg) + NLMSG_ALIGN(len), GFP_KERNEL_ACCOUNT);
	if (msg)
		INIT_LIST_HEAD(&msg->list);
	return msg;
}

/**
 * nfha_msg_copy - keep a message
 * @nlh: message
 *
 * Context: may sleep. Return: a copy, or NULL; kfree() it.
 */
struct nfha_msg *nfha_msg_copy(const struct nlmsghdr *nlh)
{
	struct nfha_msg *msg = nfha_msg_alloc(nlh->nlmsg_len);

	if (msg)
		memcpy(msg->nlh, nlh, nlh->nlmsg_len);
	return msg;
}

/**
 * nfha_msgs_free - free a list of messages
 * @msgs: becomes empty
 */
void nfha_msgs_free(struct list_head *msgs)
{
	struct nfha_msg *msg, *next;

	list_for_each_entry_safe(msg, next, msgs, list)
		kfree(msg);
	INIT_LIST_HEAD(msgs);
}
