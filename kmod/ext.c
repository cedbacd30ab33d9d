// SPDX-License-Identifier: GPL-2.0
/*
 * ext.c - what extends a connection: labels, helper, master, offsets, figures, timeouts
 *
 * Conntrack keeps these in extensions, which can only be added to an entry that is
 * not yet in its table. What may be needed later is added at injection.
 */
#include <linux/jhash.h>
#include <net/netfilter/nf_conntrack_acct.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_ecache.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_timestamp.h>

#include "ext.h"
#include "nfha.h"
#include "record.h"
#include "repl_inst.h"

static void nfha_ext_read_helper(const struct nf_conn *conn, struct nfha_ext *ext)
{
	const struct nf_conn_help *help = nfct_help(conn);
	const struct nf_conntrack_helper *helper;

	if (!help)
		return;
	rcu_read_lock();
	helper = rcu_dereference(help->helper);
	if (helper) {
		strscpy_pad(ext->helper, helper->name, sizeof(ext->helper));
		ext->has |= NFHA_EXT_HELPER;
	}
	rcu_read_unlock();
}

/* What the kernel's SIP helper keeps, or NULL: it is not the connection's. RCU read side. */
static struct nf_ct_sip_master *nfha_ext_sip(const struct nf_conn *conn)
{
	struct nf_conn_help *help = nfct_help(conn);
	const struct nf_conntrack_helper *helper = help ? rcu_dereference(help->helper) : NULL;

	NF_CT_HELPER_BUILD_BUG_ON(sizeof(struct nf_ct_sip_master));
	/* "sip", or with another port "sip-PORT"; not one in userspace of that name. */
	if (!helper || strncmp(helper->name, "sip", 3) ||
	    (helper->name[3] && helper->name[3] != '-') ||
	    helper->flags & NF_CT_HELPER_F_USERSPACE)
		return NULL;
	return (struct nf_ct_sip_master *)help->data;
}

/* The helper has no lock for it, either: a packet that comes meanwhile makes another record. */
static void nfha_ext_copy_sip(struct nf_ct_sip_master *to, const struct nf_ct_sip_master *from)
{
	WRITE_ONCE(to->register_cseq, READ_ONCE(from->register_cseq));
	WRITE_ONCE(to->invite_cseq, READ_ONCE(from->invite_cseq));
	WRITE_ONCE(to->forced_dport, READ_ONCE(from->forced_dport));
}

static void nfha_ext_read_sip(const struct nf_conn *conn, struct nfha_ext *ext)
{
	const struct nf_ct_sip_master *sip;

	rcu_read_lock();
	sip = nfha_ext_sip(conn);
	if (sip)
		nfha_ext_copy_sip(&ext->sip, sip);
	rcu_read_unlock();
	if (ext->sip.register_cseq || ext->sip.invite_cseq || ext->sip.forced_dport)
		ext->has |= NFHA_EXT_SIP;
}

static void nfha_ext_read_offsets(struct nf_conn *conn, struct nfha_ext *ext)
{
	const struct nf_conn_synproxy *synproxy = nfct_synproxy(conn);
	const struct nf_conn_seqadj *seqadj = nfct_seqadj(conn);

	if (!seqadj)
		return;
	spin_lock_bh(&conn->lock);
	if (test_bit(IPS_SEQ_ADJUST_BIT, &conn->status)) {
		ext->seqadj = *seqadj;
		ext->has |= NFHA_EXT_SEQADJ;
	}
	if (synproxy) {
		ext->synproxy = *synproxy;
		ext->has |= NFHA_EXT_SYNPROXY;
	}
	spin_unlock_bh(&conn->lock);
}

static void nfha_ext_read_figures(const struct nf_conn *conn, struct nfha_ext *ext)
{
	const struct nf_conn_tstamp *tstamp = nf_conn_tstamp_find(conn);
	const struct nf_conn_acct *acct = nf_conn_acct_find(conn);
	int i;

	if (tstamp) {
		ext->start = tstamp->start;
		ext->has |= NFHA_EXT_START;
	}
	if (!acct)
		return;
	for (i = 0; i < 2; i++) {
		ext->packets[i] = atomic64_read(&acct->counter[i].packets);
		ext->bytes[i] = atomic64_read(&acct->counter[i].bytes);
	}
	ext->has |= NFHA_EXT_ACCT;
}

static void nfha_ext_read_master(struct nf_conn *conn, struct nfha_ext *ext)
{
	if (!test_bit(IPS_EXPECTED_BIT, &conn->status) || !conn->master ||
	    nf_ct_is_dying(conn->master))
		return;
	nfha_key_of(conn->master, &ext->master);
	rcu_read_lock();
	/* Otherwise the peer could not find it. */
	if (ext->master.family == nf_ct_l3num(conn) &&
	    nfha_capture_sends(nfha_pernet(nf_ct_net(conn)), &ext->master))
		ext->has |= NFHA_EXT_MASTER;
	rcu_read_unlock();
}

/**
 * nfha_ext_read - the extensions of a connection now
 * @conn: connection; the caller holds a reference
 * @ext: filled
 *
 * A master that ended has no name any more: its children go on without.
 *
 * Context: any, BH may be on or off.
 */
void nfha_ext_read(struct nf_conn *conn, struct nfha_ext *ext)
{
	const struct nf_conn_labels *labels = nf_ct_labels_find(conn);

	/* Up to what is always valid; nfha_policy_read() sees to its own part. */
	memset(ext, 0, offsetof(struct nfha_ext, policy));
	if (labels && !bitmap_empty(labels->bits, XT_CONNLABEL_MAXBIT + 1)) {
		BUILD_BUG_ON(sizeof(ext->labels) != sizeof(labels->bits));
		memcpy(ext->labels, labels->bits, sizeof(ext->labels));
		ext->has |= NFHA_EXT_LABELS;
	}
	nfha_ext_read_helper(conn, ext);
	nfha_ext_read_sip(conn, ext);
	nfha_ext_read_master(conn, ext);
	nfha_ext_read_offsets(conn, ext);
	nfha_ext_read_figures(conn, ext);
	nfha_policy_read(conn, &ext->policy);
	if (ext->policy.num)
		ext->has |= NFHA_EXT_POLICY;
}

/**
 * nfha_ext_sum - digest of what an event should have told
 * @conn: connection; may change meanwhile
 *
 * Context: any. Return: a number that changes with labels, offsets, the number
 * of expectations, what the SIP helper keeps and timeouts of its own.
 */
u32 nfha_ext_sum(const struct nf_conn *conn)
{
	const struct nf_ct_sip_master *sip;
	const struct nf_conn_labels *labels = nf_ct_labels_find(conn);
	const struct nf_conn_seqadj *seqadj = nfct_seqadj(conn);
	const struct nf_conn_help *help = nfct_help(conn);
	u32 sum = 0;

	if (labels)
		sum = jhash(labels->bits, sizeof(labels->bits), 0);
	if (seqadj)
		sum = jhash_2words(READ_ONCE(seqadj->seq[0].offset_after),
				   READ_ONCE(seqadj->seq[1].offset_after), sum);
	if (help)
		sum = jhash(help->expecting, sizeof(help->expecting), sum);
	rcu_read_lock();
	sip = nfha_ext_sip(conn);
	if (sip)
		sum = jhash_3words(READ_ONCE(sip->register_cseq), READ_ONCE(sip->invite_cseq),
				   (__force u16)READ_ONCE(sip->forced_dport), sum);
	rcu_read_unlock();
	return nfha_policy_sum(conn, sum);
}

static u8 *nfha_ext_put_helper(u8 *p, const struct nfha_ext *ext)
{
	struct nfha_ct_helper a = { .a = { NFHA_CT_A_HELPER, sizeof(a) } };

	memcpy(a.name, ext->helper, sizeof(a.name));
	return nfha_put(p, &a, sizeof(a));
}

static u8 *nfha_ext_put_labels(u8 *p, const struct nfha_ext *ext)
{
	struct nfha_ct_labels a = { .a = { NFHA_CT_A_LABELS, sizeof(a) } };
	unsigned int i;

	for (i = 0; i <= XT_CONNLABEL_MAXBIT; i++)
		if (test_bit(i, (const unsigned long *)ext->labels))
			a.bits[i / 8] |= BIT(i % 8);
	return nfha_put(p, &a, sizeof(a));
}

static u8 *nfha_ext_put_master(u8 *p, const struct nfha_key *key)
{
	struct nfha_ct_master a = {
		.a = { NFHA_CT_A_MASTER, sizeof(a) + nfha_tuple_len(key->family) },
		.proto		= key->proto,
		.zone		= cpu_to_be16(key->zone),
		.zone_dir	= key->zone_dir,
	};

	p = nfha_put(p, &a, sizeof(a));
	return nfha_put_tuple(p, key->family, &key->src, &key->dst, key->sport, key->dport);
}

/**
 * nfha_ext_put_offsets - the offsets of both directions as they are on the wire
 * @dir: filled
 * @seqadj: what
 *
 * Context: any.
 */
void nfha_ext_put_offsets(struct nfha_ct_seqadj_dir dir[2], const struct nf_conn_seqadj *seqadj)
{
	int i;

	for (i = 0; i < 2; i++) {
		dir[i].pos = cpu_to_be32(seqadj->seq[i].correction_pos);
		dir[i].before = cpu_to_be32(seqadj->seq[i].offset_before);
		dir[i].after = cpu_to_be32(seqadj->seq[i].offset_after);
	}
}

static u8 *nfha_ext_put_seqadj(u8 *p, const struct nf_conn_seqadj *seqadj)
{
	struct nfha_ct_seqadj a = { .a = { NFHA_CT_A_SEQADJ, sizeof(a) } };

	nfha_ext_put_offsets(a.dir, seqadj);
	return nfha_put(p, &a, sizeof(a));
}

static u8 *nfha_ext_put_acct(u8 *p, const struct nfha_ext *ext)
{
	struct nfha_ct_acct a = { .a = { NFHA_CT_A_ACCT, sizeof(a) } };
	int i;

	for (i = 0; i < 2; i++) {
		a.dir[i].packets = cpu_to_be64(ext->packets[i]);
		a.dir[i].bytes = cpu_to_be64(ext->bytes[i]);
	}
	return nfha_put(p, &a, sizeof(a));
}

/**
 * nfha_ext_put - write the attributes
 * @p: where; NFHA_EXT_MAX bytes
 * @ext: what
 *
 * Context: any. Return: the end of what was written.
 */
u8 *nfha_ext_put(u8 *p, const struct nfha_ext *ext)
{
	if (ext->has & NFHA_EXT_LABELS)
		p = nfha_ext_put_labels(p, ext);
	if (ext->has & NFHA_EXT_HELPER)
		p = nfha_ext_put_helper(p, ext);
	if (ext->has & NFHA_EXT_MASTER)
		p = nfha_ext_put_master(p, &ext->master);
	if (ext->has & NFHA_EXT_SEQADJ)
		p = nfha_ext_put_seqadj(p, &ext->seqadj);
	if (ext->has & NFHA_EXT_SYNPROXY) {
		struct nfha_ct_synproxy a = {
			.a = { NFHA_CT_A_SYNPROXY, sizeof(a) },
			.isn	= cpu_to_be32(ext->synproxy.isn),
			.its	= cpu_to_be32(ext->synproxy.its),
			.tsoff	= cpu_to_be32(ext->synproxy.tsoff),
		};

		p = nfha_put(p, &a, sizeof(a));
	}
	if (ext->has & NFHA_EXT_ACCT)
		p = nfha_ext_put_acct(p, ext);
	if (ext->has & NFHA_EXT_START) {
		struct nfha_ct_start a = {
			.a = { NFHA_CT_A_START, sizeof(a) },
			.ns = cpu_to_be64(ext->start),
		};

		p = nfha_put(p, &a, sizeof(a));
	}
	if (ext->has & NFHA_EXT_SIP) {
		struct nfha_ct_sip a = {
			.a = { NFHA_CT_A_SIP, sizeof(a) },
			.forced_dport	= ext->sip.forced_dport,
			.register_cseq	= cpu_to_be32(ext->sip.register_cseq),
			.invite_cseq	= cpu_to_be32(ext->sip.invite_cseq),
		};

		p = nfha_put(p, &a, sizeof(a));
	}
	if (ext->has & NFHA_EXT_POLICY)
		p = nfha_policy_put(p, &ext->policy);
	return p;
}

static int nfha_ext_get_master(const struct nfha_attr_hdr *a, u8 family, struct nfha_ext *ext)
{
	const struct nfha_ct_master *m = (const struct nfha_ct_master *)a;
	struct nfha_key *key = &ext->master;
	struct nfha_cursor c = { (const u8 *)(m + 1), (const u8 *)a + a->len };

	if (a->len != sizeof(*m) + nfha_tuple_len(family) || !nfha_zone_dir_valid(m->zone_dir))
		return -EINVAL;
	memset(key, 0, sizeof(*key));
	key->family = family;
	key->proto = m->proto;
	key->zone = be16_to_cpu(m->zone);
	key->zone_dir = m->zone_dir;
	if (!nfha_get_tuple(&c, family, &key->src, &key->dst, &key->sport, &key->dport))
		return -EINVAL;
	ext->has |= NFHA_EXT_MASTER;
	return 0;
}

static void nfha_ext_get_labels(const struct nfha_ct_labels *a, struct nfha_ext *ext)
{
	unsigned int i;

	for (i = 0; i <= XT_CONNLABEL_MAXBIT; i++)
		if (a->bits[i / 8] & BIT(i % 8))
			__set_bit(i, (unsigned long *)ext->labels);
	ext->has |= NFHA_EXT_LABELS;
}

static void nfha_ext_get_seqadj(const struct nfha_ct_seqadj *a, struct nfha_ext *ext)
{
	int i;

	for (i = 0; i < 2; i++) {
		ext->seqadj.seq[i].correction_pos = be32_to_cpu(a->dir[i].pos);
		ext->seqadj.seq[i].offset_before = be32_to_cpu(a->dir[i].before);
		ext->seqadj.seq[i].offset_after = be32_to_cpu(a->dir[i].after);
	}
	ext->has |= NFHA_EXT_SEQADJ;
}

static void nfha_ext_get_acct(const struct nfha_ct_acct *a, struct nfha_ext *ext)
{
	int i;

	for (i = 0; i < 2; i++) {
		ext->packets[i] = be64_to_cpu(a->dir[i].packets);
		ext->bytes[i] = be64_to_cpu(a->dir[i].bytes);
	}
	ext->has |= NFHA_EXT_ACCT;
}

/* Lengths of the attributes that have one. */
static const u8 nfha_ext_len[] = {
	[NFHA_CT_A_LABELS]	= sizeof(struct nfha_ct_labels),
	[NFHA_CT_A_HELPER]	= sizeof(struct nfha_ct_helper),
	[NFHA_CT_A_SEQADJ]	= sizeof(struct nfha_ct_seqadj),
	[NFHA_CT_A_SYNPROXY]	= sizeof(struct nfha_ct_synproxy),
	[NFHA_CT_A_ACCT]	= sizeof(struct nfha_ct_acct),
	[NFHA_CT_A_START]	= sizeof(struct nfha_ct_start),
	[NFHA_CT_A_SIP]		= sizeof(struct nfha_ct_sip),
};

/**
 * nfha_ext_get - read an attribute
 * @a: attribute; all of its length may be read
 * @family: of the record
 * @ext: completed
 *
 * Context: any. Return: 0, -EINVAL: malformed, -ENOENT: not one of these.
 */
int nfha_ext_get(const struct nfha_attr_hdr *a, u8 family, struct nfha_ext *ext)
{
	if (a->type < ARRAY_SIZE(nfha_ext_len) && nfha_ext_len[a->type] &&
	    a->len != nfha_ext_len[a->type])
		return -EINVAL;
	switch (a->type) {
	case NFHA_CT_A_LABELS:
		nfha_ext_get_labels((const struct nfha_ct_labels *)a, ext);
		return 0;
	case NFHA_CT_A_HELPER:
		memcpy(ext->helper, ((const struct nfha_ct_helper *)a)->name,
		       sizeof(ext->helper));
		if (!ext->helper[0] || ext->helper[sizeof(ext->helper) - 1])
			return -EINVAL;
		ext->has |= NFHA_EXT_HELPER;
		return 0;
	case NFHA_CT_A_MASTER:
		return nfha_ext_get_master(a, family, ext);
	case NFHA_CT_A_SEQADJ:
		nfha_ext_get_seqadj((const struct nfha_ct_seqadj *)a, ext);
		return 0;
	case NFHA_CT_A_SYNPROXY: {
		const struct nfha_ct_synproxy *s = (const struct nfha_ct_synproxy *)a;

		ext->synproxy.isn = be32_to_cpu(s->isn);
		ext->synproxy.its = be32_to_cpu(s->its);
		ext->synproxy.tsoff = be32_to_cpu(s->tsoff);
		ext->has |= NFHA_EXT_SYNPROXY;
		return 0;
	}
	case NFHA_CT_A_ACCT:
		nfha_ext_get_acct((const struct nfha_ct_acct *)a, ext);
		return 0;
	case NFHA_CT_A_START:
		ext->start = be64_to_cpu(((const struct nfha_ct_start *)a)->ns);
		ext->has |= NFHA_EXT_START;
		return 0;
	case NFHA_CT_A_SIP: {
		const struct nfha_ct_sip *s = (const struct nfha_ct_sip *)a;

		ext->sip.forced_dport = s->forced_dport;
		ext->sip.register_cseq = be32_to_cpu(s->register_cseq);
		ext->sip.invite_cseq = be32_to_cpu(s->invite_cseq);
		ext->has |= NFHA_EXT_SIP;
		return 0;
	}
	case NFHA_CT_A_POLICY:
		ext->has |= NFHA_EXT_POLICY;
		return nfha_policy_get(a, &ext->policy);
	default:
		return -ENOENT;
	}
}

static struct nf_conntrack_helper *nfha_ext_helper(const struct nf_conn *conn,
						   const struct nfha_ext *ext)
{
	return __nf_conntrack_helper_find(ext->helper, nf_ct_l3num(conn), nf_ct_protonum(conn));
}

static int nfha_ext_add_helper(struct nfha_net *nn, struct nf_conn *conn,
			       const struct nfha_ext *ext)
{
	struct nf_conntrack_helper *helper = nfha_ext_helper(conn, ext);
	struct nf_conn_help *help;

	if (!helper) {
		nfha_count(nn, INJECT_HELPER);
		return 0;
	}
	help = nf_ct_helper_ext_add(conn, GFP_ATOMIC);
	if (!help)
		return -ENOMEM;
	/* FTP: positions are picked up from the next packets. */
	if (helper->from_nlattr)
		helper->from_nlattr(NULL, conn);
	conn->status |= IPS_HELPER;
	RCU_INIT_POINTER(help->helper, helper);
	return 0;
}

static int nfha_ext_add_master(struct nfha_net *nn, struct nf_conn *conn,
			       const struct nfha_ext *ext)
{
	struct nf_conn *master = nfha_key_find(&ext->master, nn->net);

	if (!master) {
		nfha_count(nn, INJECT_MASTER);
		return -ENOENT;
	}
	/* The reference is the entry's from now on. */
	conn->master = master;
	conn->status |= IPS_EXPECTED;
	return 0;
}

/* What NAT changes in the payload later needs room, too. */
static bool nfha_ext_wants_seqadj(const struct nf_conn *conn, const struct nfha_ext *ext,
				  u32 status)
{
	return ext->has & (NFHA_EXT_SEQADJ | NFHA_EXT_SYNPROXY) ||
	       (nfct_help(conn) && status & IPS_NAT_MASK);
}

/**
 * nfha_ext_add - give a new entry its extensions
 * @repl: instance
 * @conn: entry that is not yet in the table; conn->master is to be put when it
 *	does not come into it
 * @ext: what
 * @status: IPS_* of the record
 *
 * Context: RCU read side. Return: 0 or a negative error; -ENOENT: its master is
 * not here.
 */
int nfha_ext_add(struct nfha_repl *repl, struct nf_conn *conn, const struct nfha_ext *ext,
		 u32 status)
{
	struct nfha_net *nn = repl->nn;
	struct nf_conn_tstamp *tstamp;
	int err;

	if (ext->has & NFHA_EXT_HELPER) {
		err = nfha_ext_add_helper(nn, conn, ext);
		if (err)
			return err;
	}
	if (nfha_ext_wants_seqadj(conn, ext, status) && !nfct_seqadj_ext_add(conn))
		return -ENOMEM;
	if (ext->has & NFHA_EXT_SYNPROXY && !nfct_synproxy_ext_add(conn))
		nfha_count(nn, INJECT_EXT);
	if (ext->has & NFHA_EXT_POLICY &&
	    !nfha_policy_add(&repl->policies, conn, &ext->policy))
		nfha_count(nn, INJECT_POLICY);
	nf_ct_acct_ext_add(conn, GFP_ATOMIC);
	nf_ct_tstamp_ext_add(conn, GFP_ATOMIC);
	nf_ct_ecache_ext_add(conn, 0, 0, GFP_ATOMIC);
	nf_ct_labels_ext_add(conn);
	tstamp = nf_conn_tstamp_find(conn);
	if (tstamp)
		tstamp->start = ktime_get_real_ns();
	if (ext->has & NFHA_EXT_MASTER) {
		err = nfha_ext_add_master(nn, conn, ext);
		if (err)
			return err;
	}
	nfha_ext_update(nn, conn, ext);
	return 0;
}

static void nfha_ext_set_offsets(struct nfha_net *nn, struct nf_conn *conn,
				 const struct nfha_ext *ext)
{
	struct nf_conn_synproxy *synproxy = nfct_synproxy(conn);
	struct nf_conn_seqadj *seqadj = nfct_seqadj(conn);

	if (ext->has & NFHA_EXT_SEQADJ && !seqadj)
		nfha_count(nn, INJECT_EXT);
	spin_lock_bh(&conn->lock);
	if (ext->has & NFHA_EXT_SEQADJ && seqadj) {
		*seqadj = ext->seqadj;
		set_bit(IPS_SEQ_ADJUST_BIT, &conn->status);
	}
	if (ext->has & NFHA_EXT_SYNPROXY && synproxy)
		*synproxy = ext->synproxy;
	spin_unlock_bh(&conn->lock);
}

static void nfha_ext_set_sip(const struct nf_conn *conn, const struct nfha_ext *ext)
{
	struct nf_ct_sip_master *sip;

	rcu_read_lock();
	sip = nfha_ext_sip(conn);
	if (sip)
		nfha_ext_copy_sip(sip, &ext->sip);
	rcu_read_unlock();
}

static void nfha_ext_set_figures(struct nf_conn *conn, const struct nfha_ext *ext)
{
	struct nf_conn_tstamp *tstamp = nf_conn_tstamp_find(conn);
	struct nf_conn_acct *acct = nf_conn_acct_find(conn);
	int i;

	if (ext->has & NFHA_EXT_START && tstamp)
		tstamp->start = ext->start;
	if (!(ext->has & NFHA_EXT_ACCT) || !acct)
		return;
	for (i = 0; i < 2; i++) {
		atomic64_set(&acct->counter[i].packets, ext->packets[i]);
		atomic64_set(&acct->counter[i].bytes, ext->bytes[i]);
	}
}

/**
 * nfha_ext_update - the extensions as the peer has them now
 * @nn: instance
 * @conn: entry; the caller holds a reference, or made it
 * @ext: what
 *
 * Context: link worker.
 */
void nfha_ext_update(struct nfha_net *nn, struct nf_conn *conn, const struct nfha_ext *ext)
{
	const struct nf_conn_labels *labels = nf_ct_labels_find(conn);

	if (labels && memcmp(labels->bits, ext->labels, sizeof(ext->labels)))
		nf_connlabels_replace(conn, ext->labels, NULL, ARRAY_SIZE(ext->labels));
	else if (!labels && ext->has & NFHA_EXT_LABELS)
		nfha_count(nn, INJECT_EXT);
	if (ext->has & (NFHA_EXT_SEQADJ | NFHA_EXT_SYNPROXY))
		nfha_ext_set_offsets(nn, conn, ext);
	if (ext->has & NFHA_EXT_SIP)
		nfha_ext_set_sip(conn, ext);
	nfha_ext_set_figures(conn, ext);
}

/* The other helper, if there is such a one here. */
static bool nfha_ext_fits_helper(const struct nf_conn *conn, const struct nfha_ext *now,
				 const struct nfha_ext *ext)
{
	bool here;

	if (!memcmp(now->helper, ext->helper, sizeof(ext->helper)))
		return true;
	if (!(ext->has & NFHA_EXT_HELPER))
		return false;
	rcu_read_lock();
	here = nfha_ext_helper(conn, ext);
	rcu_read_unlock();
	return !here;
}

/* The other master, if it is here. */
static bool nfha_ext_fits_master(const struct nf_conn *conn, const struct nfha_ext *now,
				 const struct nfha_ext *ext)
{
	struct nf_conn *master;

	if (!(ext->has & NFHA_EXT_MASTER))
		return !(now->has & NFHA_EXT_MASTER);
	if (now->has & NFHA_EXT_MASTER && !memcmp(&now->master, &ext->master, sizeof(ext->master)))
		return true;
	master = nfha_key_find(&ext->master, nf_ct_net(conn));
	if (!master)
		return true;
	nf_ct_put(master);
	return false;
}

/**
 * nfha_ext_fits - can this entry become what the peer has, or has it to be made anew
 * @repl: instance
 * @conn: entry; the caller holds a reference
 * @ext: what the peer has
 *
 * Helper, master, timeouts and room for offsets are given to an entry when it is made. What this
 * unit could not give to a new entry either is no reason to make one.
 *
 * Context: process.
 */
bool nfha_ext_fits(struct nfha_repl *repl, struct nf_conn *conn, const struct nfha_ext *ext)
{
	struct nfha_ext now = {};

	nfha_ext_read_helper(conn, &now);
	nfha_ext_read_master(conn, &now);
	if (!nfha_ext_fits_helper(conn, &now, ext) || !nfha_ext_fits_master(conn, &now, ext) ||
	    !nfha_policy_fits(&repl->policies, conn, &ext->policy))
		return false;
	if (ext->has & NFHA_EXT_LABELS && !nf_ct_labels_find(conn))
		return false;
	if (ext->has & NFHA_EXT_SEQADJ)
		return nfct_seqadj(conn);
	return !test_bit(IPS_SEQ_ADJUST_BIT, &conn->status);
}
