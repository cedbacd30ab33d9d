// SPDX-License-Identifier: GPL-2.0
/*
 * lease.c - how long a unit may be active without hearing from its helper
 *
 * The deadline itself shuts the gate: every hook compares it with the clock. The
 * timer here only cleans up afterwards, and a late timer harms nothing.
 */
#include <linux/hrtimer.h>
#include <linux/netlink.h>

#include "nfha.h"
#include "gate.h"
#include "lease.h"
#include "role.h"

static enum hrtimer_restart nfha_lease_timer(struct hrtimer *timer)
{
	struct nfha_gate *gate = container_of(timer, struct nfha_gate, lease);
	struct nfha_net *nn = container_of(gate, struct nfha_net, gate);
	u64 now = ktime_get_boot_fast_ns();
	u64 deadline = atomic64_read(&gate->deadline);

	/*
	 * Renewals do not touch the timer: it finds the new deadline here. The one of a
	 * pause may become earlier: it looks again.
	 */
	if (now < deadline) {
		hrtimer_set_expires(timer, ns_to_ktime(min(deadline, now + gate->hold_ns)));
		return HRTIMER_RESTART;
	}
	nfha_role_lapse(nn, deadline);
	return HRTIMER_NORESTART;
}

/**
 * nfha_lease_init - prepare the timer of a new instance
 * @nn: instance
 */
void nfha_lease_init(struct nfha_net *nn)
{
	hrtimer_init(&nn->gate.lease, CLOCK_BOOTTIME, HRTIMER_MODE_ABS_SOFT);
	nn->gate.lease.function = nfha_lease_timer;
}

/**
 * nfha_lease_check - is this a deadline that a lease may have?
 * @nn: instance, configured
 * @deadline: CLOCK_BOOTTIME ns
 * @pause: the peer waits for as long as a restart of the helper may take
 * @extack: where to say what is wrong
 *
 * Context: any. Return: 0 or -EINVAL (counted).
 */
int nfha_lease_check(const struct nfha_net *nn, u64 deadline, bool pause,
		     struct netlink_ext_ack *extack)
{
	u64 now = ktime_get_boot_fast_ns(), longest = nn->gate.hold_ns;

	if (pause)
		longest = max_t(u64, longest, NFHA_PAUSE_MS_MAX * NSEC_PER_MSEC);
	if (deadline > now && deadline - now <= longest)
		return 0;
	nfha_count(nn, LEASE_REFUSED);
	if (deadline <= now)
		NL_SET_ERR_MSG(extack, "deadline is in the past");
	else
		NL_SET_ERR_MSG(extack, "deadline is further ahead than the hold time");
	return -EINVAL;
}

static int nfha_lease_refuse(struct nfha_net *nn, int err, struct netlink_ext_ack *extack,
			     const char *msg)
{
	nfha_count(nn, LEASE_REFUSED);
	extack->_msg = msg;
	return err;
}

/**
 * nfha_lease_renew - move the deadline ahead
 * @nn: instance
 * @term: of the lease
 * @deadline: new one, CLOCK_BOOTTIME ns; an earlier one than the present is
 *	accepted and changes nothing, unless the present one is that of a pause
 * @pause: the helper restarts, and the peer waits for it until then
 * @extack: where to say what is wrong
 *
 * Context: any; takes no lock. Return: 0, -EINVAL: not a possible deadline,
 * -ESTALE: other term, -ETIME: lapsed, -EPERM: not active.
 */
int nfha_lease_renew(struct nfha_net *nn, u32 term, u64 deadline, bool pause,
		     struct netlink_ext_ack *extack)
{
	struct nfha_gate *gate = &nn->gate;
	u64 old, now;
	int err;

	do {
		/*
		 * The deadline is read first: every role change writes it, so the
		 * exchange below fails if role or term changed since. A change to
		 * exactly the same nanosecond slips through, and gets a deadline
		 * that was checked like any other.
		 */
		old = atomic64_read_acquire(&gate->deadline);
		switch (atomic_read(&gate->role)) {
		case NFHA_ROLE_ACTIVE:
		case NFHA_ROLE_STAGED:
			break;
		case NFHA_ROLE_FENCED:
			return nfha_lease_refuse(nn, -ETIME, extack, "the lease has lapsed");
		default:
			return nfha_lease_refuse(nn, -EPERM, extack, "not active");
		}
		if (READ_ONCE(gate->term) != term)
			return nfha_lease_refuse(nn, -ESTALE, extack, "another term holds");
		err = nfha_lease_check(nn, deadline, pause, extack);
		if (err)
			return err;
		now = ktime_get_boot_fast_ns();
		if (now >= old)
			return nfha_lease_refuse(nn, -ETIME, extack, "the lease has lapsed");
		/* Further ahead than the hold time: of a pause, which is over now. */
		if (deadline <= old && (pause || old - now <= gate->hold_ns))
			return 0;
	} while (atomic64_cmpxchg(&gate->deadline, old, deadline) != old);

	/* Stopped between the look at the clock and the exchange: it had lapsed. */
	if (ktime_get_boot_fast_ns() >= old) {
		nfha_role_lapse(nn, deadline);
		return nfha_lease_refuse(nn, -ETIME, extack, "the lease has lapsed");
	}
	return 0;
}

/**
 * nfha_lease_start - have the deadline watched
 * @nn: instance; nn->lock held; deadline set
 */
void nfha_lease_start(struct nfha_net *nn)
{
	lockdep_assert_held(&nn->lock);
	hrtimer_start(&nn->gate.lease, ns_to_ktime(atomic64_read(&nn->gate.deadline)),
		      HRTIMER_MODE_ABS_SOFT);
}

/**
 * nfha_lease_stop - undo nfha_lease_start()
 * @nn: instance; nn->gate.lock not held
 *
 * Context: process.
 */
void nfha_lease_stop(struct nfha_net *nn)
{
	hrtimer_cancel(&nn->gate.lease);
}
