# SPDX-License-Identifier: GPL-2.0-or-later
"""Parts of the benchmark on a User-mode Linux pair: memory, bulk synchronisation.

Memory: what the module holds for each connection beyond its conntrack entry. Bulk: until a standby
that had nothing has everything. NFHA_TRIALS: how many bulk synchronisations (default 3);
NFHA_ENTRIES: of each (default 200000).
"""
import os
import re
import statistics
import time

from peers import Conntrackd, fill
from place import CommandFailed, Timeout, poll

GOAL_BYTES = {'active': 64, 'standby': 32}
CONNECTIONS = 20000
COUNT = '/proc/sys/net/netfilter/nf_conntrack_count'


def object_size(unit):
    """Bytes of one object, and with its share of what its slab wastes."""
    # Not /proc/slabinfo: the allocator merges caches of the same size under one name.
    size, objects, order = map(int, unit.place.run(
        'cd /sys/kernel/slab/nfha_obj && cat object_size objs_per_slab order').split())
    return size, (4096 << order) / objects


def held_by(unit, goal):
    """What a unit holds for each connection beyond conntrack's entry, as a dict."""
    objects = unit.status()['replication']['objects']
    size, spent = object_size(unit)
    buckets = int(unit.place.run('cat /proc/sys/net/netfilter/nf_conntrack_buckets'))
    buckets = 1 << max(10, (buckets - 1).bit_length())
    total = spent + 8 * buckets / objects
    return {'objects': objects, 'object_bytes': size, 'object_bytes_with_slab_waste': round(spent, 1),
            'bucket_bytes_per_object': round(total - spent, 1), 'bytes_per_connection': round(total, 1),
            'goal': goal}


def memory(lab, figures):
    """Bytes of a replicated connection beyond its conntrack entry, on either unit."""
    active, standby = lab.fresh()
    for unit in lab.units:
        unit.place.run(f'sysctl -qw net.netfilter.nf_conntrack_max={8 * CONNECTIONS}')
    fill(active, CONNECTIONS)

    def in_sync():
        now = active.status().get('replication', {})
        return now.get('objects', 0) >= CONNECTIONS and not now['dirty'] + now['in_flight']
    poll('all connections are on the standby', in_sync, 60)
    figures['connections'] = int(standby.place.run(f'cat {COUNT}'))
    for name, unit in (('active', active), ('standby', standby)):
        of = figures[name] = held_by(unit, GOAL_BYTES[name])
        print(f'  {name}: {of["bytes_per_connection"]} bytes (goal: {of["goal"]}) with {of["objects"]} '
              f'connections: object {of["object_bytes"]}, with its share of the slab '
              f'{of["object_bytes_with_slab_waste"]}, of the table {of["bucket_bytes_per_object"]}')


BUCKETS = '/sys/module/nf_conntrack/parameters/hashsize'
# Both look every few milliseconds without a process for each look. The first says when the first
# entries were in the table, and when so many; the second the least memory available so far.
WATCH = '''bash -c 'exec 3<> <(:); first=; for ((;;)); do read n <{file}
    [ $n -lt {some} ] || first=${{first:-$EPOCHREALTIME}}
    [ $n -lt {all} ] || {{ echo "watched $first $EPOCHREALTIME"; exit; }}; read -t 0.005 -u 3; done' '''
LEAST = '''bash -c 'exec 3<> <(:); least=; for ((;;)); do
    while read k v _; do [ $k != MemAvailable: ] || break; done </proc/meminfo
    [ -n "$least" ] && [ $v -ge $least ] || { least=$v; echo $v; }; read -t 0.02 -u 3; done' '''


def watch(unit, count):
    base = int(unit.place.run(f'cat {COUNT}'))
    return unit.place.spawn(WATCH.format(file=COUNT, some=base + 50, all=count))


def watched(job, limit):
    """When there were the first entries, and all of them: seconds since 1970."""
    out, _ = job.wait(limit)
    return [float(x) for x in re.search(r'watched (\S+) (\S+)', out).groups()]


class Memory:
    """MiB that a machine takes from now on: at most, and at last."""

    def __init__(self, unit):
        self.unit, self.before = unit, self.available(unit)
        self.job = unit.place.spawn(LEAST)

    def available(self, unit):
        return int(unit.place.run('grep MemAvailable /proc/meminfo').split()[1])

    def taken(self):
        last = self.available(self.unit)
        self.job.kill()
        least = min(map(int, self.job.output().split()))
        return {'active_mib_peak': round((self.before - least) / 1024, 1),
                'active_mib_after': round((self.before - last) / 1024, 1)}


def empty(unit):
    """No entry left, nobody to be told of it."""
    unit.place.run('conntrack -F 2>/dev/null', 60)


def bulk_nfha(lab, count, trials):
    memory, took = Memory(lab.a), []
    lab.a.start()
    poll('the first unit is active', lambda: lab.a.state() == 'Active', 20)

    def over():
        now = lab.a.status().get('replication', {})
        return now.get('bulk') == 'done' and not now['dirty'] + now['in_flight']
    for _ in range(trials):
        empty(lab.b)
        job = watch(lab.b, count)
        lab.b.start(wait=False)
        first, last = watched(job, 120)
        took.append(last - first)
        poll('all is acknowledged', over, 60)
        lab.b.reset()
        lab.b.unload()
    figures = memory.taken()
    lab.a.reset()
    lab.a.unload()
    return {'seconds': took} | figures


class Stalled(Exception):
    """It makes no progress any more; says what it says of itself."""


def wait_held(case, unit, count, idle=40):
    """Until the external cache holds so many; as long as it gets more."""
    held, since = -1, time.monotonic()
    while held < count:
        out = case.command(unit, '-s')
        now = int(re.findall(r'current active connections:\s+(\d+)', out)[1])
        if now != held:
            held, since = now, time.monotonic()
        elif time.monotonic() - since > idle:
            raise Stalled(f'{held} of {count} entries for {idle} s\n' +
                          case.command(unit, '-s network'))
        time.sleep(0.1)


def bulk_conntrackd(lab, count, trials):
    """Resynchronisation into the external cache, then its commit into the kernel's table."""
    case = Conntrackd(external=True, states='', bulk=count)
    took, resyncs = [], []
    for _ in range(trials):
        memory = Memory(lab.a)
        # Before it starts: it would hear of each.
        empty(lab.b)
        case.start(lab)
        try:
            job, started = watch(lab.b, count), time.time()
            case.command(lab.b, '-n')
            wait_held(case, lab.b, count)
            resyncs.append(round(time.time() - started, 3))
            started = time.time()
            lab.b.place.spawn(case.line(lab.b, '-c'))
            took.append(resyncs[-1] + watched(job, 240)[1] - started)
            last = memory.taken()
        finally:
            case.stop(lab)
    return {'seconds': took, 'resync_seconds': resyncs} | last


def bulk(lab, figures):
    """us per entry until all are in the kernel table of a standby that had none."""
    count = int(os.environ.get('NFHA_ENTRIES') or 200000)
    trials = int(os.environ.get('NFHA_TRIALS') or 3)
    lab.fresh(start=False)
    usual = lab.a.place.run(f'cat {BUCKETS}').strip()
    for unit in lab.units:
        unit.place.run(f'echo 262144 >{BUCKETS}; sysctl -qw net.netfilter.nf_conntrack_max={4 * count}')
    fill(lab.a, count)
    figures['entries'] = count
    for name, measure in (('nfha', bulk_nfha), ('conntrackd', bulk_conntrackd)):
        try:
            found = measure(lab, count, trials)
            each = sorted(s * 1e6 / count for s in found.pop('seconds'))
            found = {'us_per_entry': [round(us, 2) for us in each],
                     'median_us_per_entry': round(statistics.median(each), 2)} | found
        except (Stalled, Timeout, CommandFailed) as e:
            found = {'failed': str(e).splitlines()[0]}
            print(f'# {name}: {e}', flush=True)
        figures[name] = found
        print(f'  {name}: {found}', flush=True)
    medians = [figures[name].get('median_us_per_entry') for name in ('nfha', 'conntrackd')]
    if all(medians):
        figures['ratio'] = round(medians[0] / medians[1], 3)
        print(f'  nfha takes {figures["ratio"]} of the time of conntrackd (goal: 0.1)')
    for unit in lab.units:
        empty(unit)
        unit.place.run(f'echo {usual} >{BUCKETS}')
