# SPDX-License-Identifier: GPL-2.0-or-later
"""Pictures of the benchmark's results, by gnuplot."""
import subprocess

HEAD = '''set terminal svg size {width},{height} font "DejaVu Sans,12" background "white" noenhanced
set output "{path}"
set title "{title}" font ",15"
set style fill solid 0.9 border -1
set grid y lc rgb "#dddddd"
set key top left
set border 3
set tics nomirror out
'''
COLOURS = ('#3b78b5', '#c0392b', '#e0a030', '#777777')


def gnuplot(script):
    subprocess.run(['gnuplot'], input=script, text=True, check=True)


def colour(name):
    return COLOURS[0] if name.startswith('nfha') else COLOURS[1] if name[0] in 'ck' else COLOURS[3]


def bars(path, title, unit, rows):
    """rows: [(name, value)], one below the other, with the value behind the bar."""
    top = max(value for _, value in rows) or 1
    script = HEAD.format(path=path, title=title, width=900, height=110 + 34 * len(rows))
    script += (f'unset key\nset xlabel "{unit}"\nset xrange [0:{top * 1.12}]\n'
               f'set yrange [{len(rows) - 0.4}:-0.6]\nunset grid\nset lmargin {max(44, max(len(name) for name, _ in rows))}\nset ytics (' +
               ', '.join(f'"{name}" {i}' for i, (name, _) in enumerate(rows)) + ')\n')
    for i, (name, value) in enumerate(rows):
        script += (f'set object rectangle from 0,{i - 0.3} to {value},{i + 0.3} '
                   f'fc rgb "{colour(name)}" fs solid border lc rgb "{colour(name)}"\n'
                   f'set label "{value:g}" at {value + top * 0.01},{i}\n')
    gnuplot(script + 'plot -1 notitle\n')


def lines(path, title, x, y, rows, log=False):
    """rows: {name: [(x, y)]}, a line each; x by powers of ten, 0 at the left; y logarithmic if log."""
    script = HEAD.format(path=path, title=title, width=900, height=480)
    ticks = sorted({at for row in rows.values() for at, _ in row})
    place = {at: i for i, at in enumerate(ticks)}
    script += (f'set key bmargin center vertical\nset xlabel "{x}"\nset ylabel "{y}"\nset {"logscale y" if log else "yrange [0:]"}\n'
               'set xtics (' + ', '.join(f'"{at:,}" {place[at]}' for at in ticks) + ')\nplot ' +
               ', '.join(f'"-" with linespoints lw 2 pt 7 lc rgb "{colour(name)}" title "{name}"'
                         for name in rows) + '\n')
    for row in rows.values():
        script += '\n'.join(f'{place[at]} {value}' for at, value in row) + '\ne\n'
    gnuplot(script)


def steps(path, title, unit, series):
    """series: {name: values}: which share of them is at most so large."""
    script = HEAD.format(path=path, title=title, width=900, height=420)
    script += (f'set xlabel "{unit}"\nset ylabel "share of the trials"\nset yrange [0:1.02]\n'
               'set key outside center top vertical maxrows 2 samplen 2 font ",10"\nset xrange [0:*]\n')
    plots = []
    for i, (name, values) in enumerate(series.items()):
        lines = [f'{v} {(n + 1) / len(values)}' for n, v in enumerate(sorted(values))]
        script += f'$data{i} << E\n0 0\n' + '\n'.join(lines) + '\nE\n'
        plots.append(f'$data{i} using 1:2 with steps lw 2 dt {1 + i // 2} lc rgb "{colour(name)}" '
                     f'title "{name}"')
    gnuplot(script + 'plot ' + ', '.join(plots) + '\n')


WHAT = (('answers_per_s', 'UDP answers/s'), ('mbit_per_s', 'TCP, Mbit/s'))


def courses(path, title, found, marks):
    """found: {name: course}, side by side: what came in each few ms; marks: [(ms, word)]."""
    script = HEAD.format(path=path, title='', width=420 * len(found), height=640)
    script += (f'unset title\nset multiplot layout {len(WHAT)},{len(found)} title "{title}" font ",15"\n'
               'set style fill solid 0.5 noborder\nunset key\nset lmargin 11\nset rmargin 2\n')
    for ms, word in marks:
        script += (f'set arrow from {ms}, graph 0 to {ms}, graph 1 nohead lw 1.5 dt 2 lc rgb "black"\n'
                   f'set label "{word}" at {ms}, graph 0.97 offset 0.5,0 font ",10"\n')
    for key, unit in WHAT:
        top = max(max(course[key]) for course in found.values()) * 1.15
        for name, course in found.items():
            begin, width, values = course['from_ms'], course['bin_ms'], course[key]
            lines = [f'{begin + (i + 0.5) * width} {value}' for i, value in enumerate(values)]
            script += '$data << E\n' + '\n'.join(lines) + '\nE\n'
            script += (f'set title "{name}" font ",11"\nset ylabel "{unit}"\nset yrange [0:{top}]\n'
                       'set xlabel "ms since the fault"\n'
                       f'set xrange [{begin}:{begin + width * len(values)}]\n'
                       f'plot $data using 1:2:({width}) with boxes lc rgb "{colour(name)}"\n')
    gnuplot(script + 'unset multiplot\n')


def draw_faults(figures, folder):
    drawn = []
    for fault in ('power cut', 'hang', 'link down', 'planned'):
        file = fault.replace(' ', '-')
        series = {name: found['ms'] for name, found in figures('interruption').get(fault, {}).items()
                  if found['ms']}
        if series:
            drawn.append(f'{folder}/bench-interruption-{file}.svg')
            steps(drawn[-1], f'Interruption: {fault}', 'ms of silence', series)
        found = figures('faults').get(fault)
        if found:
            drawn.append(f'{folder}/bench-fault-{file}.svg')
            courses(drawn[-1], f'What comes through: {fault}', found,
                    [(0, fault)] + ([(1000, 'goes on')] if fault == 'hang' else []))
    return drawn


def draw(results, folder):
    """One picture for each part that has one."""
    drawn = []

    def figures(part):
        return results.get(part, {}).get('figures', {})
    for what, title in (('tcp', 'TCP connection opened and closed'), ('udp', 'UDP exchange')):
        rows = [(name, found[f'{what}_ratio']) for name, found in figures('cost').items()]
        if rows:
            drawn.append(f'{folder}/bench-cost-{what}.svg')
            bars(drawn[-1], f'Instructions of the whole machine per {title}', 'times those without '
                 'replication', rows)
    rows = [(name, round(spent / 1000, 1)) for name, spent in figures('two').items()]
    if rows:
        drawn.append(f'{folder}/bench-two.svg')
        bars(drawn[-1], 'TCP connection opened and closed, on two processors', 'thousand instructions', rows)
    for part, by, unit in (('size', 'the size of the table', 'entries in the connection table'),
                           ('by-rate', 'how many there are', 'connections a second')):
        rows = {name: sorted((int(count), value / 1000) for count, value in found.items())
                for name, found in figures(part).items()}
        if rows:
            drawn.append(f'{folder}/bench-{part}.svg')
            lines(drawn[-1], f'TCP connection opened and closed, by {by}', unit,
                  'thousand instructions', rows)
    by_size = {}
    for count, found in figures('takeover-size').items():
        for name, of in found.items():
            if 'median_ms' in of:
                by_size.setdefault(name, []).append((int(count), of['median_ms']))
    if by_size:
        drawn.append(f'{folder}/bench-takeover-size.svg')
        lines(drawn[-1], 'From the power cut until every connection goes on',
              'entries in the connection table', 'ms, median',
              {name: sorted(row) for name, row in by_size.items()}, True)
    for part, title, unit, value in (
            ('downloads', 'Downloads that live through a power cut', '% of the trials',
             lambda of: round(100 * of['survived'] / of['trials'])),
            ('lost', 'Connections lost by a power cut',
             'mean, of 10,000 open and 1,000 new ones a second',
             lambda of: round(of['lost'] / len(of['trials']), 1))):
        rows = [(name, value(of)) for name, of in figures(part).items() if of['trials']]
        if rows:
            drawn.append(f'{folder}/bench-{part}.svg')
            bars(drawn[-1], title, unit, rows)
    return drawn + draw_faults(figures, folder)
