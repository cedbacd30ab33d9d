// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * inject PORT ACTIVE-MAC SOURCE TARGET PER-SECOND: asks one unit, and only that one.
 *
 * Sends ARP requests for TARGET and ICMP echoes to it out of a switch port, that is, to the
 * one unit behind it, however the switch has learnt the active MAC. The frames come from a
 * made-up MAC, so that the switch's table is not disturbed, and the answers are not read
 * here: they are looked for in the capture of the same port. Runs until it is killed.
 */
#include <arpa/inet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netpacket/packet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "checksum.h"

static const unsigned char asker[ETH_ALEN] = { 0x02, 0xaa, 0, 0, 0, 0x01 };

static size_t arp_request(unsigned char *frame, in_addr_t source, in_addr_t target)
{
	struct ether_header *eth = (struct ether_header *)frame;
	struct ether_arp arp = {
		.ea_hdr = { .ar_hrd = htons(ARPHRD_ETHER), .ar_pro = htons(ETHERTYPE_IP),
			    .ar_hln = ETH_ALEN, .ar_pln = 4, .ar_op = htons(ARPOP_REQUEST) },
	};

	memset(eth->ether_dhost, 0xff, ETH_ALEN);
	memcpy(eth->ether_shost, asker, ETH_ALEN);
	eth->ether_type = htons(ETHERTYPE_ARP);
	memcpy(arp.arp_sha, asker, ETH_ALEN);
	memcpy(arp.arp_spa, &source, 4);
	memcpy(arp.arp_tpa, &target, 4);
	memcpy(frame + sizeof(*eth), &arp, sizeof(arp));
	return sizeof(*eth) + sizeof(arp);
}

static size_t echo_request(unsigned char *frame, const unsigned char *mac, in_addr_t source,
			   in_addr_t target, uint16_t number)
{
	struct ether_header *eth = (struct ether_header *)frame;
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_ICMP,
			    .saddr = source, .daddr = target };
	struct icmphdr icmp = { .type = ICMP_ECHO };

	memcpy(eth->ether_dhost, mac, ETH_ALEN);
	memcpy(eth->ether_shost, asker, ETH_ALEN);
	eth->ether_type = htons(ETHERTYPE_IP);
	ip.tot_len = htons(sizeof(ip) + sizeof(icmp));
	ip.id = htons(number);
	ip.check = checksum(&ip, sizeof(ip));
	icmp.un.echo.id = htons(0x6e66);
	icmp.un.echo.sequence = htons(number);
	icmp.checksum = checksum(&icmp, sizeof(icmp));
	memcpy(frame + sizeof(*eth), &ip, sizeof(ip));
	memcpy(frame + sizeof(*eth) + sizeof(ip), &icmp, sizeof(icmp));
	return sizeof(*eth) + sizeof(ip) + sizeof(icmp);
}

int main(int argc, char **argv)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	unsigned char frame[128], mac[ETH_ALEN];
	in_addr_t source, target;
	uint16_t number = 0;
	int fd;

	if (argc != 6 || sscanf(argv[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac, mac + 1, mac + 2,
				mac + 3, mac + 4, mac + 5) != 6 || atoi(argv[5]) < 1) {
		fprintf(stderr, "usage: inject PORT ACTIVE-MAC SOURCE TARGET PER-SECOND\n");
		return 2;
	}
	source = inet_addr(argv[3]);
	target = inet_addr(argv[4]);
	to.sll_ifindex = (int)if_nametoindex(argv[1]);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (fd < 0 || !to.sll_ifindex) {
		perror("inject");
		return 2;
	}
	for (;; number++) {
		size_t n = number % 2 ? arp_request(frame, source, target)
				      : echo_request(frame, mac, source, target, number);

		/* A port that is down or full is the fault under test: go on. */
		sendto(fd, frame, n, 0, (struct sockaddr *)&to, sizeof(to));
		usleep(1000000 / (unsigned int)atoi(argv[5]));
	}
}
