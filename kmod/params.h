/* SPDX-License-Identifier: GPL-2.0 */
/* params.h - module parameters; what they mean is in params.c */
#ifndef _NFHA_PARAMS_H
#define _NFHA_PARAMS_H

/* Written through sysfs at any time: read with READ_ONCE(). */
extern unsigned int nfha_flush_us;
extern unsigned int nfha_flush_closing_us;
extern unsigned int nfha_sweep_ms;
extern unsigned int nfha_queue_limit;
extern unsigned int nfha_batch_bytes;

#endif /* _NFHA_PARAMS_H */
