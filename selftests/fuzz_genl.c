// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuzz_genl.c COUNT SEED: random requests to the module's netlink family
 *
 * Half of them are noise in the shape of attributes, half are valid configurations of which
 * something was changed. Says how many the module took and refused; what it must not do is
 * crash, leak or stop answering, which the test's kernel and the last request here tell.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/nfha.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROOM	8192
#define MESSAGE	4096	/* of it; the rest is for the last attribute */

static struct mnl_socket *nl;
static uint16_t family;
static char buf[ROOM];

static unsigned int dice(unsigned int n)
{
	return (unsigned int)random() % n;
}

static struct nlmsghdr *begin(uint8_t cmd, uint16_t type)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *g = mnl_nlmsg_put_extra_header(nlh, sizeof(*g));

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	g->cmd = cmd;
	g->version = NFHA_GENL_VERSION;
	return nlh;
}

static int family_attr(const struct nlattr *attr, void *data)
{
	(void)data;
	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
		family = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

static int answer_cb(const struct nlmsghdr *nlh, void *data)
{
	(void)data;
	if (nlh->nlmsg_type == GENL_ID_CTRL)
		mnl_attr_parse(nlh, sizeof(struct genlmsghdr), family_attr, NULL);
	return MNL_CB_OK;
}

/* Sends what is in the buffer and takes its answers: 0 or the module's error. */
static int talk(struct nlmsghdr *nlh)
{
	static unsigned int seq;
	char answer[16384];
	ssize_t n;
	int rc = MNL_CB_OK;

	nlh->nlmsg_seq = ++seq;
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		return errno;
	while (rc == MNL_CB_OK) {
		n = mnl_socket_recvfrom(nl, answer, sizeof(answer));
		if (n < 0)
			return errno;
		rc = mnl_cb_run(answer, (size_t)n, seq, mnl_socket_get_portid(nl), answer_cb, NULL);
	}
	return rc < 0 ? errno : 0;
}

/* -- noise */

static void put_noise(struct nlmsghdr *nlh, int depth)
{
	static const uint16_t sizes[] = { 0, 1, 2, 4, 4, 6, 8, 8, 16, 44, 300 };
	unsigned int attrs = dice(8);
	uint8_t value[300];

	while (attrs-- && nlh->nlmsg_len < MESSAGE) {
		uint16_t type = (uint16_t)dice(NFHA_A_MAX + 4);

		if (depth && !dice(3)) {
			struct nlattr *nest = mnl_attr_nest_start(nlh, type);

			put_noise(nlh, depth - 1);
			mnl_attr_nest_end(nlh, nest);
			continue;
		}
		for (size_t i = 0; i < sizeof(value); i++)
			value[i] = dice(4) ? (uint8_t)dice(3) : (uint8_t)random();
		mnl_attr_put(nlh, type, sizes[dice(sizeof(sizes) / sizeof(*sizes))], value);
	}
}

/* -- a valid configuration, more or less */

static bool spoil(void)
{
	return !dice(24);
}

static void put_address(struct nlmsghdr *nlh, uint32_t net)
{
	struct nlattr *list = mnl_attr_nest_start(nlh, NFHA_IF_A_ADDRS);

	for (unsigned int i = dice(3) + 1; i; i--) {
		struct nlattr *nest = mnl_attr_nest_start(nlh, NFHA_IF_A_ADDR);
		uint32_t active = htonl(net + 2 * i), standby = htonl(net + 2 * i + 1);

		mnl_attr_put(nlh, NFHA_ADDR_A_ACTIVE, spoil() ? dice(5) : 4, &active);
		if (!spoil())
			mnl_attr_put(nlh, NFHA_ADDR_A_STANDBY, 4, &standby);
		mnl_attr_put_u8(nlh, NFHA_ADDR_A_PREFIX, spoil() ? (uint8_t)random() : 24);
		mnl_attr_nest_end(nlh, nest);
	}
	mnl_attr_nest_end(nlh, list);
}

static void put_iface(struct nlmsghdr *nlh, const char *name, uint8_t type, uint32_t net)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, NFHA_A_IFACE);
	uint8_t mac[6] = { 2, 0, 0, 0, 9, (uint8_t)dice(4) };

	mnl_attr_put_strz(nlh, NFHA_IF_A_NAME, spoil() ? "a-name-that-is-too-long" : name);
	mnl_attr_put_u8(nlh, NFHA_IF_A_TYPE, spoil() ? (uint8_t)random() : type);
	if (!dice(3))
		mnl_attr_put(nlh, NFHA_IF_A_MAC_ACTIVE, spoil() ? 5 : 6, mac);
	put_address(nlh, net);
	mnl_attr_nest_end(nlh, nest);
}

/* On a link of its own, or on a data interface. */
static void put_link(struct nlmsghdr *nlh)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, NFHA_A_LINK);
	uint8_t local[6] = { 10, 0, 5, 1 }, peer[6] = { 10, 0, 5, 11 };
	bool shared = !dice(3);
	uint16_t len = shared != spoil() ? 6 : 4;

	mnl_attr_put_strz(nlh, NFHA_LINK_A_NAME, spoil() ? "none" : shared ? "eth1" : "eth3");
	mnl_attr_put(nlh, NFHA_LINK_A_LOCAL, len, local);
	mnl_attr_put(nlh, NFHA_LINK_A_PEER, spoil() ? 3 : len, peer);
	mnl_attr_nest_end(nlh, nest);
}

static void put_config(struct nlmsghdr *nlh)
{
	struct nlattr *nest;

	mnl_attr_put_u8(nlh, NFHA_A_UNIT, spoil() ? (uint8_t)random() : (uint8_t)dice(2));
	mnl_attr_put_u32(nlh, NFHA_A_HOLD_MS, spoil() ? (uint32_t)random() : 800);
	if (dice(3))
		mnl_attr_put(nlh, NFHA_A_CLEAR, 0, NULL);
	if (dice(2)) {
		nest = mnl_attr_nest_start(nlh, NFHA_A_HTTP_PORTS);
		for (unsigned int i = dice(NFHA_HTTP_PORTS_MAX + !spoil()); i; i--)
			mnl_attr_put_u16(nlh, spoil() ? NFHA_A_TERM : NFHA_A_HTTP_PORT,
					 spoil() ? 0 : (uint16_t)(dice(3) + 80));
		mnl_attr_nest_end(nlh, nest);
	}
	nest = mnl_attr_nest_start(nlh, NFHA_A_IFACES);
	put_iface(nlh, "eth0", NFHA_IFACE_DATA, 0x0a000100);
	put_iface(nlh, spoil() ? "eth0" : "eth1", NFHA_IFACE_DATA, 0x0a000200);
	put_iface(nlh, "eth3", NFHA_IFACE_LINK, 0x0a000500);
	mnl_attr_nest_end(nlh, nest);
	if (dice(3))
		put_link(nlh);
}

static void put_role(struct nlmsghdr *nlh, uint32_t term)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	mnl_attr_put_u8(nlh, NFHA_A_ROLE, (uint8_t)(spoil() ? random() : dice(NFHA_ROLE_MAX) + 1));
	mnl_attr_put_u32(nlh, NFHA_A_TERM, spoil() ? (uint32_t)random() % 1000 : term);
	mnl_attr_put_u64(nlh, NFHA_A_DEADLINE, (uint64_t)now.tv_sec * 1000000000 +
			 (uint64_t)now.tv_nsec + dice(3000) * 1000000ULL);
	if (dice(2))
		mnl_attr_put(nlh, NFHA_A_PAUSE, 0, NULL);
	if (dice(2))
		mnl_attr_put(nlh, NFHA_A_WAIT_RELEASE, 0, NULL);
	if (dice(2)) {
		mnl_attr_put(nlh, NFHA_A_RELEASE, 0, NULL);
		mnl_attr_put_u32(nlh, NFHA_A_FLUSH_MS, spoil() ? (uint32_t)random() : dice(20));
	}
}

static void put_key(struct nlmsghdr *nlh)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, NFHA_A_KEY);
	uint8_t secret[NFHA_KEY_SECRET_LEN];

	mnl_attr_put_u8(nlh, NFHA_KEY_A_ID, (uint8_t)dice(5));
	mnl_attr_put_u8(nlh, NFHA_KEY_A_CIPHER, (uint8_t)(dice(3) + !spoil()));
	memset(secret, (int)dice(250), sizeof(secret));
	mnl_attr_put(nlh, NFHA_KEY_A_TX, spoil() ? 43 : sizeof(secret), secret);
	secret[0]++;
	mnl_attr_put(nlh, NFHA_KEY_A_RX, sizeof(secret), secret);
	mnl_attr_nest_end(nlh, nest);
}

static struct nlmsghdr *request(uint32_t term)
{
	uint8_t cmd = (uint8_t)dice(NFHA_CMD_MAX + 3);
	struct nlmsghdr *nlh = begin(cmd, family);

	if (!dice(2)) {
		put_noise(nlh, 3);
	} else {
		if (cmd == NFHA_CMD_CONF_SET)
			put_config(nlh);
		else if (cmd == NFHA_CMD_KEY_SET || cmd == NFHA_CMD_KEY_USE)
			put_key(nlh);
		else if (cmd == NFHA_CMD_MAC_SET)
			put_iface(nlh, "eth0", NFHA_IFACE_DATA, 0x0a000100);
		else if (cmd == NFHA_CMD_ROLE_SET || cmd == NFHA_CMD_LEASE)
			put_role(nlh, term);
		/* Any byte behind the headers. */
		if (spoil() && nlh->nlmsg_len > 24)
			buf[24 + dice(nlh->nlmsg_len - 24)] = (char)random();
	}
	if (cmd == NFHA_CMD_IFACE_GET || !dice(20))
		nlh->nlmsg_flags |= NLM_F_DUMP;
	return nlh;
}

int main(int argc, char **argv)
{
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000, taken = 0, refused = 0;
	struct nlmsghdr *nlh;

	srandom(argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 0) : 1);
	nl = mnl_socket_open(NETLINK_GENERIC);
	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		perror("netlink");
		return 1;
	}
	nlh = begin(CTRL_CMD_GETFAMILY, GENL_ID_CTRL);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, NFHA_GENL_NAME);
	if (talk(nlh) || !family) {
		fprintf(stderr, "fuzz_genl: no family \"%s\": is the module loaded?\n", NFHA_GENL_NAME);
		return 1;
	}
	for (unsigned long i = 0; i < count; i++) {
		if (talk(request((uint32_t)(i / 50) + 1)))
			refused++;
		else
			taken++;
	}
	talk(begin(NFHA_CMD_CONF_CLEAR, family));
	if (talk(begin(NFHA_CMD_STATE_GET, family))) {
		perror("fuzz_genl: the module does not answer any more");
		return 1;
	}
	printf("result taken=%lu refused=%lu\n", taken, refused);
	return !taken || !refused;
}
