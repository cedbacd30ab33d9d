// SPDX-License-Identifier: GPL-2.0
/* params.c - module parameters: /sys/module/nfha/parameters */
#include <linux/moduleparam.h>

#include "nfha.h"
#include "params.h"
#include "pretend.h"

#define NFHA_PARAM(name, value, min, max, text)					\
	unsigned int nfha_##name = (value);					\
	static int nfha_set_##name(const char *val, const struct kernel_param *kp)	\
	{									\
		return param_set_uint_minmax(val, kp, min, max);		\
	}									\
	static const struct kernel_param_ops nfha_ops_##name = {		\
		.set = nfha_set_##name,						\
		.get = param_get_uint,						\
	};									\
	module_param_cb(name, &nfha_ops_##name, &nfha_##name, 0644);		\
	MODULE_PARM_DESC(name, text)

NFHA_PARAM(flush_us, 500, 0, 100000,
	   "a new, established or ended connection is sent within this time in us, up to four times that while many change (0-100000, default 500)");
NFHA_PARAM(flush_closing_us, 5000, 0, 1000000,
	   "any other change of a connection is sent within this time in us (0-1000000, default 5000)");
NFHA_PARAM(sweep_ms, 250, 50, 60000,
	   "pause in ms between two looks at the connections whose windows move (50-60000, default 250)");
NFHA_PARAM(sweep_lap_ms, 5000, 250, 600000,
	   "ms from one look at every connection to the next, more for large tables (250-600000, default 5000)");
NFHA_PARAM(digest_ms, 300, 50, 60000,
	   "pause in ms between two comparisons with the peer's table (50-60000, default 300)");
NFHA_PARAM(digest_percent, 5, 1, 50,
	   "share of a processor that walks for a comparison take at most (1-50, default 5)");
NFHA_PARAM(queue_limit, 131072, 1024, 16777216,
	   "connections changed but not acknowledged by the peer; more start a new walk (1024-16777216, default 131072)");
NFHA_PARAM(batch_bytes, NFHA_FRAME_MAX, 512, NFHA_FRAME_MAX,
	   "largest frame in bytes; never more than the state link's MTU holds (512-8952, default 8952)");
NFHA_PARAM(neigh_limit, 2048, 64, 65536,
	   "ARP and ND entries that are replicated, in each namespace configured from then on (64-65536, default 2048)");
#ifdef NFHA_SELFTEST
NFHA_PARAM(key_frames, U32_MAX, 2, U32_MAX,
	   "frames that one key seals (2-4294967295, default 4294967295)");
NFHA_PARAM(pretend, NFHA_PRETEND_NOTHING, NFHA_PRETEND_NOTHING, NFHA_PRETEND_APART,
	   "be of another version: 1 older, 2 newer, 3 one that this one does not understand (0-3, default 0)");
NFHA_PARAM(fuzz_rounds, 2000, 0, U32_MAX,
	   "changed frames that are read when the module is loaded (0-4294967295, default 2000)");
NFHA_PARAM(fuzz_seed, 1, 1, U32_MAX,
	   "which ones (1-4294967295, default 1)");
#endif
