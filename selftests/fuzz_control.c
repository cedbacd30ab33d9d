// SPDX-License-Identifier: GPL-2.0-or-later
/* fuzz_control.c - any bytes into agree_parse(), and what it takes out and in again */
#include <stdlib.h>

#include "agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t buf[sizeof(struct nfha_control)];
	struct agree_msg m, n;

	if (agree_parse(data, size, &m))
		return 0;
	agree_build(&m, buf);
	if (agree_parse(buf, sizeof(buf), &n) || memcmp(&m, &n, sizeof(m)))
		abort();
	return 0;
}
