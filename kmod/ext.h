/* SPDX-License-Identifier: GPL-2.0 */
/* ext.h - what extends a connection: labels, helper, master, offsets, figures */
#ifndef _NFHA_EXT_H
#define _NFHA_EXT_H

#include <linux/netfilter/nf_conntrack_sip.h>
#include <net/netfilter/nf_conntrack_labels.h>
#include <net/netfilter/nf_conntrack_seqadj.h>
#include <net/netfilter/nf_conntrack_synproxy.h>

#include <linux/nfha_wire.h>

#include "policy.h"
#include "table.h"

struct nfha_net;
struct nfha_repl;

/* nfha_ext.has */
#define NFHA_EXT_LABELS		0x01
#define NFHA_EXT_HELPER		0x02
#define NFHA_EXT_MASTER		0x04
#define NFHA_EXT_SEQADJ		0x08
#define NFHA_EXT_SYNPROXY	0x10
#define NFHA_EXT_ACCT		0x20
#define NFHA_EXT_START		0x40
#define NFHA_EXT_SIP		0x80
#define NFHA_EXT_POLICY		0x100

/* Length of all attributes, @tuple: of a tuple on the wire. */
#define NFHA_EXT_MAX(tuple)							\
	(sizeof(struct nfha_ct_labels) + sizeof(struct nfha_ct_helper) +	\
	 sizeof(struct nfha_ct_master) + (tuple) + sizeof(struct nfha_ct_seqadj) +	\
	 sizeof(struct nfha_ct_synproxy) + sizeof(struct nfha_ct_acct) +	\
	 sizeof(struct nfha_ct_start) + sizeof(struct nfha_ct_sip) +		\
	 NFHA_POLICY_LEN(NFHA_POLICY_MAX))

/**
 * struct nfha_ext - extensions of a connection between conntrack and the wire
 * @has: NFHA_EXT_*
 * @labels: all 0: none is set
 * @helper: its name; zero-padded; all 0: none
 * @sip: as the helper has it
 * @policy: timeouts of its own; all 0: none
 * @master: the connection that expected this one; this and what follows is valid if @has
 *	names it
 * @seqadj: offsets of both directions
 * @synproxy: as conntrack has it
 * @packets: of both directions
 * @bytes: of both directions
 * @start: CLOCK_REALTIME, ns
 */
struct nfha_ext {
	u16			has;
	u32			labels[NF_CT_LABELS_MAX_SIZE / sizeof(u32)] __aligned(8);
	char			helper[NFHA_HELPER_NAME_MAX];
	struct nf_ct_sip_master	sip;
	struct nfha_policy	policy;
	struct nfha_key		master;
	struct nf_conn_seqadj	seqadj;
	struct nf_conn_synproxy	synproxy;
	u64			packets[2];
	u64			bytes[2];
	u64			start;
};

void nfha_ext_read(struct nf_conn *conn, struct nfha_ext *ext);
u32 nfha_ext_sum(const struct nf_conn *conn);
void nfha_ext_put_offsets(struct nfha_ct_seqadj_dir dir[2], const struct nf_conn_seqadj *seqadj);
u8 *nfha_ext_put(u8 *p, const struct nfha_ext *ext);
int nfha_ext_get(const struct nfha_attr_hdr *a, u8 family, struct nfha_ext *ext);
int nfha_ext_add(struct nfha_repl *repl, struct nf_conn *conn, const struct nfha_ext *ext,
		 u32 status);
void nfha_ext_update(struct nfha_net *nn, struct nf_conn *conn, const struct nfha_ext *ext);
bool nfha_ext_fits(struct nfha_repl *repl, struct nf_conn *conn, const struct nfha_ext *ext);

#endif /* _NFHA_EXT_H */
