# SPDX-License-Identifier: GPL-2.0-or-later
"""Parts of the benchmark on a User-mode Linux pair: interruption, memory.

Interruption: the longest silence in a stream of UDP echoes every 2 ms through the pair, the active
unit killed in its middle, at "polltime msec 10 holdtime msec 30". Memory: what the module holds for
each connection beyond its conntrack entry.
NFHA_TRIALS: how many kills (default 11).
"""
import os
import statistics
import time

import lab as labs
from flows import Flow
from place import Timeout, poll

FAST = {'poll_ms': 10, 'hold_ms': 30}
GOAL_MS, GOAL_BYTES = 60, 128
CONNECTIONS = 20000


def takeovers(unit):
    return unit.status().get('hello', {}).get('takeovers', 0)


def settled(lab):
    """A pair that stays settled for a moment: at so short a hold time a busy machine flaps."""
    while True:
        active, standby = lab.wait_pair(60)
        before = takeovers(active), takeovers(standby)
        time.sleep(1)
        if (takeovers(active), takeovers(standby)) == before and lab.active() is active:
            return active, standby


def trial(lab):
    """One kill: (milliseconds, datagrams lost, takeovers before it), or None if it says nothing."""
    active, standby = settled(lab)
    flow = Flow(lab, 'echo', f'udp 10.0.2.2 {labs.PORT} 500 4')
    poll('the stream flows', lambda: flow.progress() > 2000, 10)
    before = takeovers(standby)
    active.kill()
    flow.finish()
    taken = takeovers(standby) - before
    # The standby had taken over just before, or the killed unit was not the active one.
    valid = taken == 1 and standby.state() == 'Active'
    lost = flow.result.get('lost_up', 0) + flow.result.get('lost_down', 0)
    lab.revive(active)
    active.start(wait=False, **FAST)
    return (flow.result['stall_ms'], lost) if valid else None


def false_takeovers(lab):
    """Takeovers that no kill explains, from the logs."""
    return sum('no active unit heard' in line and 'FAILOVER' in line
               for unit in lab.units for line in unit.log())


def interruption(lab, figures):
    """How long a power cut interrupts: the longest silence of an echo every 2 ms."""
    trials = int(os.environ.get('NFHA_TRIALS') or 11)
    lab.fresh(limit=60, **FAST)
    stalls, lost, void, false = [], [], 0, 0
    while len(stalls) < trials and void < 3 * trials:
        mark = false_takeovers(lab)
        try:
            result = trial(lab)
        except Timeout:
            result = None
            lab.fresh(limit=60, **FAST)
        # A killed unit's log starts anew; what is counted is at least what happened.
        false += max(0, false_takeovers(lab) - mark - (result is not None))
        if result is None:
            void += 1
            continue
        stalls.append(result[0])
        lost.append(result[1])
        print(f'  kill {len(stalls):2}: {result[0]:6.1f} ms, {result[1]} datagrams lost', flush=True)
    print(f'  median {statistics.median(stalls):.1f} ms (goal: {GOAL_MS} or less), min '
          f'{min(stalls):.1f}, max {max(stalls):.1f}; takeovers without a kill: {false}, trials '
          f'void by them: {void}')
    figures.update(trials=len(stalls), void=void, false_takeovers=false, ms=sorted(stalls),
                   median_ms=statistics.median(stalls), min_ms=min(stalls), max_ms=max(stalls),
                   datagrams_lost_median=statistics.median(lost))


def object_size(unit):
    """Bytes of one object, and with its share of what its slab wastes."""
    # Not /proc/slabinfo: the allocator merges caches of the same size under one name.
    size, objects, order = map(int, unit.place.run(
        'cd /sys/kernel/slab/nfha_obj && cat object_size objs_per_slab order').split())
    return size, (4096 << order) / objects


def memory(lab, figures):
    """Bytes of a replicated connection beyond its conntrack entry, on either unit."""
    active, standby = lab.fresh()
    for unit in lab.units:
        unit.place.run(f'sysctl -qw net.netfilter.nf_conntrack_max={8 * CONNECTIONS} '
                       'net.netfilter.nf_conntrack_udp_timeout=600')
    lab.client.run(f'{lab.client.programs}/traffic spray 10.0.2.2 1000 {CONNECTIONS} 4000', 60)

    def in_sync():
        now = active.status().get('replication', {})
        return now if now.get('objects', 0) >= 0.75 * CONNECTIONS and not (
            now['dirty'] + now['in_flight']) else None
    now = poll('all connections are on the standby', in_sync, 60)
    size, spent = object_size(active)
    buckets = int(active.place.run('cat /proc/sys/net/netfilter/nf_conntrack_buckets'))
    buckets = 1 << max(10, (buckets - 1).bit_length())
    total = spent + 8 * buckets / now['objects']
    print(f'  {total:.1f} bytes (goal: {GOAL_BYTES} or less) with {now["objects"]} connections: object '
          f'{size}, with its share of the slab {spent:.1f}, of the table {total - spent:.1f}')
    figures.update(connections=len(standby.entries('-p udp')), objects=now['objects'],
                   object_bytes=size, object_bytes_with_slab_waste=round(spent, 1),
                   bucket_bytes_per_object=round(total - spent, 1),
                   bytes_per_connection=round(total, 1))
