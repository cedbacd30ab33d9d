/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ktap.h - what a unit test in C needs to speak KTAP: numbered results, a
 * diagnosis for each failed check, a totals line at the end.
 */
#ifndef NFHA_KTAP_H
#define NFHA_KTAP_H

#include <stdbool.h>
#include <stdio.h>

static unsigned int ktap_run, ktap_bad;
static bool ktap_ok;

/* A check inside a test; several may fail, each is named. */
#define CHECK(cond, ...)						\
	do {								\
		if (!(cond)) {						\
			ktap_ok = false;				\
			printf("# %s:%d: %s", __FILE__, __LINE__, #cond); \
			printf(" " __VA_ARGS__);			\
			printf("\n");					\
		}							\
	} while (0)

/* One test: runs @call and reports it under a name. */
#define TEST(call, ...)							\
	do {								\
		ktap_ok = true;						\
		call;							\
		ktap_run++;						\
		ktap_bad += !ktap_ok;					\
		printf("%sok %u ", ktap_ok ? "" : "not ", ktap_run);	\
		printf(__VA_ARGS__);					\
		printf("\n");						\
	} while (0)

static inline void ktap_begin(void)
{
	printf("KTAP version 1\n");
}

/**
 * ktap_end() - prints plan and totals
 *
 * Return: the exit status of the test program.
 */
static inline int ktap_end(void)
{
	printf("1..%u\n# Totals: pass:%u fail:%u xfail:0 xpass:0 skip:0 error:0\n",
	       ktap_run, ktap_run - ktap_bad, ktap_bad);
	return ktap_bad ? 1 : 0;
}

#endif /* NFHA_KTAP_H */
