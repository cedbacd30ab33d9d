// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mock_genl.c - genl.h without a module: a role, a term, a lease, in this process
 *
 * Linked into nfhad instead of genl.c, for pair_mock.sh: the helper, its threads and
 * sockets run as they are. There is no state link: RELEASED never comes.
 */
#include <errno.h>
#include <net/if.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "agree.h"
#include "genl.h"

#define SWAP_NS	(5 * NS_PER_MS)	/* a role change takes so long */

struct genl {
	int fd;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct module_state state;
static struct conf conf;
static struct agree_key installed;

struct genl *genl_open(bool events, char why[GENL_WHY_MAX])
{
	struct genl *g = calloc(1, sizeof(*g));

	(void)events, (void)why;
	if (!g)
		abort();
	g->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return g;
}

void genl_close(struct genl *g)
{
	if (!g)
		return;
	close(g->fd);
	free(g);
}

int genl_fd(const struct genl *g)
{
	return g->fd;
}

const char *genl_why(const struct genl *g)
{
	(void)g;
	return "refused by the mock";
}

static bool lapsed(void)
{
	return boottime_ns() >= state.deadline;
}

int genl_conf_set(struct genl *g, const struct conf *c)
{
	(void)g;
	pthread_mutex_lock(&lock);
	conf = *c;
	state.role = NFHA_ROLE_NEGOTIATION;
	pthread_mutex_unlock(&lock);
	return 0;
}

int genl_conf_clear(struct genl *g)
{
	(void)g;
	pthread_mutex_lock(&lock);
	memset(&state, 0, sizeof(state));
	pthread_mutex_unlock(&lock);
	return 0;
}

int genl_role_set(struct genl *g, const struct fsm_role *role, uint64_t deadline)
{
	struct timespec swap = { .tv_nsec = SWAP_NS };
	int err = 0;

	(void)g;
	pthread_mutex_lock(&lock);
	if (role->term < state.term)
		err = -ESTALE;
	state.term = role->term;
	state.deadline = deadline;
	state.role = role->role == NFHA_ROLE_ACTIVE ? NFHA_ROLE_STAGED : role->role;
	pthread_mutex_unlock(&lock);
	nanosleep(&swap, NULL);
	pthread_mutex_lock(&lock);
	if (role->role == NFHA_ROLE_ACTIVE && !role->wait_release)
		state.role = NFHA_ROLE_ACTIVE;
	pthread_mutex_unlock(&lock);
	return err;
}

int genl_lease(struct genl *g, uint32_t term, uint64_t deadline, bool pause)
{
	int err = 0;

	(void)g, (void)pause;
	pthread_mutex_lock(&lock);
	if (state.role != NFHA_ROLE_ACTIVE && state.role != NFHA_ROLE_STAGED)
		err = -EPERM;
	else if (term != state.term)
		err = -ESTALE;
	else if (lapsed())
		err = -ETIME;
	else
		state.deadline = deadline;
	pthread_mutex_unlock(&lock);
	return err;
}

int genl_mac_set(struct genl *g, const char *dev, const uint8_t active[MAC_LEN],
		 const uint8_t standby[MAC_LEN])
{
	(void)g, (void)dev, (void)active, (void)standby;
	return 0;
}

int genl_key_set(struct genl *g, const struct agree_key *key)
{
	(void)g;
	pthread_mutex_lock(&lock);
	installed = *key;
	state.key_newest = key->id;
	pthread_mutex_unlock(&lock);
	return 0;
}

int genl_key_use(struct genl *g, uint8_t id)
{
	int err = 0;

	(void)g;
	pthread_mutex_lock(&lock);
	if (installed.id == id) {
		state.key_id = id;
		state.key_cipher = installed.cipher;
	} else {
		err = -ENOKEY;
	}
	pthread_mutex_unlock(&lock);
	return err;
}

int genl_resync(struct genl *g)
{
	(void)g;
	return -ENOTCONN;
}

int genl_state_get(struct genl *g, struct module_state *s)
{
	(void)g;
	pthread_mutex_lock(&lock);
	if (state.role == NFHA_ROLE_ACTIVE && lapsed())
		state.role = NFHA_ROLE_FENCED;
	state.gate_open = state.role == NFHA_ROLE_ACTIVE;
	*s = state;
	pthread_mutex_unlock(&lock);
	return 0;
}

static void get_iface(int fd, const char *dev, struct module_iface *iface)
{
	struct ifreq r = { 0 };

	memset(iface, 0, sizeof(*iface));
	snprintf(iface->dev, sizeof(iface->dev), "%s", dev);
	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", dev);
	if (!ioctl(fd, SIOCGIFFLAGS, &r))
		iface->status = r.ifr_flags & IFF_RUNNING ? NFHA_IFACE_UP : NFHA_IFACE_DOWN;
	if (!ioctl(fd, SIOCGIFHWADDR, &r))
		memcpy(iface->mac_own, r.ifr_hwaddr.sa_data, MAC_LEN);
}

int genl_ifaces_get(struct genl *g, struct module_iface *iface, unsigned int max)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), n = 0;

	(void)g, (void)max;
	get_iface(fd, conf.lan.dev, &iface[n++]);
	if (conf.backup.name[0])
		get_iface(fd, conf.backup.dev, &iface[n++]);
	for (unsigned int i = 0; i < conf.ifaces; i++)
		get_iface(fd, conf.iface[i].dev, &iface[n++]);
	close(fd);
	return n;
}

int genl_event(struct genl *g, struct module_event *event)
{
	(void)g, (void)event;
	return 0;
}
