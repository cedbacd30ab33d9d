/* SPDX-License-Identifier: GPL-2.0-or-later */
/* parse.h - a file of commands: lines, words, a table of rules, messages */
#ifndef NFHA_PARSE_H
#define NFHA_PARSE_H

#include "conf.h"

#define PARSE_LINE_MAX	1024
#define PARSE_WORDS_MAX	32
#define PARSE_ERRORS_MAX 100

/* struct word - one word of the line; @col from 1 */
struct word {
	const char	*text;
	unsigned int	col;
};

struct parser;

/**
 * struct rule - one command
 * @words: its fixed words
 * @min: arguments after them, at least
 * @max: at most
 * @allowed: the whole command, for messages
 * @page: where the specification has it
 * @handle: takes the arguments; false: it has told why not
 * @iface: a sub-command of interface
 * @late: names what another line defines, which may come later
 * @each_time: not a setting: @handle sees every occurrence
 * @secret: arguments are never shown
 * @key: commands with the same key set the same thing; NULL: @words
 * @key_args: so many of the first arguments are part of the key
 */
struct rule {
	const char	*words;
	unsigned int	min, max;
	const char	*allowed;
	const char	*page;
	bool		(*handle)(struct parser *p, const struct word *arg, unsigned int n);
	bool		iface;
	bool		late;
	bool		each_time;
	bool		secret;
	const char	*key;
	unsigned int	key_args;
};

/* struct setting - what was set where, to find conflicts */
struct setting {
	char		*key;
	char		*value;
	unsigned int	line;
	struct setting	*next;
};

/**
 * struct parser - one run over a file
 * @file: its name
 * @errors: messages go there
 * @failed: how many so far
 * @line: number of the present one, from 1
 * @end_col: column behind its last word
 * @secret: its words are never shown
 * @late: second pass: the rules that are @late
 * @buf: its text, cut into words
 * @word: its words
 * @words: how many
 * @settings: of all lines
 * @iface: index of the interface whose sub-commands come; -1: none
 * @readable_by_others: mode of the file
 * @sys: the machine
 * @c: what is filled
 */
struct parser {
	const char	*file;
	FILE		*errors;
	unsigned int	failed;
	unsigned int	line;
	unsigned int	end_col;
	bool		secret;
	bool		late;
	char		buf[PARSE_LINE_MAX + 1];
	struct word	word[PARSE_WORDS_MAX];
	unsigned int	words;
	struct setting	*settings;
	int		iface;
	bool		readable_by_others;
	const struct conf_system *sys;
	struct conf	*c;
};

/* Runs the rules over the text. */
void parse_text(struct parser *p, const struct rule *rules, size_t n, const char *text, size_t len);
void parse_done(struct parser *p);

/* Position of a word; of the line's end with @w NULL. */
struct conf_pos parse_pos(const struct parser *p, const struct word *w);

/* Both return false. FILE:LINE:COL: found "X": REASON; allowed: Y (page) */
bool parse_fail(struct parser *p, const struct word *w, const char *allowed, const char *page,
		const char *format, ...) __attribute__((format(printf, 5, 6)));
bool parse_fail_at(struct parser *p, const struct conf_pos *pos, const char *allowed,
		   const char *page, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
void parse_warn_at(struct parser *p, const struct conf_pos *pos, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A number without sign, within bounds. */
bool parse_number(struct parser *p, const struct word *w, unsigned long min, unsigned long max,
		  const char *allowed, const char *page, unsigned long *value);

#endif /* NFHA_PARSE_H */
