// SPDX-License-Identifier: GPL-2.0-or-later
/* log.c - to standard error, to the journal, or to syslog */
/* The place in this file is not what a reader of the log looks for. */
#define SD_JOURNAL_SUPPRESS_LOCATION

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-journal.h>

#include "log.h"

static bool use_syslog, use_journal;
static _Thread_local int relay = -1;
_Atomic unsigned int log_debug_mask;

/* Standard error is the journal: fields can be given to it. */
static bool to_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       !fstat(STDERR_FILENO, &st) && st.st_dev == device && st.st_ino == inode;
}

void log_open(const char *name, bool to_syslog)
{
	use_syslog = to_syslog;
	use_journal = to_journal();
	if (to_syslog)
		openlog(name, LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

bool log_debug_set(const char *name, bool on)
{
#define NAME(id, name) name,
	static const char *const names[] = { DEBUG_CLASSES(NAME) };
#undef NAME
	unsigned int mask = strcmp(name, "all") ? 0 : DEBUG_ALL;

	for (unsigned int i = 0; i < DEBUG_CLASS_NUM; i++)
		if (!strcmp(name, names[i]))
			mask = 1U << i;
	if (on)
		log_debug_mask |= mask;
	else
		log_debug_mask &= ~mask;
	return mask;
}

void log_relay(int fd)
{
	relay = fd;
}

static void emit(int level, unsigned int code, const char *text)
{
	static const char *const words[] = {
		[LOG_CRIT] = "FAILOVER: ", [LOG_ERR] = "error: ", [LOG_WARNING] = "warning: ",
		[LOG_NOTICE] = "", [LOG_INFO] = "", [LOG_DEBUG] = "debug: ",
	};
	char number[32] = "";
	struct timespec ts;
	struct tm tm;

	if (code)
		snprintf(number, sizeof(number), "NFHA-%d-%06u: ", level, code);
	if (use_syslog) {
		syslog(level, "%s%s", number, text);
		return;
	}
	if (use_journal && !sd_journal_send("PRIORITY=%d", level, "MESSAGE=%s%s", number, text,
					    "NFHA_CODE=%06u", code, NULL))
		return;
	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	fprintf(stderr, "%02d:%02d:%02d.%03ld %s%s%s\n", tm.tm_hour, tm.tm_min, tm.tm_sec,
		ts.tv_nsec / 1000000, words[level] ? words[level] : "", number, text);
}

/**
 * struct head - of a line that is relayed; the text follows
 * @code: number
 * @level: of syslog
 */
struct head {
	unsigned int	code;
	int		level;
};

void log_relayed(const char *datagram, size_t len)
{
	char text[LOG_LINE_MAX];
	struct head head;

	if (len <= sizeof(head) || len - sizeof(head) > sizeof(text))
		return;
	memcpy(&head, datagram, sizeof(head));
	memcpy(text, datagram + sizeof(head), len - sizeof(head));
	text[len - sizeof(head) - 1] = '\0';
	emit(head.level, head.code, text);
}

void log_coded(int level, unsigned int code, const char *format, ...)
{
	struct {
		struct head	head;
		char		text[LOG_LINE_MAX];
	} line = { .head = { code, level } };
	_Static_assert(sizeof(line) <= LOG_DATAGRAM_MAX, "a reader takes it whole");
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line.text, sizeof(line.text), format, args);
	va_end(args);
	if (n < 0)
		return;
	if (relay < 0) {
		emit(level, code, line.text);
		return;
	}
	/* A log line is not worth a late hello: what does not fit is dropped. */
	(void)!send(relay, &line, sizeof(line.head) + strlen(line.text) + 1,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
}
