/* SPDX-License-Identifier: GPL-2.0-or-later */
/* log.h - to standard error, or to syslog */
#ifndef NFHA_LOG_H
#define NFHA_LOG_H

#include <stdbool.h>
#include <syslog.h>

#define LOG_LINE_MAX	512

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

void log_line(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)	log_line(LOG_ERR, __VA_ARGS__)
#define log_warn(...)	log_line(LOG_WARNING, __VA_ARGS__)
#define log_info(...)	log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...)	log_line(LOG_DEBUG, __VA_ARGS__)
/* Failover messages are critical (13-46). */
#define log_failover(...) log_line(LOG_CRIT, __VA_ARGS__)

#endif /* NFHA_LOG_H */
