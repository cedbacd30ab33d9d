/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine.h - the hello thread: drives the election
 *
 * Two threads. The hello thread sends and reads hellos, renews the lease, and
 * steps the election; nothing in it waits for anything longer than a renewal. The
 * role thread gives roles to the module, which may take long (addresses; a flush).
 * The main thread talks to them by messages and reads a snapshot.
 */
#ifndef NFHA_ENGINE_H
#define NFHA_ENGINE_H

#include "fsm.h"
#include "genl.h"
#include "rekey.h"

struct engine;

/**
 * struct engine_peer_iface - a data interface of the other unit
 * @known: its hellos told
 * @mac: own address
 * @status: enum nfha_iface_status
 * @kind: enum nfha_hello_kind
 */
struct engine_peer_iface {
	bool	known;
	uint8_t	mac[MAC_LEN];
	uint8_t	status;
	uint8_t	kind;
};

/**
 * struct engine_status - what the main thread may know
 * @fsm: the election
 * @peer_version: hw/sw text of the other unit; empty: unknown
 * @peer_iface: by index in struct conf
 * @errors: bytes that were no hello, by enum hello_error
 * @unsent: hellos that no socket took
 * @names_unknown: interfaces of the peer that this unit does not have
 * @stranger: one of them; empty: none
 * @peer_compat: what the other unit says of itself
 * @other_key_ns: last hello not sealed with our key, or sealed and we have none; 0: never
 * @rekey: another key is on its way
 * @rekeys: how often one became the key
 */
struct engine_status {
	struct fsm	fsm;
	char		peer_version[HELLO_VERSION_MAX];
	struct engine_peer_iface peer_iface[NFHA_IFACES_MAX];
	uint64_t	errors[HELLO_ERRORS];
	uint64_t	unsent;
	uint64_t	names_unknown;
	char		stranger[NFHA_NAMEIF_MAX];
	struct compat	peer_compat;
	uint64_t	other_key_ns;
	enum rekey_view	rekey;
	unsigned int	rekeys;
};

/**
 * enum engine_news_type - what the engine tells the main thread
 * @ENGINE_REPLY: @reply, @text: a command was answered
 * @ENGINE_CHANGED: @from, @to, @text: another state; @failover
 * @ENGINE_LEARNED: an interface of the peer has an address that was not known
 * @ENGINE_PROBE: @index (of data interfaces), @test, @active: to be sent
 * @ENGINE_REKEY: @rekey: what became of another key
 * @ENGINE_EXIT: the orderly stop is complete
 */
enum engine_news_type {
	ENGINE_REPLY,
	ENGINE_CHANGED,
	ENGINE_LEARNED,
	ENGINE_PROBE,
	ENGINE_REKEY,
	ENGINE_EXIT,
};

struct engine_news {
	enum engine_news_type	type;
	enum fsm_reply		reply;
	const char		*text;	/* constant */
	enum fsm_state		from, to;
	bool			failover;
	unsigned int		index;
	enum iftest_test	test;
	bool			active;
	enum rekey_event	rekey;
};

/**
 * struct engine_order - what the main thread tells the engine
 * @type: FSM_EV_COMMAND, _FENCED, _OPENED, _SYNC, or ENGINE_ORDER_STATUS: @index, @status
 */
#define ENGINE_ORDER_STATUS	100

struct engine_order {
	int			type;
	enum fsm_command	command;
	uint32_t		term;
	bool			ready;
	bool			state_link;
	unsigned int		index;
	uint8_t			status;
};

/**
 * struct engine_start - what an engine begins with
 * @c: lives as long as the engine
 * @role: what the module has
 * @term: with it
 * @iface: by index in struct conf: own address and status
 * @kind: by index in struct conf: enum nfha_hello_kind
 * @version: hw/sw text of this unit
 * @compat: what it says of itself
 * @key: of the pair; NULL: clear text
 */
struct engine_start {
	const struct conf	*c;
	uint8_t			role;
	uint32_t		term;
	const struct module_iface *iface;
	const uint8_t		*kind;
	const char		*version;
	const struct compat	*compat;
	const struct key	*key;
};

/**
 * engine_open() - sockets, threads
 *
 * Return: NULL with @why filled.
 */
struct engine *engine_open(const struct engine_start *start, char why[GENL_WHY_MAX]);

/* Ends the threads. The module is left as it is. */
void engine_close(struct engine *e);

/* Readable when news wait; engine_log_fd(): when log lines do. */
int engine_news_fd(const struct engine *e);
int engine_log_fd(const struct engine *e);

bool engine_news(struct engine *e, struct engine_news *news);
void engine_order(struct engine *e, const struct engine_order *order);
void engine_status(struct engine *e, struct engine_status *status);

/**
 * engine_rekey() - another key for hellos, beside the one in use
 * @e: not in clear text
 * @key: copied
 * @rekeys: changes that the caller knows to be done; others are told first
 */
enum rekey_answer engine_rekey(struct engine *e, const struct key *key, unsigned int rekeys);

#endif /* NFHA_ENGINE_H */
