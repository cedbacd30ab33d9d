/* SPDX-License-Identifier: GPL-2.0 */
/* selftest.h - tests that run when a module built with NFHA_DEBUG=1 is loaded */
#ifndef _NFHA_SELFTEST_H
#define _NFHA_SELFTEST_H

#ifdef NFHA_SELFTEST
int nfha_selftest(void);
#else
static inline int nfha_selftest(void)
{
	return 0;
}
#endif

#endif /* _NFHA_SELFTEST_H */
