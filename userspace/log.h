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
 */
void log_open(const char *name, bool to_syslog);

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

/* Classes of "debug fover" (13-46), switched while nfhad runs. */
#define DEBUG_CLASSES(X)			\
	X(HELLO, "hello")	/* each one */	\
	X(FSM, "fsm")		/* roles */	\
	X(IFACE, "interface")	/* tests */	\
	X(MODULE, "module")	/* events */	\
	X(COMMAND, "command")	/* of nfha(8) */

#define DEBUG_ENUM(id, name) DEBUG_##id,
enum debug_class { DEBUG_CLASSES(DEBUG_ENUM) DEBUG_CLASS_NUM };

#define DEBUG_ALL	((1U << DEBUG_CLASS_NUM) - 1)

/* Bits by enum debug_class. */
extern _Atomic unsigned int log_debug_mask;

#define log_debug(class, ...)							\
	do {									\
		if (log_debug_mask & 1U << (class))				\
			log_line(LOG_DEBUG, __VA_ARGS__);			\
	} while (0)

/**
 * log_debug_set() - "debug fover CLASS", "no debug fover CLASS"
 * @name: of a class, or all
 * @on: or off
 *
 * Return: there is such a class.
 */
bool log_debug_set(const char *name, bool on);

#endif /* NFHA_LOG_H */
