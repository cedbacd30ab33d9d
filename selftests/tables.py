# SPDX-License-Identifier: GPL-2.0-or-later
"""Both units' connection tables compared, independently of nfha, by "conntrack -L -o xml"."""
import xml.etree.ElementTree as ElementTree

# A replica outlives its connection by this (NFHA_GRACE_MS).
GRACE_S = 300
# It may be so much behind: a lap of the sweep later a refresh is sent when the timeout moved by a
# minute (sweep.c).
BEHIND_S = 82
AHEAD_S = 3
# Not of the connection: kept by each kernel for itself, or moving with every packet.
OWN = {'use', 'id', 'delta-time'}


def flatten(element, prefix=''):
    """Every leaf and attribute of a flow as one dict of paths."""
    found = {}
    for name, value in element.attrib.items():
        found[f'{prefix}@{name}'] = value
    if len(element) == 0 and prefix:
        found[prefix] = (element.text or '').strip()
    for child in element:
        name = child.tag
        if name == 'meta':
            name += '.' + child.get('direction', '')
        if name not in OWN and name != 'counters':
            found.update(flatten(child, f'{prefix}/{name}'))
    return found


def parse(text, family):
    """Flows by their original direction and zone."""
    flows = {}
    start = text.find('<?xml')
    if start < 0:
        return flows
    text = text[start:text.rindex('</conntrack>') + len('</conntrack>')]
    for flow in ElementTree.fromstring(text):
        fields = flatten(flow)
        key = tuple(sorted((k, v) for k, v in fields.items()
                           if k.startswith('/meta.original') or 'zone' in k))
        flows[(family,) + key] = fields
    return flows


def table(unit):
    flows = {}
    for family in ('ipv4', 'ipv6'):
        text = unit.place.run(f'conntrack -L -f {family} -o xml 2>/dev/null; true', 120)
        flows.update(parse(text, family))
    return flows


def name(key):
    return ' '.join(v for _, v in key[1:] if v)


def timeout_wrong(ours, theirs):
    """The standby's has the grace and may be behind; text, or None."""
    path = '/meta.independent/timeout'
    own, other = int(ours.get(path, 0)), int(theirs.get(path, 0)) - GRACE_S
    return None if own - BEHIND_S <= other <= own + AHEAD_S else f'lifetime {own} s, {other} s'


def differences(active, standby):
    """What is not the same, in words; the standby is looked at after the active unit."""
    ours, theirs = table(active), table(standby)
    missing = ours.keys() - theirs.keys()
    if missing:
        missing &= table(active).keys()         # what did not end between the two looks
    found = [f'only on {active.name}: {name(k)}' for k in missing]
    found += [f'only on {standby.name}: {name(k)}' for k in theirs.keys() - ours.keys()]
    for key in ours.keys() & theirs.keys():
        a, b = ours[key], theirs[key]
        for path in a.keys() | b.keys():
            if not path.endswith('/timeout') and a.get(path) != b.get(path):
                found.append(f'{name(key)}: {path}: {a.get(path)}, {b.get(path)}')
        wrong = timeout_wrong(a, b)
        if wrong:
            found.append(f'{name(key)}: {wrong}')
    return found, len(ours)
