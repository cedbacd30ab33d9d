/* SPDX-License-Identifier: GPL-2.0 */
/* params.h - module parameters; what they mean is in params.c */
#ifndef _NFHA_PARAMS_H
#define _NFHA_PARAMS_H

#include <linux/limits.h>

/* Written through sysfs at any time: read with READ_ONCE(). */
extern unsigned int nfha_flush_us;
extern unsigned int nfha_flush_closing_us;
extern unsigned int nfha_sweep_ms;
extern unsigned int nfha_sweep_lap_ms;
extern unsigned int nfha_digest_ms;
extern unsigned int nfha_digest_percent;
extern unsigned int nfha_queue_limit;
extern unsigned int nfha_batch_bytes;
extern unsigned int nfha_neigh_limit;

/* Frames that one key may seal; far below what either cipher bears. Less in tests. */
#ifdef NFHA_SELFTEST
extern unsigned int nfha_key_frames;
extern unsigned int nfha_pretend;
extern unsigned int nfha_fuzz_rounds;
extern unsigned int nfha_fuzz_seed;
#else
#define nfha_key_frames	U32_MAX
#endif

#endif /* _NFHA_PARAMS_H */
