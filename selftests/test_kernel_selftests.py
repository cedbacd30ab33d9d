#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's own netfilter selftests pass with nfha loaded and at work.

They make namespaces of their own, so that they guard what nfha does to namespaces it was not
asked to serve: nothing. nft_conntrack_helper is not among them: it starts a server and its client
at once, and where the client comes first (on User-mode Linux without nfha: in 5 runs of 6) it waits
for ever.
"""
import os
import subprocess

import lab as labs
from ktap import Skip, case, check, main, say

TESTS = ('conntrack_tcp_unreplied', 'nf_nat_edemux', 'conntrack_icmp_related')


def folder():
    here = os.path.dirname(os.path.abspath(labs.__file__))
    kernel = subprocess.run([f'{here}/kernel.sh', '--path', 'uml'], capture_output=True, text=True)
    found = os.path.realpath(kernel.stdout.strip() + '/source') + '/tools/testing/selftests/netfilter'
    if not os.path.isdir(found):
        raise Skip('needs the kernel source of kernel.sh')
    return found


def make(name):
    @case(f'{name}.sh of the kernel', kinds=('ns',), kernels=('uml', 'umldbg'))
    def run(lab):
        path = folder()
        lab.fresh()
        out, rc = lab.guest.exec(f'cd {path} && bash ./{name}.sh 2>&1', 300)
        say(out)
        if rc == 4:
            raise Skip(out.strip().splitlines()[-1] if out.strip() else 'the test skipped itself')
        check(rc == 0, f'{name}.sh: exit {rc}')
        lab.wait_pair()
    return run


for test in TESTS:
    make(test)

if __name__ == '__main__':
    main()
