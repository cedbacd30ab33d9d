// SPDX-License-Identifier: GPL-2.0-or-later
/* admin.c - [no] shutdown (13-20): interfaces administratively up and down */
#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "admin.h"
#include "log.h"

/* Return: 1: changed; 0: it was so; or a negative error. */
static int set_up(int fd, const char *dev, bool up)
{
	struct ifreq r = { 0 };

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", dev);
	if (ioctl(fd, SIOCGIFFLAGS, &r))
		return -errno;
	if (!!(r.ifr_flags & IFF_UP) == up)
		return 0;
	r.ifr_flags = (short)(up ? r.ifr_flags | IFF_UP : r.ifr_flags & ~IFF_UP);
	return ioctl(fd, SIOCSIFFLAGS, &r) ? -errno : 1;
}

void admin_apply(struct admin *a, const struct conf *c)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	for (unsigned int i = 0; i < c->ifaces; i++) {
		const struct conf_iface *iface = &c->iface[i];
		bool up = iface->admin == CONF_ADMIN_UP;
		int did;

		if (iface->admin == CONF_ADMIN_AS_IS)
			continue;
		did = set_up(fd, iface->dev, up);
		if (did < 0)
			log_error("%s: %sshutdown: %s", iface->dev, up ? "no " : "",
				  strerror(-did));
		if (did <= 0)
			continue;
		snprintf(a->dev[a->changed], IFNAMSIZ, "%s", iface->dev);
		a->was_up[a->changed++] = !up;
	}
	close(fd);
}

void admin_restore(struct admin *a)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	while (a->changed) {
		a->changed--;
		set_up(fd, a->dev[a->changed], a->was_up[a->changed]);
	}
	close(fd);
}
