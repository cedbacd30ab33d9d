// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * acker ADDR PEER-ADDR: a standby unit that acknowledges everything and keeps nothing.
 *
 * For the cost of sending alone: clear text, one socket, no hello. It acknowledges as a unit
 * does (kmod/receive.c): several frames together. What it costs itself is a system call a
 * frame and one for each acknowledgement.
 */
#include <arpa/inet.h>
#include <endian.h>
#include <linux/nfha_wire.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NONCE	0x6163b8e5d0f1a274ULL
#define ACK_FRAMES	4
#define ACK_US		5000

struct answer {
	struct nfha_frame_hdr	h;
	struct nfha_rec_ack	ack;
	struct nfha_rec_probe	probe;
} __attribute__((packed, aligned(4)));

static void fill(struct answer *out, const struct nfha_frame_hdr *in, uint64_t settled)
{
	static uint64_t counter;

	memset(out, 0, sizeof(*out));
	out->h.magic = htons(NFHA_WIRE_MAGIC);
	out->h.version = NFHA_WIRE_VERSION;
	out->h.unit = NFHA_UNIT_SECONDARY;
	out->h.flags = NFHA_FRAME_F_READY;
	out->h.len = htons(sizeof(*out));
	out->h.generation = in->generation;
	out->h.nonce = htobe64(NONCE);
	out->h.peer_nonce = in->nonce;
	out->h.counter = htobe64(++counter);
	out->ack.h.type = NFHA_REC_ACK;
	out->ack.h.len = htons(sizeof(out->ack));
	out->ack.cumulative = htobe64(settled);
	out->probe.h.type = NFHA_REC_PROBE;
	out->probe.h.len = htons(sizeof(out->probe));
	out->probe.version_min = NFHA_WIRE_VERSION_MIN;
	out->probe.version_max = NFHA_WIRE_VERSION;
	out->probe.frame_max = htons(NFHA_FRAME_MAX);
}

int main(int argc, char **argv)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons(NFHA_STATE_PORT) };
	struct sockaddr_in peer = here;
	static unsigned char data[65536];
	const struct nfha_frame_hdr *in = (const void *)data;
	const struct timeval wait = { .tv_usec = ACK_US };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), big = 4 << 20, unacked = 0;
	uint64_t settled = 0, seq;
	struct answer out;

	if (argc != 3 || fd < 0 || inet_pton(AF_INET, argv[1], &here.sin_addr) != 1 ||
	    inet_pton(AF_INET, argv[2], &peer.sin_addr) != 1) {
		fprintf(stderr, "usage: acker ADDR PEER-ADDR\n");
		return 2;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof(big));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (bind(fd, (struct sockaddr *)&here, sizeof(here)) ||
	    connect(fd, (struct sockaddr *)&peer, sizeof(peer))) {
		perror("acker");
		return 2;
	}
	for (;;) {
		if (recv(fd, data, sizeof(data), 0) < (ssize_t)sizeof(*in)) {
			if (unacked)
				send(fd, &out, sizeof(out), 0);
			unacked = 0;
			continue;
		}
		/* A gap stays one until the sender gives it up. */
		if (be64toh(in->watermark) > settled)
			settled = be64toh(in->watermark);
		seq = be64toh(in->seq);
		if (seq == settled + 1)
			settled = seq;
		fill(&out, in, settled);
		if (in->seq && ++unacked < ACK_FRAMES)
			continue;
		send(fd, &out, sizeof(out), 0);
		unacked = 0;
	}
}
