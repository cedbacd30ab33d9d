/* SPDX-License-Identifier: GPL-2.0 */
/* obj.h - an object in a frame: its newest state, or that it is gone */
#ifndef _NFHA_OBJ_H
#define _NFHA_OBJ_H

#include <linux/types.h>

struct nfha_obj;
struct nfha_repl;

void nfha_obj_settle_bulk(struct nfha_repl *repl, struct nfha_obj *obj);
void nfha_obj_clean(struct nfha_repl *repl, struct nfha_obj *obj);
u8 *nfha_obj_put(struct nfha_repl *repl, struct nfha_obj *obj, u8 *p, const u8 *end);
unsigned int nfha_obj_room(const struct nfha_obj *obj);

#endif /* _NFHA_OBJ_H */
