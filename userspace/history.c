// SPDX-License-Identifier: GPL-2.0-or-later
/* history.c - show failover history */
#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "history.h"

#define RULE	"=========================================================================="

void history_add(struct history *h, const struct history_entry *entry)
{
	h->entry[h->next] = *entry;
	h->next = (h->next + 1) % HISTORY_MAX;
	h->n += h->n < HISTORY_MAX;
}

/* The oldest one first. */
static const struct history_entry *entry_at(const struct history *h, unsigned int i)
{
	return &h->entry[(h->next + HISTORY_MAX - h->n + i) % HISTORY_MAX];
}

char *history_text(const struct history *h)
{
	char *text = NULL, when[32];
	struct tm tm;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		abort();
	fprintf(f, RULE "\n%-26s %-12s %-12s %s\n" RULE "\n", "Time (UTC)", "From State",
		"To State", "Reason");
	for (unsigned int i = 0; i < h->n; i++) {
		const struct history_entry *e = entry_at(h, i);

		gmtime_r(&e->at, &tm);
		strftime(when, sizeof(when), "%H:%M:%S %b %d %Y", &tm);
		fprintf(f, "%-26s %-12s %-12s %s\n", when, e->from, e->to, e->reason);
	}
	fprintf(f, RULE "\n");
	fclose(f);
	return text;
}

static void put_text(struct json_object *o, const char *name, const char *value)
{
	json_object_object_add(o, name, json_object_new_string(value));
}

char *history_json(const struct history *h)
{
	struct json_object *list = json_object_new_array(), *o;
	char *text = NULL;

	for (unsigned int i = 0; i < h->n; i++) {
		const struct history_entry *e = entry_at(h, i);

		o = json_object_new_object();
		json_object_object_add(o, "time", json_object_new_int64((int64_t)e->at));
		put_text(o, "from", e->from);
		put_text(o, "to", e->to);
		put_text(o, "reason", e->reason);
		json_object_array_add(list, o);
	}
	if (asprintf(&text, "%s\n", json_object_to_json_string_ext(list,
								  JSON_C_TO_STRING_PRETTY)) < 0)
		abort();
	json_object_put(list);
	return text;
}
