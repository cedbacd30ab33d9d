/* SPDX-License-Identifier: GPL-2.0 */
/* watch.h - addresses that others add or remove behind nfha's back */
#ifndef _NFHA_WATCH_H
#define _NFHA_WATCH_H

int nfha_watch_init(void);
void nfha_watch_exit(void);

#endif /* _NFHA_WATCH_H */
