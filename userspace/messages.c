// SPDX-License-Identifier: GPL-2.0-or-later
/* messages.c - the catalogue of messages: messages.def */
#include "messages.h"
#include "util.h"

#define MESSAGE(id, number, level, text, meaning, action) \
	{ number, level, text, meaning, action },
static const struct message messages[] = {
#include "messages.def"
};
#undef MESSAGE

const struct message *message_at(size_t i)
{
	return i < ARRAY_SIZE(messages) ? &messages[i] : NULL;
}

void log_note(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(messages); i++) {
		if (strcmp(messages[i].text, text))
			continue;
		log_coded(messages[i].level, messages[i].number, "%s", text);
		return;
	}
	log_message(NOTE, text);
}
