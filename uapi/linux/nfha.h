/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * nfha.h - generic netlink family "nfha", version 1
 *
 * One instance per network namespace. Every command needs CAP_NET_ADMIN in the
 * user namespace that owns the network namespace. Times are milliseconds or, on
 * CLOCK_BOOTTIME, nanoseconds; addresses are binary, in network byte order (4
 * bytes: IPv4, 16: IPv6). Errors carry an extended-ack text.
 *
 * NFHA_CMD_CONF_SET
 *	Configures the namespace and shuts the gate of its data interfaces. All
 *	or nothing. NFHA_A_UNIT, NFHA_A_HOLD_MS, NFHA_A_IFACES and, for stateful
 *	failover, NFHA_A_LINK. The identical configuration again is accepted and
 *	changes nothing (a restarted helper adopts what runs; MAC addresses that it
 *	leaves out make no difference). NFHA_A_HTTP_PORTS may change: the new list
 *	holds from now on. Anything else while configured is refused with EBUSY:
 *	clear first.
 * NFHA_CMD_CONF_CLEAR
 *	Leaves the namespace as it was found before NFHA_CMD_CONF_SET: hooks,
 *	addresses, MAC addresses, sysctls.
 * NFHA_CMD_ROLE_SET
 *	NFHA_A_ROLE and NFHA_A_TERM (never lower than the current one).
 *	Active: NFHA_A_DEADLINE, the first lease. Stages MAC and addresses behind
 *	the shut gate, opens it, announces. With NFHA_A_WAIT_RELEASE the gate
 *	stays shut (role "staged") until the peer's module sends RELEASED with
 *	this term, or until NFHA_CMD_ROLE_SET active comes without that flag. A
 *	RELEASED that came first counts. While active already: announces again,
 *	the gate stays open.
 *	Standby: shuts the gate and takes the standby side. With NFHA_A_RELEASE it
 *	flushes what the peer lacks first (at most NFHA_A_FLUSH_MS) and sends
 *	RELEASED after the gate is shut. Fenced: shuts the gate, nothing else.
 *	Returns when the addresses are in place. An address that the kernel
 *	refuses is counted and named in the extended ack, the role holds. ESTALE:
 *	lower term; ETIME: the lease lapsed before the addresses were in place;
 *	ENOTCONN: not configured.
 * NFHA_CMD_LEASE
 *	NFHA_A_TERM and NFHA_A_DEADLINE: renews the lease, active or staged. Takes
 *	no sleeping lock. An earlier deadline than the present one changes nothing.
 *	With NFHA_A_PAUSE: the helper restarts, and the peer agreed to wait for it; the
 *	deadline may be NFHA_PAUSE_MS_MAX ahead. The next renewal without it ends that:
 *	its deadline counts, though it is earlier.
 *	EINVAL: deadline in the past, or further ahead than the hold time; ESTALE:
 *	another term; ETIME: the lease has lapsed (only a new election revives
 *	it); EPERM: neither active nor staged.
 * NFHA_CMD_MAC_SET
 *	NFHA_A_IFACE with NFHA_IF_A_NAME, _MAC_ACTIVE, _MAC_STANDBY: the addresses
 *	of the pair's interface become known (13-6) or change. Takes effect at once.
 * NFHA_CMD_KEY_SET
 *	NFHA_A_KEY: installs a key of the state link. Frames sealed with it are
 *	accepted from now on; sent ones are sealed with it after NFHA_CMD_KEY_USE.
 *	At most NFHA_KEYS_MAX are held, the oldest one that is not in use goes.
 *	The module counts frames for all keys and never counts back, so that no
 *	nonce is used twice as long as it stays loaded; forget all secrets after
 *	NFHA_EVENT_CLEARED. EEXIST: its number or one of its secrets is held
 *	already (for either direction); EOPNOTSUPP: the kernel does not have the
 *	cipher; EINVAL: NFHA_A_CLEAR is configured; ENOTCONN: no state link is.
 * NFHA_CMD_KEY_USE
 *	NFHA_A_KEY with NFHA_KEY_A_ID: the peer has this key, seal with it from now
 *	on. The one used before is accepted on until a third one is used; what is
 *	older than both is forgotten. ENOKEY: not installed.
 * NFHA_CMD_KEY_CLEAR
 *	Forgets and wipes all keys: nothing is sent or accepted until there is one.
 *	So does NFHA_CMD_CONF_CLEAR. A helper that goes leaves them.
 * NFHA_CMD_RESYNC
 *	Everything is sent once more, in a new generation. On a standby unit: asks
 *	the peer's module for it. Returns at once. EALREADY: one is under way; ENOTCONN:
 *	no session with a peer that takes state; EPERM: neither active nor standby.
 * NFHA_CMD_STATE_GET
 *	Answers with all scalar attributes of the namespace's state and with
 *	NFHA_A_STATS, NFHA_A_KINDS.
 * NFHA_CMD_IFACE_GET (dump)
 *	One message per configured interface: NFHA_A_IFACE.
 * NFHA_CMD_EVENT (multicast group "events", from the kernel)
 *	NFHA_A_EVENT and what the event says it carries.
 */
#ifndef _UAPI_LINUX_NFHA_H
#define _UAPI_LINUX_NFHA_H

#include <linux/types.h>

/* The version of the module and of its userspace, MAJOR.MINOR.PATCH. */
#define NFHA_VERSION		"1.0.0"

#define NFHA_GENL_NAME		"nfha"
#define NFHA_GENL_VERSION	1
#define NFHA_GENL_EVENTS	"events"

#define NFHA_IFACES_MAX		250	/* 13-22: monitored interfaces; data interfaces here */
#define NFHA_LINKS_MAX		3	/* failover link, its backup, state link */
#define NFHA_ADDRS_MAX		64	/* addresses of one interface */
#define NFHA_HOLD_MS_MIN	15
#define NFHA_HOLD_MS_MAX	45000	/* 13-34 */
#define NFHA_FLUSH_MS_MAX	5000
#define NFHA_PAUSE_MS_MAX	2000	/* a helper that restarts is away for no longer */
#define NFHA_HTTP_PORTS_MAX	16

enum nfha_cmd {
	NFHA_CMD_UNSPEC,
	NFHA_CMD_CONF_SET,
	NFHA_CMD_CONF_CLEAR,
	NFHA_CMD_ROLE_SET,
	NFHA_CMD_LEASE,
	NFHA_CMD_MAC_SET,
	NFHA_CMD_STATE_GET,
	NFHA_CMD_IFACE_GET,
	NFHA_CMD_EVENT,
	NFHA_CMD_KEY_SET,
	NFHA_CMD_KEY_USE,
	NFHA_CMD_KEY_CLEAR,
	NFHA_CMD_RESYNC,
	__NFHA_CMD_MAX
};
#define NFHA_CMD_MAX (__NFHA_CMD_MAX - 1)

/**
 * enum nfha_role - what the module does with the data interfaces
 * @NFHA_ROLE_NONE: not configured: nothing
 * @NFHA_ROLE_NEGOTIATION: configured, role not yet set: gate shut, data
 *	interfaces as found
 * @NFHA_ROLE_STANDBY: gate shut, standby MAC and addresses
 * @NFHA_ROLE_STAGED: gate shut, active MAC and addresses, waits for RELEASED
 * @NFHA_ROLE_ACTIVE: gate open while the lease runs
 * @NFHA_ROLE_FENCED: was active or staged; gate shut for good until a new role
 */
enum nfha_role {
	NFHA_ROLE_NONE,
	NFHA_ROLE_NEGOTIATION,
	NFHA_ROLE_STANDBY,
	NFHA_ROLE_STAGED,
	NFHA_ROLE_ACTIVE,
	NFHA_ROLE_FENCED,
	__NFHA_ROLE_MAX
};
#define NFHA_ROLE_MAX (__NFHA_ROLE_MAX - 1)

/**
 * enum nfha_attr - top level attributes
 * @NFHA_A_UNIT: u8, NFHA_UNIT_* (nfha_wire.h)
 * @NFHA_A_HOLD_MS: u32, hold time of the unit, NFHA_HOLD_MS_MIN to _MAX
 * @NFHA_A_IFACES: nested list of NFHA_A_IFACE
 * @NFHA_A_IFACE: nested enum nfha_iface_attr
 * @NFHA_A_LINK: nested enum nfha_link_attr: the state link
 * @NFHA_A_ROLE: u8, enum nfha_role
 * @NFHA_A_TERM: u32
 * @NFHA_A_DEADLINE: u64, CLOCK_BOOTTIME in ns: end of the lease
 * @NFHA_A_WAIT_RELEASE: flag
 * @NFHA_A_RELEASE: flag
 * @NFHA_A_FLUSH_MS: u32, 0 to NFHA_FLUSH_MS_MAX
 * @NFHA_A_GATE_OPEN: u8, 1: the gate is open now
 * @NFHA_A_PEER_SEEN: u8, 1: there is a session with the peer's module
 * @NFHA_A_DIRTY: u32, objects whose newest state was not sent yet
 * @NFHA_A_IN_FLIGHT: u32, objects sent and not yet acknowledged
 * @NFHA_A_OBJECTS: u32, objects known (sent or received)
 * @NFHA_A_BULK: u8, enum nfha_bulk
 * @NFHA_A_LAG_US: u32, age of the oldest object not yet acknowledged, us
 * @NFHA_A_GENERATION: u32, bulk generation sent or received last
 * @NFHA_A_STATS: nested: u64 attributes numbered by enum nfha_stat + 1
 * @NFHA_A_KINDS: nested: u64[4] (xmit, xerr, rcv, rerr) attributes numbered by
 *	enum nfha_kind + 1
 * @NFHA_A_QUEUE: nested enum nfha_queue_attr
 * @NFHA_A_EVENT: u8, enum nfha_event
 * @NFHA_A_PAD: padding of 64-bit attributes
 * @NFHA_A_RELEASED_NS: u64, CLOCK_BOOTTIME: RELEASED was sent or received last
 * @NFHA_A_OPENED_NS: u64, CLOCK_BOOTTIME: the gate opened last
 * @NFHA_A_CLEAR: flag: frames are in clear text ("failover key none"); without
 *	it only sealed frames are sent and accepted
 * @NFHA_A_KEY: nested enum nfha_key_attr; in answers: number and cipher of the key
 *	in use, if one is, and number of the newest one; absent while none is held
 * @NFHA_A_BULK_PERCENT: u8, how much of the connection table the walk of the running
 *	generation visited (active)
 * @NFHA_A_BULK_OBJECTS: u32, objects that this walk queued
 * @NFHA_A_DIGEST: u8, enum nfha_digest_state
 * @NFHA_A_DIGEST_RANGES: u32, ranges that are compared
 * @NFHA_A_DIGEST_DIFFER: u32, ranges that differ
 * @NFHA_A_DIGEST_NS: u64, CLOCK_BOOTTIME: all ranges were equal last; 0: never
 * @NFHA_A_HTTP_PORTS: nested list of NFHA_A_HTTP_PORT, at most NFHA_HTTP_PORTS_MAX: an
 *	active unit does not replicate TCP connections to these (13-22); absent: it
 *	replicates all
 * @NFHA_A_HTTP_PORT: u16 (host order), 1 to 65535
 * @NFHA_A_PAUSE: flag
 */
enum nfha_attr {
	NFHA_A_UNSPEC,
	NFHA_A_UNIT,
	NFHA_A_HOLD_MS,
	NFHA_A_IFACES,
	NFHA_A_IFACE,
	NFHA_A_LINK,
	NFHA_A_ROLE,
	NFHA_A_TERM,
	NFHA_A_DEADLINE,
	NFHA_A_WAIT_RELEASE,
	NFHA_A_RELEASE,
	NFHA_A_FLUSH_MS,
	NFHA_A_GATE_OPEN,
	NFHA_A_PEER_SEEN,
	NFHA_A_DIRTY,
	NFHA_A_IN_FLIGHT,
	NFHA_A_OBJECTS,
	NFHA_A_BULK,
	NFHA_A_LAG_US,
	NFHA_A_GENERATION,
	NFHA_A_STATS,
	NFHA_A_KINDS,
	NFHA_A_QUEUE,
	NFHA_A_EVENT,
	NFHA_A_PAD,
	NFHA_A_RELEASED_NS,
	NFHA_A_OPENED_NS,
	NFHA_A_CLEAR,
	NFHA_A_KEY,
	NFHA_A_BULK_PERCENT,
	NFHA_A_BULK_OBJECTS,
	NFHA_A_DIGEST,
	NFHA_A_DIGEST_RANGES,
	NFHA_A_DIGEST_DIFFER,
	NFHA_A_DIGEST_NS,
	NFHA_A_HTTP_PORTS,
	NFHA_A_HTTP_PORT,
	NFHA_A_PAUSE,
	__NFHA_A_MAX
};
#define NFHA_A_MAX (__NFHA_A_MAX - 1)

/**
 * enum nfha_iface_type - what an interface is for
 * @NFHA_IFACE_DATA: gated; MAC and addresses follow the role
 * @NFHA_IFACE_LINK: failover or state link: fixed addresses, never gated
 */
enum nfha_iface_type {
	NFHA_IFACE_DATA,
	NFHA_IFACE_LINK,
};

/* enum nfha_iface_status - as the module sees it; in hellos too */
enum nfha_iface_status {
	NFHA_IFACE_MISSING,		/* no such device now */
	NFHA_IFACE_DOWN,		/* administratively down: Link Down */
	NFHA_IFACE_NO_CARRIER,		/* No Link */
	NFHA_IFACE_UP,
};

/**
 * enum nfha_iface_attr - one interface
 * @NFHA_IF_A_NAME: string, device name
 * @NFHA_IF_A_INDEX: u32, ifindex; 0: missing (in answers)
 * @NFHA_IF_A_TYPE: u8, enum nfha_iface_type
 * @NFHA_IF_A_STATUS: u8, enum nfha_iface_status (in answers)
 * @NFHA_IF_A_MAC_OWN: 6 bytes, the address the device had when it was configured
 * @NFHA_IF_A_MAC_ACTIVE: 6 bytes; absent: own
 * @NFHA_IF_A_MAC_STANDBY: 6 bytes; absent: own
 * @NFHA_IF_A_ADDRS: nested list of NFHA_IF_A_ADDR
 * @NFHA_IF_A_ADDR: nested enum nfha_addr_attr
 */
enum nfha_iface_attr {
	NFHA_IF_A_UNSPEC,
	NFHA_IF_A_NAME,
	NFHA_IF_A_INDEX,
	NFHA_IF_A_TYPE,
	NFHA_IF_A_STATUS,
	NFHA_IF_A_MAC_OWN,
	NFHA_IF_A_MAC_ACTIVE,
	NFHA_IF_A_MAC_STANDBY,
	NFHA_IF_A_ADDRS,
	NFHA_IF_A_ADDR,
	__NFHA_IF_A_MAX
};
#define NFHA_IF_A_MAX (__NFHA_IF_A_MAX - 1)

/**
 * enum nfha_addr_attr - one address pair of an interface
 * @NFHA_ADDR_A_ACTIVE: 4 or 16 bytes: used while active (data), or always (link)
 * @NFHA_ADDR_A_STANDBY: same length: used while standby; absent on links, and
 *	for addresses that only the active unit has
 * @NFHA_ADDR_A_PREFIX: u8, prefix length
 */
enum nfha_addr_attr {
	NFHA_ADDR_A_UNSPEC,
	NFHA_ADDR_A_ACTIVE,
	NFHA_ADDR_A_STANDBY,
	NFHA_ADDR_A_PREFIX,
	__NFHA_ADDR_A_MAX
};
#define NFHA_ADDR_A_MAX (__NFHA_ADDR_A_MAX - 1)

/**
 * enum nfha_link_attr - the state link
 * @NFHA_LINK_A_NAME: string, device name (one of NFHA_A_IFACES)
 * @NFHA_LINK_A_LOCAL: 4 or 16 bytes, this unit's address; on a data interface 6: a MAC
 *	address that is none of the interface's, and stays this unit's whatever its role
 * @NFHA_LINK_A_PEER: as many bytes, the peer's address
 * @NFHA_LINK_A_PORT: u16 (host order), UDP; default NFHA_STATE_PORT
 */
enum nfha_link_attr {
	NFHA_LINK_A_UNSPEC,
	NFHA_LINK_A_NAME,
	NFHA_LINK_A_LOCAL,
	NFHA_LINK_A_PEER,
	NFHA_LINK_A_PORT,
	__NFHA_LINK_A_MAX
};
#define NFHA_LINK_A_MAX (__NFHA_LINK_A_MAX - 1)

/* enum nfha_cipher - AEAD of the state link's frames */
enum nfha_cipher {
	NFHA_CIPHER_AES_256_GCM		= 1,
	NFHA_CIPHER_CHACHA20_POLY1305	= 2,
};
#define NFHA_KEYS_MAX		3	/* used before, in use, next */
#define NFHA_KEY_SECRET_LEN	44	/* key (32 bytes) and nonce base (12 bytes) */

/**
 * enum nfha_key_attr - a key of the state link: one secret for each direction
 * @NFHA_KEY_A_ID: u8, 1 to 255: the frame header's key id
 * @NFHA_KEY_A_CIPHER: u8, enum nfha_cipher
 * @NFHA_KEY_A_TX: NFHA_KEY_SECRET_LEN bytes, seals what this unit sends
 * @NFHA_KEY_A_RX: NFHA_KEY_SECRET_LEN bytes, opens what the peer sends
 * @NFHA_KEY_A_NEWEST: u8, in answers: number of the key installed last
 */
enum nfha_key_attr {
	NFHA_KEY_A_UNSPEC,
	NFHA_KEY_A_ID,
	NFHA_KEY_A_CIPHER,
	NFHA_KEY_A_TX,
	NFHA_KEY_A_RX,
	NFHA_KEY_A_NEWEST,
	__NFHA_KEY_A_MAX
};
#define NFHA_KEY_A_MAX (__NFHA_KEY_A_MAX - 1)

/* enum nfha_bulk - the walk that gives a peer everything */
enum nfha_bulk {
	NFHA_BULK_NONE,			/* none needed: no peer, or not active */
	NFHA_BULK_RUNNING,
	NFHA_BULK_DONE,			/* acknowledged to its end (active), received to its end (standby) */
};

/* enum nfha_digest_state - are the tables of both units equal */
enum nfha_digest_state {
	NFHA_DIGEST_NONE,		/* not compared: no peer, or a bulk walk is not done */
	NFHA_DIGEST_COMPARING,		/* not yet all of it in this generation */
	NFHA_DIGEST_EQUAL,
	NFHA_DIGEST_DIFFERENT,		/* and being repaired */
};

/* enum nfha_queue_attr - lines "Recv Q" and "Xmit Q" of show failover, u64 each */
enum nfha_queue_attr {
	NFHA_QUEUE_A_UNSPEC,
	NFHA_QUEUE_A_RX_CUR,
	NFHA_QUEUE_A_RX_MAX,
	NFHA_QUEUE_A_TX_CUR,
	NFHA_QUEUE_A_TX_MAX,
	NFHA_QUEUE_A_PAD,
	__NFHA_QUEUE_A_MAX
};
#define NFHA_QUEUE_A_MAX (__NFHA_QUEUE_A_MAX - 1)

/**
 * enum nfha_event - what happened
 * @NFHA_EVENT_CARRIER: NFHA_A_IFACE (name, index, status): status changed
 * @NFHA_EVENT_FENCED: NFHA_A_TERM: the lease lapsed, the gate is shut
 * @NFHA_EVENT_OPENED: NFHA_A_TERM: the gate is open (after RELEASED)
 * @NFHA_EVENT_PEER_SEEN: session with the peer's module begins
 * @NFHA_EVENT_PEER_LOST: nothing heard on the state link for its dead time
 * @NFHA_EVENT_BULK_DONE: NFHA_A_GENERATION
 * @NFHA_EVENT_CLEARED: the configuration is gone (unload, NFHA_CMD_CONF_CLEAR)
 * @NFHA_EVENT_KEY_SPENT: NFHA_A_KEY with NFHA_KEY_A_ID: half of the frames that the key in use may
 *	seal were sent; at the end of them nothing is sent any more, and this comes again
 * @NFHA_EVENT_ADDRESSES: NFHA_A_TERM: others had added or removed addresses of the
 *	data interfaces or links; those of the role are in place again
 */
enum nfha_event {
	NFHA_EVENT_CARRIER	= 1,
	NFHA_EVENT_FENCED	= 2,
	NFHA_EVENT_OPENED	= 3,
	NFHA_EVENT_PEER_SEEN	= 4,
	NFHA_EVENT_PEER_LOST	= 5,
	NFHA_EVENT_BULK_DONE	= 6,
	NFHA_EVENT_CLEARED	= 7,
	NFHA_EVENT_KEY_SPENT	= 8,
	NFHA_EVENT_ADDRESSES	= 9,
};

/*
 * Kinds of objects, in the order and with the names of the rows of show failover
 * (13-44). A row counts records; "sys cmd" counts frames without a number: probes,
 * acknowledgements, comparisons. xerr: the frame was not acknowledged in time or could
 * not be sent, or the record had no place in one; what is missing is sent again. rerr:
 * the record could not be understood or injected; it may be tried again.
 */
#define NFHA_KINDS(X)					\
	X(SYS,		"sys cmd")			\
	X(UPTIME,	"up time")			\
	X(RPC,		"RPC services")			\
	X(TCP,		"TCP conn")			\
	X(UDP,		"UDP conn")			\
	X(ARP,		"ARP tbl")			\
	X(XLATE,	"Xlate_Timeout")		\
	X(SIP,		"SIP Session")			\
	X(ICMP,		"ICMP conn")			\
	X(OTHER,	"Other conn")			\
	X(EXPECT,	"Expectations")			\
	X(ND,		"ND tbl")

#define NFHA_KIND_ENUM(id, name) NFHA_KIND_##id,
enum nfha_kind { NFHA_KINDS(NFHA_KIND_ENUM) NFHA_KIND_NUM };

/*
 * Counters: identifier and the one name they have everywhere. No limit is silent:
 * whatever is dropped, refused or not replicated is here.
 */
#define NFHA_STATS(X)							\
	X(TX_FRAMES,		"tx_frames")				\
	X(TX_BYTES,		"tx_bytes")				\
	X(TX_ERRORS,		"tx_errors")				\
	X(TX_NO_KEY,		"tx_no_key")				\
	X(TX_KEY_SPENT,		"tx_key_spent")	/* the key sealed all it may */ \
	X(TX_LOST,		"tx_frames_lost")	/* not acked in time */ \
	X(TX_REDIRTIED,		"tx_objects_resent")			\
	X(TX_SUPPRESSED,	"tx_objects_short_lived") /* died before sent */ \
	X(TX_NOMEM,		"tx_objects_no_memory")	/* found by the sweep later */ \
	X(TX_OVERFLOW,		"tx_queue_overflow")	/* led to a re-walk */ \
	X(TX_HTTP,		"tx_http_left_out")	/* begun, or met by a bulk walk */ \
	X(RX_FRAMES,		"rx_frames")				\
	X(RX_BYTES,		"rx_bytes")				\
	X(RX_MALFORMED,		"rx_malformed")				\
	X(RX_VERSION,		"rx_wire_version")			\
	X(RX_SOURCE,		"rx_wrong_source")			\
	X(RX_UNIT,		"rx_same_unit")				\
	X(RX_CLEAR,		"rx_clear_text")	/* and a key is configured */ \
	X(RX_SEALED,		"rx_sealed")	/* and clear text is configured */ \
	X(RX_UNKNOWN_KEY,	"rx_unknown_key")			\
	X(RX_CIPHER,		"rx_cipher_failed")	/* no memory, or no device */ \
	X(RX_AUTH,		"rx_authentication")	/* not what was sealed */ \
	X(RX_SESSION,		"rx_other_session")			\
	X(RX_REPLAY,		"rx_replay")				\
	X(RX_SETTLED,		"rx_settled")	/* at or below the watermark */ \
	X(RX_ROLE,		"rx_role")	/* state for a unit that is active */ \
	X(RX_TERM,		"rx_old_term")				\
	X(RX_OVERFLOW,		"rx_queue_overflow")			\
	X(RX_UNKNOWN,		"rx_unknown_record")			\
	X(RX_UNKNOWN_ATTR,	"rx_unknown_attribute")			\
	X(RX_STALE,		"rx_stale_record")	/* older version */ \
	X(INJECTED,		"ct_injected")				\
	X(UPDATED,		"ct_updated")				\
	X(DELETED,		"ct_deleted")				\
	X(REPLACED,		"ct_replaced")	/* same original, other reply tuple */ \
	X(INJECT_CLASH,		"ct_clash")	/* tuple taken by another entry */ \
	X(INJECT_FULL,		"ct_table_full")			\
	X(INJECT_NOMEM,		"ct_no_memory")				\
	X(INJECT_NAT,		"ct_nat_failed")			\
	X(INJECT_PROTO,		"ct_protocol_unsupported")		\
	X(INJECT_HELPER,	"ct_no_helper")	/* its module is not loaded here */ \
	X(INJECT_MASTER,	"ct_no_master")	/* the connection that expected it */ \
	X(INJECT_POLICY,	"ct_no_timeout_policy") /* too many, or other states here */ \
	X(INJECT_EXT,		"ct_no_extension") /* cannot be added to a living entry */ \
	X(REFUSED_SETTLED,	"ct_injected_later")	/* refused at first */ \
	X(REFUSED_DROPPED,	"ct_refused_dropped") /* no room to try again */ \
	X(EXPECT_UNNAMED,	"expect_no_name") /* its function cannot be named */ \
	X(EXPECT_CUT,		"expect_overflow") /* more than fit in a record */ \
	X(EXPECT_REFUSED,	"expect_refused")			\
	X(SWEEP_FOUND,		"sweep_found")	/* entries without a working event */ \
	X(SWEEP_REFRESHED,	"sweep_refreshed")			\
	X(SWEEP_NARROWED,	"tcp_windows_narrowed")	/* after a takeover */ \
	X(SWEEP_GONE,		"sweep_gone")				\
	X(DIGEST_ROUNDS,	"digest_rounds")			\
	X(DIGEST_MISMATCHES,	"digest_ranges_different")		\
	X(DIGEST_REPAIRED,	"digest_objects_sent")	/* the peer lacked them or had other state */ \
	X(DIGEST_EXTRA,		"digest_objects_extra")	/* the peer had them, this unit not */ \
	X(DIGEST_ASKED,		"digest_objects_asked")			\
	X(DIGEST_SKIPPED,	"digest_skipped")	/* no room: left to the next round */ \
	X(NEIGH_FULL,		"neigh_overflow")	/* more than neigh_limit */ \
	X(NEIGH_REFUSED,	"neigh_refused")	/* the pair's own, or of no interface here */ \
	X(NEIGH_INSTALLED,	"neigh_installed")	/* at a takeover */	\
	X(NEIGH_ERRORS,		"neigh_not_installed")	/* link down, or the kernel's table full */ \
	X(HOOK_REWRAPPED,	"event_hook_rewrapped")			\
	X(GATE_EGRESS,		"gate_egress_dropped")			\
	X(GATE_INGRESS,		"gate_ingress_dropped")			\
	X(GATE_FORWARD,		"gate_forward_dropped")			\
	X(HANDOVER_RELAYED,	"handover_relayed")	/* arrived here, sent to the new active unit */ \
	X(HANDOVER_DROPPED,	"handover_dropped")	/* and not sent: too many, or it was not heard */ \
	X(LEASE_REFUSED,	"lease_refused")			\
	X(LEASE_LAPSED,		"lease_lapsed")				\
	X(ADDR_ERRORS,		"address_errors")			\
	X(ADDR_REPAIRS,		"address_repairs")	/* others had changed them */ \
	X(MAC_ERRORS,		"mac_errors")				\
	X(MAC_LIVE,		"mac_filter_swaps")	/* driver refused the change while up */ \
	X(ROUTES_RESTORED,	"routes_restored")			\
	X(ANNOUNCED,		"announcements")			\
	X(EVENTS_LOST,		"netlink_events_lost")

#define NFHA_STAT_ENUM(id, name) NFHA_STAT_##id,
enum nfha_stat { NFHA_STATS(NFHA_STAT_ENUM) NFHA_STAT_NUM };

#endif /* _UAPI_LINUX_NFHA_H */
