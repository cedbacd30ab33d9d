// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * replay PORT RECORDING HOW COUNT SEED: sends recorded UDP datagrams once more, out of a switch port.
 *
 * PORT leads to the one unit that they were for. HOW: same; cut: shorter; flip: one bit of the
 * UDP payload is another; source: from another address; random: noise, half of it behind a header
 * of the recording. Lengths and checksums of IP are right in any case, so that the unit itself
 * has to refuse all of it. Says how many were sent.
 */
#include <arpa/inet.h>
#include <linux/nfha_wire.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "checksum.h"

#define HEADERS		(sizeof(struct ether_header) + sizeof(struct iphdr) + sizeof(struct udphdr))
#define PAYLOAD_MAX	1400
#define PACKETS_MAX	2000
#define BURST		32	/* between two pauses: the unit has one processor, like us */

struct packet {
	unsigned int	payload;	/* bytes */
	unsigned char	bytes[HEADERS + PAYLOAD_MAX];
};

static struct packet recorded[PACKETS_MAX];
static unsigned int packets;

static unsigned int dice(unsigned int n)
{
	return (unsigned int)random() % n;
}

/* IPv4 without options and fragments; what is longer than PAYLOAD_MAX is left out. */
static void keep(const unsigned char *frame, size_t len)
{
	const struct iphdr *ip = (const void *)(frame + sizeof(struct ether_header));
	const struct udphdr *udp = (const void *)(ip + 1);
	unsigned int payload;

	if (len <= HEADERS || frame[12] != 8 || frame[13] || ip->ihl != 5 ||
	    ip->protocol != IPPROTO_UDP || packets == PACKETS_MAX)
		return;
	payload = ntohs(udp->len) - (unsigned int)sizeof(*udp);
	if (payload > PAYLOAD_MAX || HEADERS + payload > len)
		return;
	recorded[packets].payload = payload;
	memcpy(recorded[packets++].bytes, frame, HEADERS + payload);
}

static void read_recording(const char *path)
{
	static unsigned char frame[65536];
	FILE *f = fopen(path, "r");
	uint32_t head[6], record[4];

	if (!f || fread(head, sizeof(head), 1, f) != 1) {
		perror(path);
		exit(2);
	}
	while (fread(record, sizeof(record), 1, f) == 1 && record[2] <= sizeof(frame) &&
	       fread(frame, 1, record[2], f) == record[2])
		keep(frame, record[2]);
	fclose(f);
	if (!packets) {
		fprintf(stderr, "replay: %s has no datagram\n", path);
		exit(2);
	}
}

static void noise(unsigned char *p, unsigned int len)
{
	while (len--)
		*p++ = (unsigned char)random();
}

static void mangle(struct packet *p, const char *how)
{
	unsigned char *payload = p->bytes + HEADERS;
	struct nfha_frame_hdr *hdr = (void *)payload;
	struct iphdr *ip = (void *)(p->bytes + sizeof(struct ether_header));

	if (!strcmp(how, "cut")) {
		p->payload = 1 + dice(p->payload - 1);
	} else if (!strcmp(how, "flip")) {
		payload[dice(p->payload)] ^= (unsigned char)(1 << dice(8));
	} else if (!strcmp(how, "source")) {
		ip->saddr ^= htonl(0x40);
	} else if (!strcmp(how, "random")) {
		unsigned int kept = dice(2) && p->payload > sizeof(*hdr) ? sizeof(*hdr) : 0;

		p->payload = kept + 1 + dice(PAYLOAD_MAX - kept);
		noise(payload + kept, p->payload - kept);
		/* Frames only: a hello's length is the same field. */
		hdr->len = htons((uint16_t)p->payload);
		if (kept)
			noise((void *)&hdr->counter, sizeof(hdr->counter));
	}
}

static void finish(struct packet *p)
{
	struct iphdr *ip = (void *)(p->bytes + sizeof(struct ether_header));
	struct udphdr *udp = (void *)(ip + 1);

	udp->len = htons((uint16_t)(sizeof(*udp) + p->payload));
	udp->check = 0;
	ip->tot_len = htons((uint16_t)(sizeof(*ip) + sizeof(*udp) + p->payload));
	ip->check = 0;
	ip->check = checksum(ip, sizeof(*ip));
}

int main(int argc, char **argv)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP) };
	unsigned long count, sent = 0, tries = 0;
	static struct packet p;
	int fd;

	if (argc != 6) {
		fprintf(stderr, "usage: replay PORT RECORDING HOW COUNT SEED\n");
		return 2;
	}
	read_recording(argv[2]);
	count = strtoul(argv[4], NULL, 0);
	srandom((unsigned int)strtoul(argv[5], NULL, 0));
	to.sll_ifindex = (int)if_nametoindex(argv[1]);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0 || !to.sll_ifindex) {
		perror("replay");
		return 2;
	}
	while (sent < count && tries++ < 2 * count + 1000) {
		p = recorded[sent % packets];
		mangle(&p, argv[3]);
		finish(&p);
		if (sendto(fd, p.bytes, HEADERS + p.payload, 0, (void *)&to, sizeof(to)) > 0)
			sent++;
		if (tries % BURST == 0)
			usleep(1000);
	}
	printf("result sent=%lu recorded=%u\n", sent, packets);
	return sent != count;
}
