/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log.h - to standard error, to the journal, or to syslog */
#ifndef NFHA_LOG_H
#define NFHA_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <syslog.h>

#define LOG_LINE_MAX	512
#define LOG_DATAGRAM_MAX (LOG_LINE_MAX + 8)	/* of log_relay() */

/**
 * log_open() - where lines go
 * @name: of the program
 * @to_syslog: syslog instead of standard error
 * @debug: lines of LOG_DEBUG, too
 */
void log_open(const char *name, bool to_syslog, bool debug);

/**
 * log_relay() - this thread must not wait for a log
 * @fd: its lines go here, one datagram each, and are dropped when it is full; the
 *	reader gives them to log_relayed()
 */
void log_relay(int fd);

/* Prints a datagram that log_relay() made. */
void log_relayed(const char *datagram, size_t len);

/* @code: number in the catalogue (messages.h); 0: none */
void log_coded(int level, unsigned int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#define log_line(level, ...) log_coded(level, 0, __VA_ARGS__)
#define log_error(...)	log_line(LOG_ERR, __VA_ARGS__)
#define log_warn(...)	log_line(LOG_WARNING, __VA_ARGS__)
#define log_info(...)	log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...)	log_line(LOG_DEBUG, __VA_ARGS__)

#endif /* NFHA_LOG_H */
