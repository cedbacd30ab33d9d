// SPDX-License-Identifier: GPL-2.0-or-later
/* unit_messages.c - the catalogue of messages, its page, and what is logged */
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "golden.h"
#include "messages.h"

/* "|" and "_" mean something in a table. */
static void put(FILE *f, const char *text)
{
	for (; *text; text++)
		fprintf(f, *text == '|' ? "\\|" : "%c", *text);
}

static void page(void)
{
	static const char *const level[] = {
		[LOG_CRIT] = "critical (2)", [LOG_ERR] = "error (3)", [LOG_WARNING] = "warning (4)",
		[LOG_NOTICE] = "notice (5)", [LOG_INFO] = "informational (6)",
	};
	const struct message *m;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	fprintf(f, "# Messages of nfhad\n\n"
		"Each line is `NFHA-LEVEL-NUMBER: text`, on standard error, in syslog, or in the journal, "
		"where the\nfield `NFHA_CODE` has the number: `journalctl NFHA_CODE=104001`. "
		"`%%s`, `%%u` and `%%.1f` stand for what varies.\nFailover messages are critical (13-46). A "
		"number keeps its meaning for ever.\n\n"
		"| number | level | text | meaning | what to do |\n| --- | --- | --- | --- | --- |\n");
	for (size_t i = 0; (m = message_at(i)); i++) {
		fprintf(f, "| %u | %s | ", m->number, level[m->level]);
		put(f, m->text);
		fprintf(f, " | ");
		put(f, m->meaning);
		fprintf(f, " | ");
		put(f, m->action);
		fprintf(f, " |\n");
	}
	fclose(f);
	golden("../../Documentation/messages.md", text);
	free(text);
}

static void numbers(void)
{
	const struct message *m, *other;

	for (size_t i = 0; (m = message_at(i)); i++) {
		CHECK(m->number >= 100000 && m->number <= 999999, "%u", m->number);
		CHECK(m->level >= LOG_CRIT && m->level <= LOG_INFO, "%u", m->number);
		CHECK(m->text[0] && m->meaning[0] && m->action[0], "%u", m->number);
		for (size_t k = 0; k < i; k++) {
			other = message_at(k);
			CHECK(other->number < m->number, "%u", m->number);
			CHECK(strcmp(other->text, m->text), "%u and %u", other->number, m->number);
		}
	}
}

static bool in_catalogue(const char *text)
{
	const struct message *m;

	for (size_t i = 0; (m = message_at(i)); i++)
		if (!strcmp(m->text, text))
			return true;
	return false;
}

/* The literals between @at and the end of the statement; adjacent ones are one. */
static unsigned int check_notes(const char *at)
{
	const char *end = strchr(at, ';');
	unsigned int n = 0;
	char text[512];
	size_t len = 0;

	while (end && (at = strchr(at, '"')) && at < end) {
		for (at++; *at != '"' && len < sizeof(text) - 1; at++)
			text[len++] = *at;
		text[len] = '\0';
		at++;
		if (at[strspn(at, " \t\n")] == '"')
			continue;
		CHECK(in_catalogue(text), "not in messages.def: %s", text);
		len = 0;
		n++;
	}
	return n;
}

/* What the election notes, in the sources that lie here. */
static void notes(void)
{
	static const char call[] = "note(out,";
	static char source[1 << 20];
	unsigned int n = 0;
	glob_t files;

	CHECK(!glob("*.c", 0, NULL, &files));
	for (size_t i = 0; i < files.gl_pathc; i++) {
		FILE *f = fopen(files.gl_pathv[i], "r");
		size_t len = f ? fread(source, 1, sizeof(source) - 1, f) : 0;

		source[len] = '\0';
		if (f)
			fclose(f);
		for (const char *at = source; (at = strstr(at, call));)
			n += check_notes(at += strlen(call));
	}
	globfree(&files);
	CHECK(n >= 10, "%u notes found", n);
}

/* Standard error, read again. */
static const char *logged(int level, int relay[2])
{
	static char text[1024];
	char datagram[LOG_DATAGRAM_MAX];
	int pipes[2], saved = dup(STDERR_FILENO);
	ssize_t n;

	if (pipe(pipes) || dup2(pipes[1], STDERR_FILENO) < 0)
		exit(1);
	if (level)
		log_line(level, "plain %d", 7);
	else
		log_message(ACTIVE, "Standby", "failover active");
	if (relay) {
		n = recv(relay[0], datagram, sizeof(datagram), MSG_DONTWAIT);
		CHECK(n > 0);
		log_relayed(datagram, (size_t)n);
	}
	n = read(pipes[0], text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(pipes[0]);
	close(pipes[1]);
	return strlen(text) > 13 ? text + 13 : "";	/* without the time */
}

static void lines(void)
{
	static const char coded[] = "FAILOVER: NFHA-2-104001: Standby -> Active: failover active\n";
	int relay[2];

	log_open("test", false);
	CHECK(!strcmp(logged(0, NULL), coded));
	CHECK(!strcmp(logged(LOG_WARNING, NULL), "warning: plain 7\n"));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, relay))
		exit(1);
	log_relay(relay[1]);
	CHECK(!strcmp(logged(0, relay), coded), "from a thread that must not wait");
	log_relay(-1);
}

static void damaged(void)
{
	char datagram[LOG_DATAGRAM_MAX + 1] = { 0 };

	/* None of it is printed, none of it is read beyond its end. */
	for (size_t len = 0; len <= 8; len++)
		log_relayed(datagram, len);
	log_relayed(datagram, sizeof(datagram));
}

int main(void)
{
	ktap_begin();
	TEST(numbers(), "each number once, in order, with meaning and remedy");
	TEST(page(), "Documentation/messages.md is the catalogue");
	TEST(notes(), "what the election notes is in the catalogue");
	TEST(lines(), "a line has its number");
	TEST(damaged(), "relayed lines that are none");
	return ktap_end();
}
