/* SPDX-License-Identifier: GPL-2.0-or-later */
/* show.h - show failover (13-35 to 13-43): text and JSON of one structure */
#ifndef NFHA_SHOW_H
#define NFHA_SHOW_H

#include <time.h>

#include "control.h"
#include "engine.h"

/**
 * struct show - everything that is shown
 * @c: configuration
 * @on: failover runs; otherwise only @c is meant
 * @now_ns: CLOCK_BOOTTIME
 * @now: the same moment by CLOCK_REALTIME
 * @last_failover: 0: none
 * @version: hw/sw text of this unit
 * @engine: election and peer
 * @module: state and counters
 * @iface: by index in @c: as the module sees it
 * @lan_status: enum nfha_iface_status of the failover link
 * @backup_status: of its backup
 * @state_status: of the state link
 * @compat: what differs between the units
 * @control: control connection, where there is one
 */
struct show {
	const struct conf	*c;
	bool			on;
	uint64_t		now_ns;
	time_t			now;
	time_t			last_failover;
	const char		*version;
	struct engine_status	engine;
	struct module_state	module;
	struct module_iface	iface[NFHA_IFACES_MAX];
	uint8_t			lan_status;
	uint8_t			backup_status;
	uint8_t			state_status;
	struct compat_result	compat;
	struct control_status	control;
};

/* All return text to be freed. */
char *show_text(const struct show *s);
char *show_json(const struct show *s);
char *show_state_text(const struct show *s);
char *show_state_json(const struct show *s);
char *show_monitor_text(const struct show *s);
char *show_monitor_json(const struct show *s);

/* "Standby Ready" is decided here, for all shows. */
const char *show_own_state(const struct show *s);
const char *show_peer_state(const struct show *s);

/* The replication is complete and both modules are in touch. */
bool show_in_sync(const struct show *s);

/* What becomes of another failover key, in a word or two. */
const char *show_rekey(const struct show *s);

/* What follows "Encryption: "; @text is filled. */
#define SHOW_ENCRYPTION_MAX	128
const char *show_encryption(const struct show *s, char text[SHOW_ENCRYPTION_MAX]);

/* The other unit has another key than this one, or none, or this one has none. */
bool show_other_key(const struct show *s);

/* What follows "Interface NAME (ADDRESS): ". */
const char *show_iface_state(const struct show *s, unsigned int i, bool peer);

/* Why a unit is failed, or "None". */
const char *show_failure(const struct show *s, bool peer);

#endif /* NFHA_SHOW_H */
