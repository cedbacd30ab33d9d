#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""accel.py: prints the QEMU accelerator to use: kvm where a guest really boots under it, or tcg.

/dev/kvm alone says nothing: on some nested hosts an unmodified guest hangs under it.
"""
import os
import sys
import tempfile

import lab
from guest import QemuGuest


def boots(accel):
    folder = f'{lab.build_folder()}/6.1'
    with open(f'{folder}/kernel') as f:
        kernel = f.read().strip()
    with tempfile.TemporaryDirectory() as place:
        guest = QemuGuest('probe', place, kernel, f'{folder}/initramfs', accel)
        guest.boot()
        try:
            guest.wait_ready(15)
            return guest.exec('echo works', 5)[0].strip() == 'works'
        except Exception as e:
            print(f'accel.py: {accel}: {str(e).splitlines()[0]}', file=sys.stderr)
            return False
        finally:
            guest.kill()


print('kvm' if os.access('/dev/kvm', os.W_OK) and boots('kvm') else 'tcg')
