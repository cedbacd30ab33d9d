# SPDX-License-Identifier: GPL-2.0-or-later
"""Pictures of the benchmark's results, by gnuplot."""
import subprocess

HEAD = '''set terminal svg size {width},{height} font "DejaVu Sans,12" background "white"
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
    top = max(value for _, value in rows)
    script = HEAD.format(path=path, title=title, width=900, height=110 + 34 * len(rows))
    script += (f'unset key\nset xlabel "{unit}"\nset xrange [0:{top * 1.12}]\n'
               f'set yrange [{len(rows) - 0.4}:-0.6]\nunset grid\nset lmargin 44\nset ytics (' +
               ', '.join(f'"{name}" {i}' for i, (name, _) in enumerate(rows)) + ')\n')
    for i, (name, value) in enumerate(rows):
        script += (f'set object rectangle from 0,{i - 0.3} to {value},{i + 0.3} '
                   f'fc rgb "{colour(name)}" fs solid border lc rgb "{colour(name)}"\n'
                   f'set label "{value:g}" at {value + top * 0.01},{i}\n')
    gnuplot(script + 'plot -1 notitle\n')


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
    return drawn
