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
    note = f'(one column = {width} ms)'
    lines.append(' ' * (12 + max(0, mark - 3)) + f'power cut   {note}')
    return '\n'.join(lines)


HEAD = ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" '
        'font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="13">'
        '<rect width="{w}" height="{h}" fill="white"/>')


def svg(bins, width, marks, title, subtitle):
    """marks: [(milliseconds, text)], vertical lines; what is between first and last is shaded."""
    w, h, left, right, high, low = 960, 430, 64, 940, 128, 372
    first, last = bins[0][0], bins[-1][0] + width
    top = max(rate for _, rate in bins) or 1

    def x(ms):
        return left + (ms - first) / (last - first) * (right - left)

    def y(rate):
        return low - rate / top * (low - high)

    def text(at, below, words, more=''):
        out.append(f'<text x="{at:.1f}" y="{below:.1f}" {more}>{words}</text>')
    out = [HEAD.format(w=w, h=h)]
    text(left, 30, title, 'font-size="19" font-weight="bold"')
    text(left, 51, subtitle, 'fill="#555"')
    shade = x(marks[0][0]), x(marks[-1][0])
    out.append(f'<rect x="{shade[0]:.1f}" y="{high - 8}" width="{shade[1] - shade[0]:.1f}" '
               f'height="{low - high + 8}" fill="#fbeae8"/>')
    for part in (0, 0.5, 1):
        out.append(f'<path d="M{left} {y(top * part):.1f}H{right}" stroke="#ddd"/>')
        text(left - 8, y(top * part) + 4, f'{top * part:.0f}', 'text-anchor="end"')
    text(left - 8, high - 14, 'MB/s', 'text-anchor="end"')
    for ms, rate in bins:
        out.append(f'<rect x="{x(ms):.1f}" y="{y(rate):.1f}" width="{x(width) - x(0) - 1:.1f}" '
                   f'height="{low - y(rate):.1f}" fill="#3b78b5"/>')
    out.append(f'<path d="M{left} {high - 8}V{low}H{right}" fill="none" stroke="#333"/>')
    for ms in range(-int(-first // 500) * 500, int(last) + 1, 500):
        out.append(f'<path d="M{x(ms):.1f} {low}v5" stroke="#333"/>')
        text(x(ms), low + 20, ms, 'text-anchor="middle"')
    text((left + right) / 2, low + 42, 'milliseconds from the power cut', 'text-anchor="middle"')
    for number, (ms, words) in enumerate(marks):
        level = 76 + 17 * number
        out.append(f'<path d="M{x(ms):.1f} {level - 10}V{low}" stroke="#c0392b" '
                   'stroke-dasharray="5 3"/>')
        text(x(ms) + 5, level, words, 'fill="#c0392b"')
    out.append('</svg>')
    return '\n'.join(out) + '\n'
