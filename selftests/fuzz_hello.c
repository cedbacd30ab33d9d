// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz_hello.c - any bytes into hello_parse(), and what it takes out and in again */
#include <stdlib.h>

#include "hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t buf[NFHA_HELLO_MAX], again[NFHA_HELLO_MAX];
	static struct seal *seal;
	struct hello_tlvs t, u;
	struct fsm_hello h, g;
	size_t len;

	if (!seal)
		seal = seal_new(key_make("0123456789abcdef0123456789abcdef", true),
				NFHA_UNIT_PRIMARY);
	/* Nobody finds a seal by chance. */
	if (!hello_parse(seal, data, size, &h, &t))
		abort();
	if (hello_parse(NULL, data, size, &h, &t))
		return 0;
	len = hello_build(NULL, &h, &t, buf);
	if (hello_parse(NULL, buf, len, &g, &u) || hello_build(NULL, &g, &u, again) != len ||
	    memcmp(buf, again, len))
		abort();
	return 0;
}
