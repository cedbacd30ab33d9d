/* SPDX-License-Identifier: GPL-2.0 */
/*
 * trace.h - tracepoints: role, frames, records
 *
 * /sys/kernel/tracing/events/nfha. Each names its network namespace by the inode of
 * /proc/PID/ns/net.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM nfha

#if !defined(_NFHA_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _NFHA_TRACE_H

#include <linux/in.h>
#include <linux/nfha.h>
#include <linux/nfha_wire.h>
#include <linux/tracepoint.h>
#include <net/net_namespace.h>

#include "frame.h"
#include "table.h"

#define nfha_trace_role(role)						\
	__print_symbolic(role,						\
			 { NFHA_ROLE_NONE, "none" },			\
			 { NFHA_ROLE_NEGOTIATION, "negotiation" },	\
			 { NFHA_ROLE_STANDBY, "standby" },		\
			 { NFHA_ROLE_STAGED, "staged" },		\
			 { NFHA_ROLE_ACTIVE, "active" },		\
			 { NFHA_ROLE_FENCED, "fenced" })

#define nfha_trace_record(type)						\
	__print_symbolic(type,						\
			 { NFHA_REC_CT_STATE, "state" },		\
			 { NFHA_REC_CT_DELETE, "delete" })

/* This unit has a role, or the same one in another term. */
TRACE_EVENT(nfha_role,
	TP_PROTO(const struct net *net, unsigned int role, u32 term),
	TP_ARGS(net, role, term),
	TP_STRUCT__entry(
		__field(unsigned int, net)
		__field(unsigned int, role)
		__field(u32, term)
	),
	TP_fast_assign(
		__entry->net = net->ns.inum;
		__entry->role = role;
		__entry->term = term;
	),
	TP_printk("net=%u role=%s term=%u",
		  __entry->net, nfha_trace_role(__entry->role), __entry->term)
);

DECLARE_EVENT_CLASS(nfha_frame_class,
	TP_PROTO(const struct net *net, const struct nfha_frame *frame),
	TP_ARGS(net, frame),
	TP_STRUCT__entry(
		__field(u64, seq)
		__field(u64, watermark)
		__field(unsigned int, net)
		__field(u32, term)
		__field(u32, generation)
		__field(unsigned int, len)
	),
	TP_fast_assign(
		__entry->net = net->ns.inum;
		__entry->seq = frame->seq;
		__entry->watermark = frame->watermark;
		__entry->term = frame->term;
		__entry->generation = frame->generation;
		__entry->len = frame->len;
	),
	TP_printk("net=%u seq=%llu settled=%llu term=%u generation=%u len=%u",
		  __entry->net, __entry->seq, __entry->watermark, __entry->term,
		  __entry->generation, __entry->len)
);

/* A frame was given to the state link; without a number nobody acknowledges it. */
DEFINE_EVENT(nfha_frame_class, nfha_frame_send,
	TP_PROTO(const struct net *net, const struct nfha_frame *frame),
	TP_ARGS(net, frame)
);

/* A frame of the session arrived. */
DEFINE_EVENT(nfha_frame_class, nfha_frame_receive,
	TP_PROTO(const struct net *net, const struct nfha_frame *frame),
	TP_ARGS(net, frame)
);

/* A frame was given up: what it carried is sent again. */
TRACE_EVENT(nfha_frame_lost,
	TP_PROTO(const struct net *net, u64 seq, u64 age_ns, unsigned int window),
	TP_ARGS(net, seq, age_ns, window),
	TP_STRUCT__entry(
		__field(u64, seq)
		__field(u64, age_ns)
		__field(unsigned int, net)
		__field(unsigned int, window)
	),
	TP_fast_assign(
		__entry->net = net->ns.inum;
		__entry->seq = seq;
		__entry->age_ns = age_ns;
		__entry->window = window;
	),
	TP_printk("net=%u seq=%llu age_ns=%llu window=%u",
		  __entry->net, __entry->seq, __entry->age_ns, __entry->window)
);

DECLARE_EVENT_CLASS(nfha_record_class,
	TP_PROTO(const struct net *net, unsigned int type, const struct nfha_key *key, int err),
	TP_ARGS(net, type, key, err),
	TP_STRUCT__entry(
		__field(unsigned int, net)
		__field(unsigned int, type)
		__field(int, err)
		__field(u16, sport)
		__field(u16, dport)
		__field(u16, zone)
		__field(u8, proto)
		__array(u8, src, sizeof(struct in6_addr))
		__array(u8, dst, sizeof(struct in6_addr))
	),
	TP_fast_assign(
		__entry->net = net->ns.inum;
		__entry->type = type;
		__entry->err = err;
		__entry->proto = key->proto;
		__entry->zone = key->zone;
		__entry->sport = ntohs(key->sport);
		__entry->dport = ntohs(key->dport);
		nfha_addr_to_v6(__entry->src, key->family, &key->src);
		nfha_addr_to_v6(__entry->dst, key->family, &key->dst);
	),
	TP_printk("net=%u %s proto=%u zone=%u src=%pI6c dst=%pI6c sport=%u dport=%u err=%d",
		  __entry->net, nfha_trace_record(__entry->type), __entry->proto, __entry->zone,
		  __entry->src, __entry->dst, __entry->sport, __entry->dport, __entry->err)
);

/* A connection's record was put into a frame. */
DEFINE_EVENT(nfha_record_class, nfha_record_send,
	TP_PROTO(const struct net *net, unsigned int type, const struct nfha_key *key, int err),
	TP_ARGS(net, type, key, err)
);

/* A connection's record was acted upon; err: why it was not injected. */
DEFINE_EVENT(nfha_record_class, nfha_record_receive,
	TP_PROTO(const struct net *net, unsigned int type, const struct nfha_key *key, int err),
	TP_ARGS(net, type, key, err)
);

#endif /* _NFHA_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
