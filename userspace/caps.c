// SPDX-License-Identifier: GPL-2.0-or-later
/* caps.c - privileges of the calling thread */
#include <errno.h>

#include <sys/capability.h>

#include "caps.h"
#include "util.h"

int caps_drop(void)
{
	static const cap_value_t keep[] = { CAP_NET_ADMIN, CAP_NET_RAW };
	cap_t caps = cap_init(), now = cap_get_proc();
	int err = 0;

	if (!caps || !now) {
		err = -errno;
		goto out;
	}
	/* Not more than there is: a service manager may have taken some away. */
	for (size_t i = 0; i < ARRAY_SIZE(keep); i++) {
		cap_flag_value_t has = CAP_CLEAR;

		cap_get_flag(now, keep[i], CAP_PERMITTED, &has);
		if (has == CAP_SET) {
			cap_set_flag(caps, CAP_PERMITTED, 1, &keep[i], CAP_SET);
			cap_set_flag(caps, CAP_EFFECTIVE, 1, &keep[i], CAP_SET);
		}
	}
	if (cap_set_proc(caps))
		err = -errno;
out:
	cap_free(caps);
	cap_free(now);
	return err;
}
