/* SPDX-License-Identifier: GPL-2.0-or-later */
/* history.h - show failover history: the last transitions, with their reasons */
#ifndef NFHA_HISTORY_H
#define NFHA_HISTORY_H

#include <stdbool.h>
#include <time.h>

#define HISTORY_MAX	60

/* struct history_entry - @at: wall clock; @from, @to, @reason: constant texts */
struct history_entry {
	time_t		at;
	const char	*from;
	const char	*to;
	const char	*reason;
};

/**
 * struct history - a ring
 * @entry: transitions
 * @next: where the next one goes
 * @n: how many there are
 */
struct history {
	struct history_entry	entry[HISTORY_MAX];
	unsigned int		next;
	unsigned int		n;
};

void history_add(struct history *h, const struct history_entry *entry);

/* Both return text to be freed. */
char *history_text(const struct history *h);
char *history_json(const struct history *h);

#endif /* NFHA_HISTORY_H */
