# SPDX-License-Identifier: GPL-2.0-or-later
"""Throughput over time around an event, for a terminal and as an SVG file."""

BLOCKS = ' ▁▂▃▄▅▆▇█'


def read_log(text):
    """traffic's log: (start time, [(milliseconds, bytes)], milliseconds per bin)."""
    start, width, bins = 0.0, 50, []
    for line in text.splitlines():
        words = line.split()
        if words and words[0] == '#':
            start, width = float(words[2]), int(words[4])
        elif len(words) == 2:
            bins.append((int(words[0]), int(words[1])))
    return start, bins, width


def around(text, event, before_ms, after_ms):
    """Bins as (milliseconds relative to the event, MB/s)."""
    start, bins, width = read_log(text)
    zero = (event - start) * 1000
    return [(ms - zero, size / width / 1000) for ms, size in bins
            if -before_ms <= ms - zero <= after_ms], width


def terminal(bins, width, rows=8):
    """A bar a bin, with the axis below and the event marked."""
    top = max((rate for _, rate in bins), default=0) or 1
    lines = []
    for row in range(rows, 0, -1):
        bar = ''
        for _, rate in bins:
            level = rate / top * rows - (row - 1)
            bar += BLOCKS[max(0, min(8, round(level * 8)))]
        label = f'{top * row / rows:6.0f} MB/s' if row in (rows, rows // 2) else ' ' * 11
        lines.append(f'{label} |{bar}')
    mark = next((i for i, (ms, _) in enumerate(bins) if ms + width > 0), 0)
    lines.append(' ' * 11 + ' +' + '-' * mark + '^' + '-' * max(0, len(bins) - mark - 1))
    lines.append(' ' * (12 + max(0, mark - 2)) + 'kill' +
                 f'{"":4}(one column = {width} ms)')
    return '\n'.join(lines)


def svg(bins, width, marks, title):
    """marks: [(milliseconds, text)], drawn as vertical lines."""
    w, h, left, low = 900, 360, 70, 300
    first, last = bins[0][0], bins[-1][0] + width
    top = max(rate for _, rate in bins) or 1

    def x(ms):
        return left + (ms - first) / (last - first) * (w - left - 20)

    def y(rate):
        return low - rate / top * (low - 70)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" '
           'font-family="sans-serif" font-size="13">',
           f'<rect width="{w}" height="{h}" fill="white"/>',
           f'<text x="{left}" y="28" font-size="17">{title}</text>']
    for ms, rate in bins:
        out.append(f'<rect x="{x(ms):.1f}" y="{y(rate):.1f}" width="{x(width) - x(0) - 1:.1f}" '
                   f'height="{low - y(rate):.1f}" fill="#3b78b5"/>')
    out.append(f'<path d="M{left} 60V{low}H{w - 20}" fill="none" stroke="black"/>')
    for part in (0, 0.5, 1):
        out.append(f'<text x="{left - 8}" y="{y(top * part) + 4:.1f}" text-anchor="end">'
                   f'{top * part:.0f}</text>')
    out.append(f'<text x="8" y="52">MB/s</text>')
    for ms in range(int(first // 500 + 1) * 500, int(last) + 1, 500):
        out.append(f'<text x="{x(ms):.1f}" y="{low + 18}" text-anchor="middle">{ms} ms</text>')
    for number, (ms, text) in enumerate(marks):
        out.append(f'<path d="M{x(ms):.1f} 60V{low}" stroke="#c0392b" stroke-dasharray="5 3"/>'
                   f'<text x="{x(ms) + 5:.1f}" y="{72 + 16 * number}" fill="#c0392b">{text}</text>')
    out.append('</svg>')
    return '\n'.join(out) + '\n'
