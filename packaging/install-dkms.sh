#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs nfha on this firewall host: build packages, the module by DKMS, nfhad and
# nfha under /usr, the systemd unit. Starts nothing. Usage: install-dkms.sh VERSION
set -eu
version=$1
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "install-dkms: needs root: sudo make install-dkms" >&2; exit 1; }

kernel=${KVER:-$(uname -r)}
export DEBIAN_FRONTEND=noninteractive
apt-get install -y --no-install-recommends dkms "linux-headers-$kernel" gcc libc6-dev make pkg-config \
	libmnl-dev libssl-dev libcap-dev libsystemd-dev libjson-c-dev >/dev/null

# Another build of the same version is replaced, not mixed with.
if dkms status -m nfha -v "$version" | grep -q nfha; then
	dkms remove -m nfha -v "$version" --all
fi
rm -rf "/usr/src/nfha-$version"
make -s dkms-tree
dkms add -m nfha -v "$version"
dkms build -m nfha -v "$version" -k "$kernel"
dkms install -m nfha -v "$version" -k "$kernel"

make -s install-userspace PREFIX=/usr
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
fi
echo "nfha $version is installed for $kernel."
echo "Next: write /etc/nfha/nfha.conf (see /etc/nfha/nfha.conf.example), then" \
	"systemctl enable --now nfhad"
