/* SPDX-License-Identifier: GPL-2.0 */
/* stats.h - counters; the names are in <linux/nfha.h> */
#ifndef _NFHA_STATS_H
#define _NFHA_STATS_H

#include <linux/percpu.h>
#include <linux/nfha.h>

/* Columns of the table in show failover (13-44). */
enum nfha_kind_col {
	NFHA_KIND_XMIT,
	NFHA_KIND_XERR,
	NFHA_KIND_RCV,
	NFHA_KIND_RERR,
	NFHA_KIND_COLS
};

/**
 * struct nfha_stats - counters of one CPU
 * @stat: by enum nfha_stat
 * @kind: by enum nfha_kind and column
 *
 * Plain per-CPU increments: nfha needs 64-bit (see Kbuild), where a reader on
 * another CPU never sees half a number.
 */
struct nfha_stats {
	u64 stat[NFHA_STAT_NUM];
	u64 kind[NFHA_KIND_NUM][NFHA_KIND_COLS];
};

/* Context: any. @id without its prefix: nfha_count(nn, RX_FRAMES). */
#define nfha_count(nn, id) \
	this_cpu_inc((nn)->stats->stat[NFHA_STAT_##id])
#define nfha_count_add(nn, id, n) \
	this_cpu_add((nn)->stats->stat[NFHA_STAT_##id], (n))
#define nfha_count_kind(nn, k, col) \
	this_cpu_inc((nn)->stats->kind[(k)][NFHA_KIND_##col])
#define nfha_count_kind_add(nn, k, col, n) \
	this_cpu_add((nn)->stats->kind[(k)][NFHA_KIND_##col], (n))

struct nfha_net;

u64 nfha_stat_read(const struct nfha_net *nn, enum nfha_stat id);
u64 nfha_kind_read(const struct nfha_net *nn, enum nfha_kind kind, enum nfha_kind_col col);

#endif /* _NFHA_STATS_H */
