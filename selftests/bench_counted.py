# SPDX-License-Identifier: GPL-2.0-or-later
"""Parts of the benchmark on the machine that counts instructions: cost, wire, latency, idle."""
import os
import time

from lab import PORT
from peers import Conntrackd, Nfha, Nothing, fill
from place import poll

FEW, MANY = 500, 2000
UDP_FEW, UDP_MANY = 300, 1500
CASES = [
    Nothing(),
    Nfha(both=False),
    Conntrackd(both=False),
    Conntrackd(both=False, states=''),
    Conntrackd('NOTRACK', both=False),
    Nfha(),
    Nfha(key='benchmark'),
    Conntrackd(external=True),
    Conntrackd(),
    Conntrackd(states=''),
]


def chosen(cases):
    """NFHA_CASES: words, one of which is to be in a case's name; nothing is always measured."""
    words = (os.environ.get('NFHA_CASES') or '').split(';')
    return [c for c in cases if type(c) is Nothing or any(w.strip() in c.name for w in words)]


def rest(lab):
    """The half minute over in which sweeps hurry after a takeover; by the counted clock."""
    lab.machine.run('sleep 40', 120)


def empty(lab):
    for unit in lab.units:
        unit.place.run('conntrack -F 2>/dev/null; true')


def told(lab, case):
    poll('all is told', lambda: case.in_step(lab), 300)


def each(lab, cases, measure, figures, entries=0):
    """Starts one after the other and measures it: what measure returned, by name, in figures."""
    for case in chosen(cases):
        case.start(lab)
        if entries:
            fill(lab.a, entries)
        lab.warm()
        rest(lab)
        told(lab, case)
        figures[case.name] = measure(lab, case)
        case.stop(lab)
        empty(lab)


def rate(lab, arguments, settle=0.5):
    found = lab.during(f'ip netns exec client /nfha/rate {arguments}', settle)
    if not found.get('ok'):
        raise RuntimeError(f'{arguments}: {found["out"]}')
    return found


def marginal(lab, few, many, arguments):
    """Instructions of one more connection: starting and stopping cancels out."""
    spent = []
    for count in (few, many):
        spent.append(rate(lab, arguments.format(count))['busy'])
        empty(lab)
    return round((spent[1] - spent[0]) / (many - few))


def cost(lab, figures):
    """Instructions of the whole machine per TCP connection opened and closed, and per UDP exchange."""
    def measure(lab, case):
        tcp = marginal(lab, FEW, MANY, f'tcp 10.0.2.2 {PORT} {{}} 16')
        udp = marginal(lab, UDP_FEW, UDP_MANY, f'udp 10.0.2.2 {PORT} {{}}')
        base = figures.get(Nothing.name, {'tcp': tcp, 'udp': udp})
        ratio = {'tcp_ratio': round(tcp / base['tcp'], 3), 'udp_ratio': round(udp / base['udp'], 3)}
        print(f'  {case.name:60} TCP {tcp / 1000:6.1f} thousand, {ratio["tcp_ratio"]:.2f} times; '
              f'UDP {udp / 1000:6.1f}, {ratio["udp_ratio"]:.2f}', flush=True)
        return {'tcp': tcp, 'udp': udp} | ratio
    each(lab, CASES, measure, figures)


SENDERS = [Nothing(), Nfha(both=False), Conntrackd(both=False)]
SIZES = (0, 10000, 100000)


def size(lab, figures):
    """Instructions of the whole machine per TCP connection, by entries that the table has anyway."""
    lab.machine.run('echo 262144 >/sys/module/nf_conntrack/parameters/hashsize')
    for entries in SIZES:
        def measure(lab, case):
            # Comparisons of a large table go on at another pace before it: all of it is counted,
            # over long enough that one of them more or less says little.
            few, many = FEW, max(MANY, min(entries, 25000))
            spent = [rate(lab, f'tcp 10.0.2.2 {PORT} {n} 16')['all'] for n in (few, many)]
            each_one = round((spent[1] - spent[0]) / (many - few))
            print(f'  {case.name:60} {entries:6} entries: TCP {each_one / 1000:6.1f} thousand', flush=True)
            return figures.get(case.name, {}) | {str(entries): each_one}
        each(lab, SENDERS, measure, figures, entries)


BY_RATE = (250, 1000, 4000)


def by_rate(lab, figures):
    """Instructions of the whole machine per TCP connection, by how many are opened a second."""
    def measure(lab, case):
        found = {}
        for per_second in BY_RATE:
            told(lab, case)
            spent = marginal(lab, FEW, MANY, f'tcp 10.0.2.2 {PORT} {{}} 500 {per_second}')
            found[str(per_second)] = spent
            print(f'  {case.name:60} {per_second:5} /s: TCP {spent / 1000:6.1f} thousand', flush=True)
        return found
    each(lab, SENDERS, measure, figures)


def two(lab, figures):
    """Instructions of a machine with two processors per TCP connection, as fast as they go."""
    def instructions(command):
        lab.guest.hotspots()
        begun = time.monotonic()
        lab.client.run(command, 300)
        took = time.monotonic() - begun
        return sum(lab.guest.hotspots().values()), took

    def spent(count):
        # Its clock is the host's: what goes on anyway is more, the slower the host.
        quiet, took = instructions('sleep 5')
        total, lasted = instructions(f'/nfha/rate tcp 10.0.2.2 {PORT} {count} 16')
        empty(lab)
        return total - quiet * lasted / took

    def measure(lab, case):
        each_one = round((spent(MANY) - spent(FEW)) / (MANY - FEW))
        print(f'  {case.name:60} TCP {each_one / 1000:6.1f} thousand', flush=True)
        return each_one
    each(lab, SENDERS, measure, figures)


BOTH = [Nfha(), Conntrackd(), Conntrackd(states='')]
RATES = (1000, 5000)


def wire(lab, figures):
    """Packets and bytes on the state link per TCP connection opened and closed, headers included."""
    def measure(lab, case):
        rates = {}
        for per_second in RATES:
            found = rate(lab, f'tcp 10.0.2.2 {PORT} {MANY} 500 {per_second}', 2)
            empty(lab)
            per = {k: round(found[k] / MANY, 2)
                    for k in ('packets', 'bytes', 'back_packets', 'back_bytes')}
            per['per_second'] = round(1e9 / found['per_ns'])
            rates[str(per_second)] = per
            print(f'  {case.name:60} {per["per_second"]:5} /s: {per["packets"]:.2f} packets, '
                  f'{per["bytes"]:.0f} bytes; back {per["back_packets"]:.2f}, '
                  f'{per["back_bytes"]:.0f}', flush=True)
        return rates
    each(lab, BOTH, measure, figures)


TRACE = '''
cd /sys/kernel/tracing 2>/dev/null && [ -e kprobe_events ] || {{
	mount -t tracefs tracefs /sys/kernel/tracing; cd /sys/kernel/tracing; }}
echo 0 >tracing_on; echo {clock} >trace_clock; echo {kib} >buffer_size_kb; echo >trace
echo '{probes}' >kprobe_events
echo 1 >events/kprobes/enable; echo 1 >tracing_on
'''
# Where conntrack tells of an entry that was just made, and where one comes in from outside. A
# connection is named by its client's port: behind spinlock, timeout and list node of the entry.
TOLD = 'p:nfha_told nf_ct_deliver_cached_events port=+48(%di):u16'
THERE = 'p:nfha_there nf_conntrack_hash_check_insert port=+48(%di):u16'
TRACED = '''
cd /sys/kernel/tracing; echo 0 >tracing_on; echo 0 >events/kprobes/enable
{words}
echo >kprobe_events
'''
SEEN = '''awk '/nfha_told:/ { at = 1 } /nfha_there:/ { at = 2 } !/nfha_t/ { next }
	{ match($0, /[0-9]+\\.[0-9]+:/); t = substr($0, RSTART, RLENGTH - 1); port = $NF }
	at == 1 && !(port in told) { told[port] = t }
	at == 2 && port in told && !(port in there) { there[port] = t }
	END { for (p in told) print "seen", p in there ? (there[p] - told[p]) * 1e6 : "never" }' trace'''


def trace(place, probes, kib=32768, clock='local'):
    """Begin to record these kernel probes there."""
    place.run(TRACE.format(probes=probes, kib=kib, clock=clock))


def traced(place, words):
    """What a command says of the record, which ends."""
    return place.run(TRACED.format(words=words), 300)


def spread(values):
    values = sorted(values)
    return {'median': round(values[len(values) // 2], 1),
            'p99': round(values[len(values) * 99 // 100], 1), 'worst': round(values[-1], 1)}


def latency(lab, figures):
    """us from a connection's first packet until it is in the peer's kernel table, at 1,000/s."""
    def measure(lab, case):
        trace(lab.machine, f'{TOLD}\n{THERE}')
        rate(lab, f'tcp 10.0.2.2 {PORT} {MANY} 500 1000')
        words = [line.split()[1] for line in traced(lab.machine, SEEN).splitlines()
                 if line.startswith('seen')]
        found = {'connections': len(words), 'never': words.count('never')}
        seen = [float(w) for w in words if w != 'never']
        if seen:
            found.update(spread(seen))
        print(f'  {case.name:60} {found}', flush=True)
        return found
    each(lab, BOTH, measure, figures)


# From where a frame is sealed or opened until it is; the units differ by where their keys are.
CIPHER = '''p:nfha_seal nfha:nfha_keys_seal keys=%di:x64
p:nfha_open nfha:nfha_keys_open keys=%di:x64
r:nfha_sealed nfha:nfha_keys_seal
r:nfha_opened nfha:nfha_keys_open'''
CIPHERED = '''awk '!/nfha_(seal|open)/ { next }
	{ match($0, /-[0-9]+ /); task = substr($0, RSTART, RLENGTH)
	  match($0, /[0-9]+\\.[0-9]+:/); t = substr($0, RSTART, RLENGTH - 1) }
	/keys=/ { unit = $NF; what = /nfha_seal:/ ? "sealed" : "opened"; at[task] = t; of[task] = unit " " what; next }
	task in at { us[of[task]] += (t - at[task]) * 1e6; n[of[task]]++; delete at[task] }
	END { for (k in us) print "spent", k, n[k], us[k] }' trace'''


def cipher(lab, figures):
    """Instructions that each unit spends on sealing and opening frames, per TCP connection."""
    def measure(lab, case):
        trace(lab.machine, CIPHER)
        rate(lab, f'tcp 10.0.2.2 {PORT} {MANY} 16')
        units = {}
        for line in traced(lab.machine, CIPHERED).splitlines():
            if line.startswith('spent'):
                _, keys, what, frames, us = line.split()
                units.setdefault(keys, {})[what] = {'frames': int(frames), 'instructions': round(1000 * float(us) / MANY)}
        # The sender's frames are the large ones: sealing them costs most of what it spends.
        spent = sorted(sum(of['instructions'] for of in unit.values()) for unit in units.values())
        print(f'  {case.name:60} {units}', flush=True)
        return {'units': list(units.values()), 'at_most': spent[-1]}
    each(lab, [Nfha(key='benchmark')], measure, figures)


def profile(lab, figures):
    """Instructions per TCP connection by function, more than without replication; the most first."""
    def measure(lab, case):
        # Nothing around it: while nobody has anything to do its clock runs, and hellos go on.
        lab.guest.hotspots()
        lab.client.run(f'/nfha/rate tcp 10.0.2.2 {PORT} {MANY} 16', 120)
        found = lab.by_function(lab.guest.hotspots())
        return {name: round(count / MANY) for name, count in found.items() if count >= MANY}
    spots = {}
    each(lab, [Nothing(), Nfha(both=False), Nfha()], measure, spots)
    base = spots.pop(Nothing.name)
    for name, found in spots.items():
        more = sorted(((f, n - base.get(f, 0)) for f, n in found.items()), key=lambda row: -row[1])
        figures[name] = dict(more[:60])
        print(f'  {name}: ' + ', '.join(f'{f} {n}' for f, n in more[:30]), flush=True)


# Buckets and entries of the connection table.
TABLES = ((8192, 0), (262144, 0), (262144, 20000), (262144, 200000))


def idle(lab, figures):
    """Instructions a second of both units in one machine while nothing happens, beside conntrackd."""
    for buckets, count in TABLES:
        lab.machine.run(f'echo {buckets} >/sys/module/nf_conntrack/parameters/hashsize')
        for case in (Nothing(), Nfha(), Conntrackd(bulk=count)):
            case.start(lab)
            if count:
                fill(lab.a, count)
            poll('all is told', lambda c=case: c.in_step(lab), 600)
            rest(lab)
            held = int(lab.b.place.run('cat /proc/sys/net/netfilter/nf_conntrack_count'))
            # Comparisons rest for up to a minute.
            quiet = lab.during('true', 1, 130)['quiet']
            figures[f'{case.name}, {count} entries, {buckets} buckets'] = {
                'busy': round(quiet['busy']), 'on_standby': held}
            print(f'  {case.name:20} {count:6} entries in {buckets:6} buckets, {held} on the standby: '
                  f'{quiet["busy"] / 1e6:7.2f} million a second, on the state link '
                  f'{quiet["packets"]:.1f} packets, {quiet["bytes"]:.0f} bytes', flush=True)
            case.stop(lab)
            empty(lab)
