// SPDX-License-Identifier: GPL-2.0-or-later
/* log.c - to standard error, or to syslog */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "log.h"

static bool use_syslog, show_debug;
static _Thread_local int relay = -1;

void log_open(const char *name, bool to_syslog, bool debug)
{
	use_syslog = to_syslog;
	show_debug = debug;
	if (to_syslog)
		openlog(name, LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

void log_relay(int fd)
{
	relay = fd;
}

static void emit(int level, const char *text)
{
	static const char *const words[] = {
		[LOG_CRIT] = "FAILOVER: ", [LOG_ERR] = "error: ", [LOG_WARNING] = "warning: ",
		[LOG_INFO] = "", [LOG_DEBUG] = "debug: ",
	};
	struct timespec ts;
	struct tm tm;

	if (use_syslog) {
		syslog(level, "%s", text);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &ts);
	gmtime_r(&ts.tv_sec, &tm);
	fprintf(stderr, "%02d:%02d:%02d.%03ld %s%s\n", tm.tm_hour, tm.tm_min, tm.tm_sec,
		ts.tv_nsec / 1000000, words[level] ? words[level] : "", text);
}

void log_relayed(const char *datagram, size_t len)
{
	char text[LOG_LINE_MAX];

	if (len < 2 || len > sizeof(text))
		return;
	memcpy(text, datagram + 1, len - 1);
	text[len - 1] = '\0';
	emit(datagram[0], text);
}

void log_line(int level, const char *format, ...)
{
	char line[1 + LOG_LINE_MAX];
	va_list args;
	int n;

	if (level == LOG_DEBUG && !show_debug)
		return;
	va_start(args, format);
	n = vsnprintf(line + 1, sizeof(line) - 1, format, args);
	va_end(args);
	if (n < 0)
		return;
	if (relay < 0) {
		emit(level, line + 1);
		return;
	}
	line[0] = (char)level;
	/* A log line is not worth a late hello: what does not fit is dropped. */
	(void)!send(relay, line, 1 + strlen(line + 1), MSG_DONTWAIT | MSG_NOSIGNAL);
}
