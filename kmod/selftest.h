/* SPDX-License-Identifier: GPL-2.0 */
/* selftest.h - tests that run when a module built with NFHA_DEBUG=1 is loaded */
#ifndef _NFHA_SELFTEST_H
#define _NFHA_SELFTEST_H

#ifdef NFHA_SELFTEST

/* In a function that returns 0 or a negative error. */
#define NFHA_TEST(x)								\
	do {									\
		if (!(x)) {							\
			pr_err("%s:%d failed: %s\n", __FILE__, __LINE__, #x);	\
			return -EINVAL;						\
		}								\
	} while (0)

int nfha_selftest(void);
int nfha_selftest_keys(void);
int nfha_selftest_fuzz(void);
#else
static inline int nfha_selftest(void)
{
	return 0;
}
#endif

#endif /* _NFHA_SELFTEST_H */
