// SPDX-License-Identifier: GPL-2.0-or-later
/* claim.c - does somebody have an active address? */
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/if_ether.h>
#include <netpacket/packet.h>
#include <stddef.h>
#include <unistd.h>

#include <linux/filter.h>

#include "claim.h"
#include "util.h"

#define READ_MAX	64	/* frames looked at in one call */
#define FRAME_LEN	(sizeof(struct ether_header) + sizeof(struct ether_arp))

void claim_init(struct claim *c, const struct conf_iface *iface)
{
	*c = (struct claim){ .fd = -1 };
	for (unsigned int i = 0; i < iface->addrs && !c->addr; i++)
		if (iface->addr[i].active.family == AF_INET)
			c->addr = &iface->addr[i].active;
}

void claim_close(struct claim *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

static bool open_claim(struct claim *c, const struct path *p)
{
	/* ARP of all frames: a tap for ARP alone is behind the gate's ingress hook. */
	struct sock_filter arp[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct ether_header, ether_type)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_ARP, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, FRAME_LEN),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog filter = { ARRAY_SIZE(arp), arp };
	struct sockaddr_ll ll = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)p->index,
	};
	/* Answers come to an address that is not the NIC's. */
	struct packet_mreq member = {
		.mr_ifindex = (int)p->index, .mr_type = PACKET_MR_UNICAST, .mr_alen = MAC_LEN,
	};
	int on = 1;

	memcpy(member.mr_address, p->source, MAC_LEN);
	c->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		return false;
	if (!setsockopt(c->fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) &&
	    !setsockopt(c->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) &&
	    !setsockopt(c->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &member, sizeof(member)) &&
	    !bind(c->fd, (void *)&ll, sizeof(ll)))
		return true;
	claim_close(c);
	return false;
}

/* A probe (RFC 5227): its sender address is empty, so that it changes nobody's cache. */
static void ask(const struct claim *c, const struct path *p)
{
	struct ether_header eth = { .ether_type = htons(ETH_P_ARP) };
	struct ether_arp arp = {
		.arp_hrd = htons(ARPHRD_ETHER), .arp_pro = htons(ETH_P_IP),
		.arp_hln = MAC_LEN, .arp_pln = sizeof(arp.arp_tpa), .arp_op = htons(ARPOP_REQUEST),
	};
	uint8_t frame[FRAME_LEN];

	memset(eth.ether_dhost, 0xff, MAC_LEN);
	memcpy(eth.ether_shost, p->source, MAC_LEN);
	memcpy(arp.arp_sha, p->source, MAC_LEN);
	memcpy(arp.arp_tpa, c->addr->b, sizeof(arp.arp_tpa));
	memcpy(frame, &eth, sizeof(eth));
	memcpy(frame + sizeof(eth), &arp, sizeof(arp));
	(void)!send(c->fd, frame, sizeof(frame), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static bool answers(const struct claim *c, const uint8_t *frame)
{
	struct ether_arp arp;

	memcpy(&arp, frame + sizeof(struct ether_header), sizeof(arp));
	return arp.arp_hrd == htons(ARPHRD_ETHER) && arp.arp_pro == htons(ETH_P_IP) &&
	       arp.arp_hln == MAC_LEN && arp.arp_pln == sizeof(arp.arp_spa) &&
	       arp.arp_op == htons(ARPOP_REPLY) &&
	       !memcmp(arp.arp_spa, c->addr->b, sizeof(arp.arp_spa));
}

bool claim_ask(struct claim *c, const struct path *p)
{
	uint8_t frame[FRAME_LEN];
	bool answered = false;

	if (!c->addr || (c->fd < 0 && !open_claim(c, p)))
		return false;
	for (int i = 0; i < READ_MAX; i++) {
		ssize_t n = recv(c->fd, frame, sizeof(frame), MSG_DONTWAIT);

		if (n < 0)
			break;
		answered |= n == (ssize_t)sizeof(frame) && answers(c, frame);
	}
	ask(c, p);
	return answered;
}
