/* SPDX-License-Identifier: GPL-2.0-or-later */
/* any_system.h - a machine on which every device fits, for configurations under test */
#ifndef NFHA_ANY_SYSTEM_H
#define NFHA_ANY_SYSTEM_H

#include <stdio.h>

#include "conf.h"

static inline const char *no_unfit(const char *dev, bool link, char *why, size_t size)
{
	(void)dev, (void)link, (void)why, (void)size;
	return NULL;
}

static inline const char *no_devices(char *list, size_t size)
{
	snprintf(list, size, "-");
	return list;
}

#endif /* NFHA_ANY_SYSTEM_H */
