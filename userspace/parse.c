// SPDX-License-Identifier: GPL-2.0-or-later
/* parse.c - a file of commands: lines, words, a table of rules, messages */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "near.h"
#include "parse.h"

#define CANDIDATES_MAX	32

struct conf_pos parse_pos(const struct parser *p, const struct word *w)
{
	struct conf_pos pos = { .line = p->line, .col = w ? w->col : p->end_col };

	if (w)
		snprintf(pos.found, sizeof(pos.found), "%s", p->secret ? "***" : w->text);
	return pos;
}

static void message(struct parser *p, const struct conf_pos *pos, const char *kind,
		    const char *format, va_list args)
{
	fprintf(p->errors, "%s:%u:%u: %s", p->file, pos->line, pos->col, kind);
	if (pos->found[0])
		fprintf(p->errors, "found \"%s\": ", pos->found);
	else
		fprintf(p->errors, "found end of line: ");
	vfprintf(p->errors, format, args);
}

static bool vfail(struct parser *p, const struct conf_pos *pos, const char *allowed,
		  const char *page, const char *format, va_list args)
{
	if (p->failed++ < PARSE_ERRORS_MAX) {
		message(p, pos, "", format, args);
		fprintf(p->errors, "; allowed: %s (%s)\n", allowed, page);
	}
	return false;
}

bool parse_fail(struct parser *p, const struct word *w, const char *allowed, const char *page,
		const char *format, ...)
{
	struct conf_pos pos = parse_pos(p, w);
	va_list args;

	va_start(args, format);
	vfail(p, &pos, allowed, page, format, args);
	va_end(args);
	return false;
}

bool parse_fail_at(struct parser *p, const struct conf_pos *pos, const char *allowed,
		   const char *page, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfail(p, pos, allowed, page, format, args);
	va_end(args);
	return false;
}

void parse_warn_at(struct parser *p, const struct conf_pos *pos, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	message(p, pos, "warning: ", format, args);
	va_end(args);
	fputc('\n', p->errors);
}

bool parse_number(struct parser *p, const struct word *w, unsigned long min, unsigned long max,
		  const char *allowed, const char *page, unsigned long *value)
{
	const char *t = w->text;

	if (*t == '-' || *t == '+')
		return parse_fail(p, w, allowed, page, "a number has no sign here");
	if (!*t || t[strspn(t, "0123456789")])
		return parse_fail(p, w, allowed, page, "not a number");
	errno = 0;
	*value = strtoul(t, NULL, 10);
	if (errno || *value < min || *value > max)
		return parse_fail(p, w, allowed, page, "out of range");
	return true;
}

/* -- rules */

static size_t rule_length(const struct rule *r)
{
	size_t n = 1;

	for (const char *c = r->words; *c; c++)
		n += *c == ' ';
	return n;
}

/* The @i-th fixed word of a rule; empty: it has fewer. */
static void rule_word(const struct rule *r, size_t i, char *word, size_t size)
{
	const char *w = r->words;

	while (i-- && w) {
		w = strchr(w, ' ');
		w = w ? w + 1 : NULL;
	}
	snprintf(word, size, "%.*s", w ? (int)strcspn(w, " ") : 0, w ? w : "");
}

/* How many of a rule's first words the line has. */
static size_t matched(const struct parser *p, const struct rule *r)
{
	size_t n = rule_length(r);
	char word[32];

	for (size_t i = 0; i < n; i++) {
		rule_word(r, i, word, sizeof(word));
		if (i >= p->words || strcmp(p->word[i].text, word))
			return i;
	}
	return n;
}

/* The word at @at is none that any rule has there: name those that are. */
static void unknown_word(struct parser *p, const struct rule *rules, size_t n, size_t at)
{
	const struct word *w = at < p->words ? &p->word[at] : NULL;
	char names[CANDIDATES_MAX][32], list[512] = "";
	const char *candidates[CANDIDATES_MAX], *near;
	size_t known = 0;

	for (size_t i = 0; i < n && known < CANDIDATES_MAX; i++) {
		bool seen = false;

		rule_word(&rules[i], at, names[known], sizeof(names[0]));
		for (size_t j = 0; j < known; j++)
			seen |= !strcmp(names[j], names[known]);
		if (matched(p, &rules[i]) < at || !names[known][0] || seen)
			continue;
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s",
			 known ? ", " : "", names[known]);
		candidates[known] = names[known];
		known++;
	}
	near = w ? nearest(w->text, candidates, known) : NULL;
	if (near)
		parse_fail(p, w, list, "13-19", "unknown word; did you mean \"%s\"?", near);
	else
		parse_fail(p, w, list, "13-19", w ? "unknown word" : "a word is missing");
}

static const struct rule *find_rule(struct parser *p, const struct rule *rules, size_t n)
{
	const struct rule *best = NULL;
	size_t reach = 0, most = 0;

	for (size_t i = 0; i < n; i++) {
		size_t m = matched(p, &rules[i]);

		reach = m > reach ? m : reach;
		if (m == rule_length(&rules[i]) && m > most) {
			most = m;
			best = &rules[i];
		}
	}
	/* "failover lam ...": the rule "failover" takes no words, so a verb was meant. */
	if (!best || reach > most || (!best->max && p->words > most && most == 1)) {
		if (!p->late)
			unknown_word(p, rules, n, reach);
		return NULL;
	}
	return best->late == p->late || best->each_time ? best : NULL;
}

static void join(char *text, size_t size, const struct word *w, unsigned int n)
{
	text[0] = '\0';
	for (unsigned int i = 0; i < n; i++)
		snprintf(text + strlen(text), size - strlen(text), " %s", w[i].text);
}

/* False: the same thing was set before, differently or alike; nothing to do. */
static bool first_time(struct parser *p, const struct rule *r, const struct word *arg,
		       unsigned int n)
{
	char key[PARSE_LINE_MAX + 64], value[PARSE_LINE_MAX + 64], args[PARSE_LINE_MAX + 1];
	unsigned int key_args = r->key_args < n ? r->key_args : n;
	struct setting *s;
	bool first = false;

	join(args, sizeof(args), arg, key_args);
	snprintf(key, sizeof(key), "%s%s", r->key ? r->key : r->words, args);
	if (r->iface)
		snprintf(key + strlen(key), sizeof(key) - strlen(key), " of %d", p->iface);
	join(args, sizeof(args), arg, n);
	snprintf(value, sizeof(value), "%s%s", r->words, args);
	for (s = p->settings; s; s = s->next) {
		if (strcmp(s->key, key))
			continue;
		if (strcmp(s->value, value))
			parse_fail(p, n ? &arg[0] : &p->word[0], "one of the two", r->page,
				   "line %u says otherwise", s->line);
		goto out;
	}
	s = calloc(1, sizeof(*s));
	if (!s || !(s->key = strdup(key)) || !(s->value = strdup(value)))
		abort();
	s->line = p->line;
	s->next = p->settings;
	p->settings = s;
	first = true;
out:
	/* One of them may be a key. */
	explicit_bzero(args, sizeof(args));
	explicit_bzero(value, sizeof(value));
	return first;
}

static void run_line(struct parser *p, const struct rule *rules, size_t n)
{
	const struct rule *r = find_rule(p, rules, n);
	const struct word *arg;
	unsigned int args;

	if (!r)
		return;
	arg = p->word + rule_length(r);
	args = p->words - (unsigned int)rule_length(r);
	p->secret = r->secret;
	if (r->iface && p->iface < 0) {
		parse_fail(p, &p->word[0], "below \"interface DEV\"", r->page,
			   "a sub-command of interface");
		return;
	}
	if (!r->iface)
		p->iface = -1;
	if (args < r->min)
		parse_fail(p, NULL, r->allowed, r->page, "a word is missing");
	else if (args > r->max)
		parse_fail(p, &arg[r->max], r->allowed, r->page, "a word too many");
	else if (r->each_time || first_time(p, r, arg, args))
		r->handle(p, arg, args);
}

/* -- lines */

static bool bad_line(struct parser *p, const struct word *at, const char *allowed,
		     const char *reason)
{
	/* Told once, in the first pass. */
	if (!p->late)
		parse_fail(p, at, allowed, "nfha", "%s", reason);
	return false;
}

/* Cuts the line into words. False: it is none. */
static bool cut(struct parser *p, const char *line, size_t len)
{
	struct word at = { .text = "", .col = 1 };

	p->words = 0;
	p->secret = false;
	p->end_col = (unsigned int)len + 1;
	if (len > PARSE_LINE_MAX) {
		at.text = "...";
		at.col = PARSE_LINE_MAX + 1;
		return bad_line(p, &at, "1024 characters a line", "the line is too long");
	}
	memcpy(p->buf, line, len);
	p->buf[len] = '\0';
	at.text = p->buf + strspn(p->buf, " \t");
	if (*at.text == '!' || *at.text == '#')
		return true;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)p->buf[i];

		if (c != '\t' && (c < ' ' || c > '~')) {
			char hex[8];

			snprintf(hex, sizeof(hex), "\\x%02x", c);
			at = (struct word){ hex, (unsigned int)i + 1 };
			return bad_line(p, &at, "visible ASCII characters, blanks, tabs",
					"this byte has no place in a configuration");
		}
	}
	for (char *c = p->buf; *(c += strspn(c, " \t"));) {
		if (p->words == PARSE_WORDS_MAX) {
			at = (struct word){ c, (unsigned int)(c - p->buf) + 1 };
			return bad_line(p, &at, "32 words a line", "too many words");
		}
		p->word[p->words++] = (struct word){ c, (unsigned int)(c - p->buf) + 1 };
		c += strcspn(c, " \t");
		if (*c)
			*c++ = '\0';
	}
	return true;
}

static void run_lines(struct parser *p, const struct rule *rules, size_t n, const char *text,
		      size_t len)
{
	const char *end = text + len;

	p->line = 0;
	p->iface = -1;
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t line = (size_t)((newline ? newline : end) - text);

		p->line++;
		/* A file that was edited elsewhere may end its lines with CR LF. */
		if (line && text[line - 1] == '\r')
			line--;
		if (cut(p, text, line) && p->words)
			run_line(p, rules, n);
		text = newline ? newline + 1 : end;
	}
}

void parse_text(struct parser *p, const struct rule *rules, size_t n, const char *text, size_t len)
{
	p->late = false;
	run_lines(p, rules, n, text, len);
	p->late = true;
	run_lines(p, rules, n, text, len);
}

void parse_done(struct parser *p)
{
	struct setting *next;

	for (struct setting *s = p->settings; s; s = next) {
		next = s->next;
		/* One of them may be a key. */
		explicit_bzero(s->value, strlen(s->value));
		free(s->key);
		free(s->value);
		free(s);
	}
	p->settings = NULL;
	explicit_bzero(p->buf, sizeof(p->buf));
}
