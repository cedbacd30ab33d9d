// SPDX-License-Identifier: GPL-2.0
/* stats.c - sums of the per-CPU counters */
#include <linux/cpumask.h>

#include "nfha.h"

/**
 * nfha_stat_read - value of a counter
 * @nn: instance
 * @id: which
 *
 * Context: any. Return: the sum over all CPUs; a counter that moves meanwhile may
 * be a little behind.
 */
u64 nfha_stat_read(const struct nfha_net *nn, enum nfha_stat id)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(nn->stats, cpu)->stat[id]);
	return sum;
}

/**
 * nfha_kind_read - value in the table of kinds (13-44)
 * @nn: instance
 * @kind: row
 * @col: column
 *
 * Context: any. Return: as nfha_stat_read().
 */
u64 nfha_kind_read(const struct nfha_net *nn, enum nfha_kind kind, enum nfha_kind_col col)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(nn->stats, cpu)->kind[kind][col]);
	return sum;
}
