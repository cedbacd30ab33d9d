#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""initramfs.py RELEASE OUT [ROOT]: an initramfs for a kernel, made of the host's files.

The kernel's modules are those under ROOT/lib/modules (default: of the host's stock kernel).

Uncompressed: an emulated machine unpacks a cpio faster than it inflates one, and a second
archive with the product is simply appended (build.sh).
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

PROGRAMS = '''bash ip nft conntrack conntrackd iptables-nft ss tc bridge ethtool ping arping tcpdump
sysctl ps kill cat ls grep sed awk cut date sleep insmod rmmod lsmod modprobe dmesg tee timeout seq
env base64 hostname head tail tr wc mkdir mkfifo chmod stat mv rm ln cp dirname sort uniq stty true
uname mount umount find xxd md5sum sha256sum nsenter unshare nc setpriv modinfo stdbuf'''.split()

# Loaded by the init, so that the guest is reachable.
FIRST = ['virtio_pci', 'virtio_console', 'virtio_rng', 'virtio_net']
# Present; loaded when something wants them.
MODULES = FIRST + '''nf_conntrack nf_conntrack_netlink nf_nat nf_tables nft_ct nft_chain_nat nft_masq
nft_nat nft_reject nft_reject_inet nft_log nft_limit nft_redir nft_compat nft_objref nft_fib_inet
nft_flow_offload nf_flow_table_inet nf_conntrack_ftp nf_nat_ftp nfnetlink_cttimeout nfnetlink_cthelper
udp_tunnel ip6_udp_tunnel veth bridge dummy macvlan ipvlan 8021q bonding vrf sch_netem tun xt_conntrack
xt_MASQUERADE ip_tables gcm ctr ghash_generic chacha20poly1305 chacha_generic poly1305_generic
aesni_intel ghash_clmulni_intel chacha_x86_64 poly1305_x86_64 cryptd xfrm_user esp4'''.split()

FOLDERS = '''proc sys dev tmp run etc/iproute2 var/lib root mnt usr/bin usr/sbin usr/lib usr/lib64
nfha'''.split()


class Tree:
    def __init__(self, root):
        self.root = root
        for folder in FOLDERS:
            os.makedirs(f'{root}/{folder}')
        for link in ('bin', 'sbin', 'lib', 'lib64'):
            os.symlink(f'usr/{link}', f'{root}/{link}')

    def put(self, source, target=None):
        target = self.root + re.sub(r'^/(bin|sbin|lib|lib64)/', r'/usr/\1/', target or source)
        if not os.path.lexists(target):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(os.path.realpath(source), target)

    def program(self, source, target):
        """An executable or shared object, with the libraries it needs."""
        self.put(source, target)
        wanted = subprocess.run(['ldd', source], capture_output=True, text=True).stdout
        for library in re.findall(r'(/\S+\.so\S*)', wanted):
            self.put(library)

    def modules(self, release, root):
        """The modules and all they need, with an index for modprobe."""
        base = f'/lib/modules/{release}'
        for module in MODULES:
            shown = subprocess.run(['modprobe', '-d', root or '/', '-S', release, '--show-depends',
                                    module], capture_output=True, text=True).stdout
            for line in shown.splitlines():
                if line.startswith('insmod'):
                    path = line.split()[1]
                    self.put(path, path[path.index('/lib/modules/'):])
        for index in ('modules.order', 'modules.builtin', 'modules.builtin.modinfo'):
            self.put(f'{root}{base}/{index}', f'{base}/{index}')
        subprocess.run(['depmod', '-b', self.root, release], check=True)


def main():
    release, out, kernel_root = (sys.argv[1:] + [''])[:3]
    out = os.path.abspath(out)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(out)) as folder:
        root = f'{folder}/root'
        tree = Tree(root)
        tree.put('/bin/busybox', '/usr/bin/busybox')
        for name in PROGRAMS:
            found = shutil.which(name)
            if found:
                # sbin or bin is no difference here: the init sets a PATH with both.
                tree.program(os.path.realpath(found), f'/usr/bin/{name}')
            else:
                print(f'initramfs.py: the host has no {name}', file=sys.stderr)
        os.symlink('/usr/bin/modprobe', f'{root}/usr/sbin/modprobe')
        os.symlink('bash', f'{root}/usr/bin/sh')
        for name in ('/etc/protocols', '/etc/services', '/etc/passwd', '/etc/group',
                     '/etc/nsswitch.conf', '/etc/ld.so.cache', '/etc/iproute2/rt_tables',
                     '/usr/libexec/coreutils/libstdbuf.so'):
            if os.path.exists(name):
                tree.put(name)
        tree.modules(release, kernel_root)
        with open(f'{root}/modules.first', 'w') as f:
            f.write('\n'.join(FIRST) + '\n')
        for source, target in (('qemu_init.sh', 'init'), ('agent.sh', 'agent.sh')):
            shutil.copy2(f'{HERE}/{source}', f'{root}/{target}')
            os.chmod(f'{root}/{target}', 0o755)
        subprocess.run(f'find . | cpio --quiet -o -H newc -R 0:0 >{folder}/cpio', cwd=root,
                       shell=True, check=True)
        os.rename(f'{folder}/cpio', out)


if __name__ == '__main__':
    main()
