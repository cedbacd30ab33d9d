// SPDX-License-Identifier: GPL-2.0-or-later
/* nfha.c - the command: shows and steers the pair through nfhad */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "log.h"
#include "near.h"
#include "util.h"

#define EXIT_USAGE	2

static const char usage[] =
	"usage: nfha [-s SOCKET] COMMAND\n"
	"  show failover [-j]   state of the pair, -j: as JSON\n"
	"  show failover state [-j]\n"
	"                       of both units, and the reason of a failure\n"
	"  show failover history [-j]\n"
	"                       the last 60 transitions\n"
	"  show monitor-interface [-j]\n"
	"                       health of the interfaces\n"
	"  show running-config [all] failover [-j]\n"
	"                       what nfhad runs with, all: with what is default\n"
	"  [no] debug fover CLASS\n"
	"                       log more: hello, fsm, interface, module, command, all\n"
	"  failover active      this unit takes over\n"
	"  no failover active   this unit hands over\n"
	"  failover reset       this unit is no longer failed, and judged anew\n"
	"  failover resync      the standby is given everything once more\n"
	"see nfha(8)\n";

#define DEBUG_WORDS(id, name) CTL_DEBUG name, CTL_NO_DEBUG name,

/* Each command's words; a prefix of words tells which ones may follow. */
static const char *const commands[] = {
	CTL_SHOW, CTL_SHOW_JSON, CTL_STATE, CTL_STATE_JSON, CTL_HISTORY, CTL_HISTORY_JSON,
	CTL_MONITOR, CTL_MONITOR_JSON, CTL_RUNNING, CTL_RUNNING_JSON, CTL_RUNNING_ALL,
	CTL_RUNNING_ALL_JSON, DEBUG_CLASSES(DEBUG_WORDS) CTL_DEBUG "all", CTL_NO_DEBUG "all",
	CTL_ACTIVE, CTL_NO_ACTIVE, CTL_RESET, CTL_RESYNC,
};

/* The @at-th word of a command; empty: it has fewer. */
static void command_word(const char *command, int at, char *word, size_t size)
{
	while (at-- && command) {
		command = strchr(command, ' ');
		command = command ? command + 1 : NULL;
	}
	snprintf(word, size, "%.*s", command ? (int)strcspn(command, " ") : 0,
		 command ? command : "");
}

/* So many of the words are the beginning of the command. */
static int agreed(const char *command, char **words, int n)
{
	char word[32];
	int i;

	for (i = 0; i < n; i++) {
		command_word(command, i, word, sizeof(word));
		if (strcmp(word, words[i]))
			break;
	}
	return i;
}

static int unknown(char **words, int n, int at)
{
	char follow[ARRAY_SIZE(commands)][32];
	const char *candidates[ARRAY_SIZE(commands)], *near;
	size_t known = 0;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		bool seen = false;

		command_word(commands[i], at, follow[known], sizeof(follow[0]));
		for (size_t k = 0; k < known; k++)
			seen |= !strcmp(follow[k], follow[known]);
		if (agreed(commands[i], words, n) < at || !follow[known][0] || seen)
			continue;
		candidates[known] = follow[known];
		known++;
	}
	if (at < n)
		fprintf(stderr, "nfha: found \"%s\": unknown word", words[at]);
	else
		fprintf(stderr, "nfha: a word is missing");
	near = at < n ? nearest(words[at], candidates, known) : NULL;
	if (near)
		fprintf(stderr, "; did you mean \"%s\"?", near);
	fprintf(stderr, "; allowed: ");
	for (size_t i = 0; i < known; i++)
		fprintf(stderr, "%s%s", i ? ", " : "", candidates[i]);
	fprintf(stderr, "%s\n", known ? "" : "end of line");
	return EXIT_USAGE;
}

static int run(const char *socket, const char *command)
{
	char *text = NULL;
	int status = ctl_ask(socket, command, &text);

	if (status < 0) {
		fprintf(stderr, "nfha: nfhad does not answer on %s: %s; is it running? "
			"(systemctl status nfhad)\n", socket, strerror(-status));
		return EXIT_FAILURE;
	}
	fputs(text, status ? stderr : stdout);
	free(text);
	return status;
}

int main(int argc, char **argv)
{
	const char *socket = CTL_SOCKET;
	int opt, reach = 0, n;

	/* "+": what follows the command belongs to it. */
	while ((opt = getopt(argc, argv, "+s:h")) != -1) {
		if (opt == 's') {
			socket = optarg;
		} else {
			fputs(usage, opt == 'h' ? stdout : stderr);
			return opt == 'h' ? EXIT_SUCCESS : EXIT_USAGE;
		}
	}
	n = argc - optind;
	if (!n) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		int m = agreed(commands[i], argv + optind, n);
		char next[32];

		command_word(commands[i], m, next, sizeof(next));
		if (m == n && !next[0])
			return run(socket, commands[i]);
		reach = m > reach ? m : reach;
	}
	return unknown(argv + optind, n, reach);
}
