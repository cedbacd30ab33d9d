// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * umlhost.so, preloaded into User-mode Linux 6.1: two things that it expects of its host.
 *
 * It saves its processes' floating point state with PTRACE_{GET,SET}REGSET into
 * 2,696 bytes. On a processor with a larger XSAVE area (AMX) the host refuses a state of
 * that size and the guest panics at its first exec. Here the whole state is read, the
 * guest is given the part it has room for, and on the way back it is filled up again with
 * the missing components marked as unused.
 *
 * It asks for one alarm, and drops one that comes while it handles the last one with
 * interrupts off (unblock_signals()): its clock goes on, but no timer ever ends again.
 * Here an alarm that was not followed by a request for the next one comes again.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define NT_X86_XSTATE	0x202
#define XSTATE_BV	512		/* offset of the XSAVE header's bitmap of components */
#define SMALL_STATE	0x2ffULL	/* x87 to AVX-512 and PKRU: what fits 2,696 bytes */
#define AGAIN_NS	1000000		/* until a lost alarm comes again */

static unsigned char area[65536] __attribute__((aligned(64)));
static size_t area_size;

static long get_state(pid_t pid, struct iovec *guest)
{
	struct iovec all = { area, sizeof(area) };

	if (syscall(SYS_ptrace, (long)PTRACE_GETREGSET, pid, (void *)NT_X86_XSTATE, &all) < 0)
		return -1;
	area_size = all.iov_len;
	if (guest->iov_len > area_size)
		guest->iov_len = area_size;
	memcpy(guest->iov_base, area, guest->iov_len);
	return 0;
}

static long set_state(pid_t pid, const struct iovec *guest)
{
	struct iovec all = { area, area_size };
	size_t n = guest->iov_len < area_size ? guest->iov_len : area_size;
	uint64_t components;

	memset(area, 0, area_size);
	memcpy(area, guest->iov_base, n);
	memcpy(&components, area + XSTATE_BV, sizeof(components));
	components &= SMALL_STATE;
	memcpy(area + XSTATE_BV, &components, sizeof(components));
	return syscall(SYS_ptrace, (long)PTRACE_SETREGSET, pid, (void *)NT_X86_XSTATE, &all);
}

long ptrace(enum __ptrace_request request, ...)
{
	va_list ap;
	pid_t pid;
	void *addr, *data;
	long rc, word;

	va_start(ap, request);
	pid = va_arg(ap, pid_t);
	addr = va_arg(ap, void *);
	data = va_arg(ap, void *);
	va_end(ap);

	switch ((int)request) {
	case PTRACE_GETREGSET:
		if ((long)addr == NT_X86_XSTATE)
			return get_state(pid, data);
		break;
	case PTRACE_SETREGSET:
		if ((long)addr == NT_X86_XSTATE && area_size)
			return set_state(pid, data);
		break;
	case PTRACE_PEEKTEXT:
	case PTRACE_PEEKDATA:
	case PTRACE_PEEKUSER:
		/* The C library returns the word itself, the system call stores it. */
		rc = syscall(SYS_ptrace, (long)request, pid, addr, &word);
		if (rc < 0)
			return rc;
		errno = 0;
		return word;
	}
	return syscall(SYS_ptrace, (long)request, pid, addr, data);
}

int timer_settime(timer_t timer, int flags, const struct itimerspec *value, struct itimerspec *old)
{
	static int (*real)(timer_t, int, const struct itimerspec *, struct itimerspec *);
	struct itimerspec again = *value;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "timer_settime");
	if (!again.it_interval.tv_sec && !again.it_interval.tv_nsec)
		again.it_interval.tv_nsec = AGAIN_NS;
	return real(timer, flags, &again, old);
}
