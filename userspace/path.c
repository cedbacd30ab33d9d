// SPDX-License-Identifier: GPL-2.0-or-later
/* path.c - the ways hellos go: the failover link, and every data interface */
#include <errno.h>
#include <net/ethernet.h>
#include <netpacket/packet.h>
#include <unistd.h>

#include "path.h"

#define TOS_CS6		0xc0	/* network control: ahead of what it is about to judge */
#define PRIORITY	7	/* TC_PRIO_CONTROL */
#define STRANGERS_MAX	64	/* frames of others, skipped in one call */

/* Locally administered group address: "nfha". */
static const uint8_t group[MAC_LEN] = { 0x03, 0x6e, 0x66, 0x68, 0x61, 0x01 };

static void set_address(struct sockaddr_storage *s, const struct addr *a)
{
	struct sockaddr_in6 *v6 = (void *)s;
	struct sockaddr_in *v4 = (void *)s;

	memset(s, 0, sizeof(*s));
	s->ss_family = a->family;
	if (a->family == AF_INET) {
		v4->sin_port = htons(NFHA_HELLO_PORT);
		memcpy(&v4->sin_addr, a->b, sizeof(v4->sin_addr));
	} else {
		v6->sin6_port = htons(NFHA_HELLO_PORT);
		memcpy(&v6->sin6_addr, a->b, sizeof(v6->sin6_addr));
	}
}

void path_init_link(struct path *p, const struct conf *c, const struct conf_link *link)
{
	const struct conf_addr *a = &link->addr;
	bool primary = c->unit == NFHA_UNIT_PRIMARY;

	*p = (struct path){ .fd = -1, .link = true };
	snprintf(p->dev, sizeof(p->dev), "%s", link->dev);
	set_address(&p->local, primary ? &a->active : &a->standby);
	set_address(&p->peer, primary ? &a->standby : &a->active);
}

void path_init_data(struct path *p, const char *dev, const uint8_t source[MAC_LEN])
{
	*p = (struct path){ .fd = -1 };
	snprintf(p->dev, sizeof(p->dev), "%s", dev);
	memcpy(p->source, source, MAC_LEN);
}

static bool is_taken(const uint8_t mac[MAC_LEN], const uint8_t (*taken)[MAC_LEN], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!memcmp(mac, taken[i], MAC_LEN))
			return true;
	return false;
}

void path_source(const uint8_t own[MAC_LEN], const uint8_t (*taken)[MAC_LEN], size_t n,
		 uint8_t source[MAC_LEN])
{
	memcpy(source, own, MAC_LEN);
	/* Unicast, locally administered, and another one than the NIC's. */
	source[0] = ((own[0] ^ 0x40) | 0x02) & 0xfe;
	if (is_taken(source, taken, n))
		source[0] ^= 0x80;
}

static int open_link(struct path *p)
{
	struct sockaddr_in6 *v6 = (void *)&p->local, *peer6 = (void *)&p->peer;
	bool ipv6 = p->local.ss_family == AF_INET6;
	int tos = TOS_CS6, on = 1, priority = PRIORITY;
	int level = ipv6 ? IPPROTO_IPV6 : IPPROTO_IP;

	v6->sin6_scope_id = peer6->sin6_scope_id = ipv6 ? p->index : 0;
	p->fd = socket(p->local.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->fd < 0)
		return -errno;
	/* FREEBIND: the address may come after us, and go and come again. */
	if (setsockopt(p->fd, SOL_SOCKET, SO_BINDTODEVICE, p->dev, sizeof(p->dev)) ||
	    setsockopt(p->fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof(priority)) ||
	    setsockopt(p->fd, level, ipv6 ? IPV6_TCLASS : IP_TOS, &tos, sizeof(tos)) ||
	    setsockopt(p->fd, level, ipv6 ? IPV6_FREEBIND : IP_FREEBIND, &on, sizeof(on)) ||
	    bind(p->fd, (void *)&p->local,
		 ipv6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in)))
		return -errno;
	return 0;
}

static int open_data(struct path *p)
{
	int on = 1, priority = PRIORITY;
	struct sockaddr_ll ll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(NFHA_HELLO_ETHERTYPE),
		.sll_ifindex = (int)p->index,
	};
	struct packet_mreq member = {
		.mr_ifindex = (int)p->index,
		.mr_type = PACKET_MR_MULTICAST,
		.mr_alen = MAC_LEN,
	};

	memcpy(member.mr_address, group, MAC_LEN);
	/* Protocol 0: deaf until it is bound to its interface. */
	p->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->fd < 0)
		return -errno;
	if (setsockopt(p->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) ||
	    setsockopt(p->fd, SOL_SOCKET, SO_PRIORITY, &priority, sizeof(priority)) ||
	    setsockopt(p->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &member, sizeof(member)) ||
	    bind(p->fd, (void *)&ll, sizeof(ll)))
		return -errno;
	return 0;
}

int path_open(struct path *p)
{
	unsigned int index = if_nametoindex(p->dev);
	int err;

	p->suspect = false;
	if (p->fd >= 0 && index == p->index)
		return 0;
	path_close(p);
	if (!index)
		return -ENODEV;
	p->index = index;
	err = p->link ? open_link(p) : open_data(p);
	if (err)
		path_close(p);
	return err;
}

void path_close(struct path *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

void path_send(struct path *p, const uint8_t *hello, size_t len)
{
	struct ether_header eth = { .ether_type = htons(NFHA_HELLO_ETHERTYPE) };
	struct iovec iov[2] = { { &eth, sizeof(eth) }, { (void *)(uintptr_t)hello, len } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };

	if (p->fd < 0)
		return;
	if (p->link) {
		msg.msg_iov = &iov[1];
		msg.msg_iovlen = 1;
		msg.msg_name = &p->peer;
		msg.msg_namelen = p->peer.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) :
								  sizeof(struct sockaddr_in);
	} else {
		memcpy(eth.ether_dhost, group, MAC_LEN);
		memcpy(eth.ether_shost, p->source, MAC_LEN);
	}
	if (sendmsg(p->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return;
	p->lost++;
	p->suspect = true;
}

/* From the peer's address and port? The rest is not for us. */
static bool from_peer(const struct path *p, const struct sockaddr_storage *from)
{
	const struct sockaddr_in6 *a6 = (const void *)from, *b6 = (const void *)&p->peer;
	const struct sockaddr_in *a4 = (const void *)from, *b4 = (const void *)&p->peer;

	if (from->ss_family != p->peer.ss_family)
		return false;
	if (from->ss_family == AF_INET)
		return a4->sin_addr.s_addr == b4->sin_addr.s_addr && a4->sin_port == b4->sin_port;
	return !memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof(a6->sin6_addr)) &&
	       a6->sin6_port == b6->sin6_port;
}

size_t path_recv(struct path *p, uint8_t *buf, size_t size, const uint8_t **hello)
{
	struct sockaddr_storage from;
	socklen_t len;
	ssize_t n;

	for (int i = 0; i < STRANGERS_MAX && p->fd >= 0; i++) {
		len = sizeof(from);
		n = recvfrom(p->fd, buf, size, MSG_DONTWAIT, (void *)&from, &len);
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		if (n < 0)
			continue;	/* an error of an earlier hello, now reported */
		if (p->link && n > 0 && from_peer(p, &from)) {
			*hello = buf;
			return (size_t)n;
		}
		if (!p->link && n > (ssize_t)sizeof(struct ether_header)) {
			*hello = buf + sizeof(struct ether_header);
			return (size_t)n - sizeof(struct ether_header);
		}
		p->strangers++;
	}
	return 0;
}
