// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz_conf.c - any bytes into conf_parse() */
#include "conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *fits(const char *dev, bool link, char *why, size_t size)
{
	snprintf(why, size, "%s %d", dev, link);
	return NULL;
}

static const char *devices(char *list, size_t size)
{
	snprintf(list, size, "eth0");
	return list;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct conf_system sys = { fits, devices, NULL };
	static FILE *null;
	struct conf c;

	if (!null)
		null = fopen("/dev/null", "w");
	conf_parse("fuzz", (const char *)data, size, size & 1, &sys, &c, null);
	conf_free(&c);
	return 0;
}
