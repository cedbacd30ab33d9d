// SPDX-License-Identifier: GPL-2.0-or-later
/* probe.c - what the tests of interfaces do: count received packets, stimulate traffic */
#include <errno.h>
#include <fcntl.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <netpacket/packet.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "probe.h"

#define FRAME_MAX	128
#define DUMP_MAX	32768
#define PING_TTL	1		/* for neighbours alone */

/* -- counting */

void counters_open(struct counters *c, const struct conf *conf)
{
	c->fd = open("/proc/thread-self/net/dev", O_RDONLY | O_CLOEXEC);
	c->n = 0;
	for (unsigned int i = 0; i < conf->ifaces; i++)
		if (conf_is_data(&conf->iface[i]))
			memcpy(c->dev[c->n++], conf->iface[i].dev, IFNAMSIZ);
}

void counters_close(struct counters *c)
{
	if (c->fd >= 0)
		close(c->fd);
}

/* "  NAME: bytes packets ..." */
static void parse_line(const struct counters *c, const char *line, unsigned int *hint,
		       uint64_t *rx)
{
	size_t len;
	char *end;

	line += strspn(line, " ");
	len = strcspn(line, ":\n");
	if (line[len] != ':' || len >= IFNAMSIZ)
		return;
	/* Devices come in about the same order each time. */
	for (unsigned int k = 0; k < c->n; k++) {
		unsigned int i = (*hint + k) % c->n;

		if (strncmp(c->dev[i], line, len) || c->dev[i][len])
			continue;
		strtoull(line + len + 1, &end, 10);
		rx[i] = strtoull(end, NULL, 10);
		*hint = i + 1;
		return;
	}
}

void counters_parse(const struct counters *c, const char *text, uint64_t rx[NFHA_IFACES_MAX])
{
	unsigned int hint = 0;

	memset(rx, 0, c->n * sizeof(*rx));
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		parse_line(c, line, &hint, rx);
	}
}

bool counters_read(struct counters *c, uint64_t rx[NFHA_IFACES_MAX])
{
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(c->text) - 1) {
		n = pread(c->fd, c->text + len, sizeof(c->text) - 1 - len, (off_t)len);
		if (n < 0)
			return false;
		if (!n)
			break;
		len += (size_t)n;
	}
	c->text[len] = '\0';
	counters_parse(c, c->text, rx);
	return true;
}

/* -- whom to ask */

/**
 * struct neighbours - who was heard last on an interface
 * @index: of the interface
 * @iface: its own addresses are none
 * @best: the last two
 * @age: of each, in clock ticks
 * @n: how many of them
 */
struct neighbours {
	unsigned int		index;
	const struct conf_iface	*iface;
	struct addr		best[2];
	uint32_t		age[2];
	unsigned int		n;
};

static bool is_pairs(const struct conf_iface *iface, const struct addr *a)
{
	for (unsigned int i = 0; i < iface->addrs; i++)
		if (addr_equal(&iface->addr[i].active, a) || addr_equal(&iface->addr[i].standby, a))
			return true;
	return false;
}

static void keep(struct neighbours *w, const struct addr *a, uint32_t age)
{
	unsigned int at = 0;

	while (at < w->n && w->age[at] <= age)
		at++;
	if (at == ARRAY_SIZE(w->best))
		return;
	if (!at) {
		w->best[1] = w->best[0];
		w->age[1] = w->age[0];
	}
	w->best[at] = *a;
	w->age[at] = age;
	w->n += w->n < ARRAY_SIZE(w->best);
}

static int on_neighbour(const struct nlmsghdr *nlh, void *data)
{
	const struct ndmsg *nd = mnl_nlmsg_get_payload(nlh);
	struct addr a = { .family = nd->ndm_family };
	struct neighbours *w = data;
	const struct nlattr *attr;
	uint32_t age = UINT32_MAX;
	bool known = false;

	if (nd->ndm_ifindex != (int)w->index ||
	    !(nd->ndm_state & (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT)) ||
	    (a.family != AF_INET && a.family != AF_INET6))
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*nd)) {
		size_t len = mnl_attr_get_payload_len(attr);

		if (mnl_attr_get_type(attr) == NDA_DST && len == addr_len(&a)) {
			memcpy(a.b, mnl_attr_get_payload(attr), len);
			known = true;
		} else if (mnl_attr_get_type(attr) == NDA_CACHEINFO &&
			   len >= sizeof(struct nda_cacheinfo)) {
			age = ((const struct nda_cacheinfo *)
			       mnl_attr_get_payload(attr))->ndm_confirmed;
		}
	}
	if (known && !is_pairs(w->iface, &a))
		keep(w, &a, age);
	return MNL_CB_OK;
}

static int find_neighbours(struct neighbours *w)
{
	uint8_t buf[DUMP_MAX];
	struct mnl_socket *nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	int more = 1;

	if (!nl)
		return -errno;
	nlh->nlmsg_type = RTM_GETNEIGH;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ndmsg));
	if (mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		more = -1;
	while (more > 0) {
		ssize_t n = mnl_socket_recvfrom(nl, buf, sizeof(buf));

		more = n < 0 ? -1 : mnl_cb_run(buf, (size_t)n, 0, 0, on_neighbour, w);
	}
	mnl_socket_close(nl);
	return more < 0 ? -errno : 0;
}

/* -- what to send */

/**
 * struct sender - an interface, and who we are on it
 * @fd: AF_PACKET
 * @index: of the interface
 * @mac: the device's present address: of our role
 * @v4: our address; no family: none
 * @v4_prefix: of it
 * @v6: likewise
 */
struct sender {
	int		fd;
	unsigned int	index;
	uint8_t		mac[MAC_LEN];
	struct addr	v4;
	uint8_t		v4_prefix;
	struct addr	v6;
};

static uint16_t checksum(const void *data, size_t len, uint32_t sum)
{
	const uint8_t *b = data;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)b[i] << 8 | b[i + 1];
	if (len & 1)
		sum += (uint32_t)b[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static int emit(const struct sender *s, const uint8_t to[MAC_LEN], uint16_t type,
		const void *packet, size_t len)
{
	struct ether_header eth = { .ether_type = htons(type) };
	uint8_t frame[FRAME_MAX];
	struct sockaddr_ll ll = {
		.sll_family = AF_PACKET, .sll_protocol = htons(type),
		.sll_ifindex = (int)s->index, .sll_halen = MAC_LEN,
	};

	memcpy(eth.ether_dhost, to, MAC_LEN);
	memcpy(eth.ether_shost, s->mac, MAC_LEN);
	memcpy(ll.sll_addr, to, MAC_LEN);
	memcpy(frame, &eth, sizeof(eth));
	memcpy(frame + sizeof(eth), packet, len);
	if (sendto(s->fd, frame, sizeof(eth) + len, MSG_DONTWAIT, (void *)&ll, sizeof(ll)) < 0)
		return -errno;
	return 1;
}

static const uint8_t everybody[MAC_LEN] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

static int send_arp(const struct sender *s, const struct addr *whom)
{
	struct ether_arp arp = {
		.arp_hrd = htons(ARPHRD_ETHER), .arp_pro = htons(ETHERTYPE_IP),
		.arp_hln = MAC_LEN, .arp_pln = 4, .arp_op = htons(ARPOP_REQUEST),
	};

	memcpy(arp.arp_sha, s->mac, MAC_LEN);
	memcpy(arp.arp_spa, s->v4.b, sizeof(arp.arp_spa));
	memcpy(arp.arp_tpa, whom->b, sizeof(arp.arp_tpa));
	return emit(s, everybody, ETHERTYPE_ARP, &arp, sizeof(arp));
}

/* An ICMPv6 message to a group, below the header that it is summed with. */
static int send_icmp6(const struct sender *s, const struct in6_addr *to, const void *body,
		      size_t len, uint8_t hops)
{
	struct {
		struct ip6_hdr ip;
		uint8_t body[64];
	} __attribute__((packed)) p = {
		.ip.ip6_plen = htons((uint16_t)len), .ip.ip6_nxt = IPPROTO_ICMPV6,
		.ip.ip6_hlim = hops,
	};
	uint8_t mac[MAC_LEN] = { 0x33, 0x33 };
	uint16_t sum;
	uint32_t pseudo = (uint32_t)len + IPPROTO_ICMPV6;

	p.ip.ip6_vfc = 0x60;
	memcpy(&p.ip.ip6_src, s->v6.b, sizeof(p.ip.ip6_src));
	p.ip.ip6_dst = *to;
	memcpy(p.body, body, len);
	for (int i = 0; i < 16; i += 2)
		pseudo += ((uint32_t)s->v6.b[i] << 8 | s->v6.b[i + 1]) +
			  ((uint32_t)to->s6_addr[i] << 8 | to->s6_addr[i + 1]);
	sum = checksum(p.body, len, pseudo);
	memcpy(p.body + offsetof(struct icmp6_hdr, icmp6_cksum), &sum, sizeof(sum));
	memcpy(mac + 2, to->s6_addr + 12, 4);
	return emit(s, mac, ETHERTYPE_IPV6, &p, sizeof(p.ip) + len);
}

static int send_solicitation(const struct sender *s, const struct addr *whom)
{
	struct in6_addr group = { .s6_addr = { 0xff, 0x02, [11] = 1, 0xff } };
	struct {
		struct nd_neighbor_solicit ns;
		struct nd_opt_hdr opt;
		uint8_t mac[MAC_LEN];
	} __attribute__((packed)) m = {
		.ns.nd_ns_type = ND_NEIGHBOR_SOLICIT,
		.opt = { .nd_opt_type = ND_OPT_SOURCE_LINKADDR, .nd_opt_len = 1 },
	};

	memcpy(&m.ns.nd_ns_target, whom->b, 16);
	memcpy(m.mac, s->mac, MAC_LEN);
	memcpy(group.s6_addr + 13, whom->b + 13, 3);
	return send_icmp6(s, &group, &m, sizeof(m), 255);
}

static int send_ping4(const struct sender *s)
{
	struct {
		struct iphdr ip;
		struct icmphdr icmp;
	} __attribute__((packed)) p = {
		.ip = { .version = 4, .ihl = 5, .ttl = PING_TTL, .protocol = IPPROTO_ICMP,
			.tot_len = htons(sizeof(p)) },
		.icmp = { .type = ICMP_ECHO, .un.echo.id = htons((uint16_t)getpid()) },
	};
	struct addr net = addr_net(&s->v4, s->v4_prefix);
	uint32_t host = s->v4_prefix < 32 ? htonl(UINT32_MAX >> s->v4_prefix) : 0;

	memcpy(&p.ip.saddr, s->v4.b, 4);
	memcpy(&p.ip.daddr, net.b, 4);
	p.ip.daddr |= host;
	p.ip.check = checksum(&p.ip, sizeof(p.ip), 0);
	p.icmp.checksum = checksum(&p.icmp, sizeof(p.icmp), 0);
	return emit(s, everybody, ETHERTYPE_IP, &p, sizeof(p));
}

static int send_ping6(const struct sender *s)
{
	static const struct in6_addr all = { .s6_addr = { 0xff, 0x02, [15] = 1 } };
	struct icmp6_hdr m = { .icmp6_type = ICMP6_ECHO_REQUEST };

	m.icmp6_id = htons((uint16_t)getpid());
	return send_icmp6(s, &all, &m, sizeof(m), PING_TTL);
}

/* -- */

static void who_we_are(struct sender *s, const struct conf_iface *iface, bool active)
{
	for (unsigned int i = 0; i < iface->addrs; i++) {
		const struct conf_addr *c = &iface->addr[i];
		const struct addr *a = active ? &c->active : &c->standby;

		if (a->family == AF_INET6 && !s->v6.family) {
			s->v6 = *a;
		} else if (a->family == AF_INET && !s->v4.family) {
			s->v4 = *a;
			s->v4_prefix = c->prefix;
		}
	}
}

static int ask(const struct sender *s, const struct conf_iface *iface, unsigned int which)
{
	struct neighbours w = { .index = s->index, .iface = iface };
	int err = find_neighbours(&w);
	const struct addr *whom = &w.best[which];

	if (err || which >= w.n)
		return err;
	if (whom->family == AF_INET)
		return s->v4.family ? send_arp(s, whom) : 0;
	return s->v6.family ? send_solicitation(s, whom) : 0;
}

static int ping(const struct sender *s)
{
	int v4 = s->v4.family ? send_ping4(s) : 0, v6 = s->v6.family ? send_ping6(s) : 0;

	return v4 < 0 ? v4 : v6 < 0 ? v6 : v4 + v6;
}

int probe_send(const struct conf_iface *iface, enum iftest_test test, bool active)
{
	struct sender s = { .fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0) };
	struct ifreq r = { 0 };
	int n;

	if (s.fd < 0)
		return -errno;
	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", iface->dev);
	s.index = if_nametoindex(iface->dev);
	if (!s.index || ioctl(s.fd, SIOCGIFHWADDR, &r)) {
		close(s.fd);
		return -ENODEV;
	}
	memcpy(s.mac, r.ifr_hwaddr.sa_data, MAC_LEN);
	who_we_are(&s, iface, active);
	n = test == IFTEST_PING ? ping(&s) : ask(&s, iface, test == IFTEST_ARP_2);
	close(s.fd);
	return n;
}
