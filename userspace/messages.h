/* SPDX-License-Identifier: GPL-2.0-or-later */
/* messages.h - the catalogue of messages: messages.def */
#ifndef NFHA_MESSAGES_H
#define NFHA_MESSAGES_H

#include "log.h"

/* Constants and the text of each; the compiler checks the arguments against it. */
#define MESSAGE(id, number, level, text, meaning, action)			\
	enum { MSG_##id = (number), MSG_##id##_LEVEL = (level) };		\
	static const char MSG_##id##_TEXT[] __attribute__((unused)) = text;
#include "messages.def"
#undef MESSAGE

/* log_message(ACTIVE, ...): with what the text needs */
#define log_message(id, ...) \
	log_coded(MSG_##id##_LEVEL, MSG_##id, MSG_##id##_TEXT, ##__VA_ARGS__)

/* A line whose text is that of a message; of none: NOTE. */
void log_note(const char *text);

/**
 * struct message - one entry of the catalogue
 * Fields as in messages.def.
 */
struct message {
	unsigned int	number;
	int		level;
	const char	*text;
	const char	*meaning;
	const char	*action;
};

/* Return: the @i-th, or NULL. */
const struct message *message_at(size_t i);

#endif /* NFHA_MESSAGES_H */
