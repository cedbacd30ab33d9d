#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kernel.sh NAME: build one of the test kernels and print its build folder.
#
#   uml     User-mode Linux 6.1 from Debian's linux-source-6.1
#   umldbg  the same with KASAN, lockdep, kmemleak and debug objects
#   smpdbg  the same source and checks for QEMU: x86-64, SMP, PREEMPT
#
# The kernels live outside the tree, in ${NFHA_CACHE:-${XDG_CACHE_HOME:-~/.cache}/nfha}.
# The folder's name holds the package's version and a hash of the configuration, so a
# changed fragment or a security update gets a new kernel by itself.
# "kernel.sh --path NAME" only prints where the kernel is or would be (exit 1: not built).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${NFHA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/nfha}
series=6.1
package=linux-source-$series

only_path=
if [ "${1:-}" = --path ]; then only_path=1; shift; fi
name=${1:?usage: kernel.sh [--path] uml|umldbg|smpdbg}
arch=um base=defconfig image=linux
case $name in
uml)    fragments=(net.config uml.config plain.config) ;;
umldbg) fragments=(net.config uml.config debug.config) ;;
smpdbg) fragments=(net.config debug.config smp.config)
	arch=x86_64 base=tinyconfig image=bzImage ;;
*)      echo "kernel.sh: no kernel called '$name' (uml, umldbg, smpdbg)" >&2; exit 2 ;;
esac

version=$(dpkg-query -W -f '${Version}' "$package" 2>/dev/null) || {
	echo "kernel.sh: install $package first" >&2; exit 2; }
hash=$(cd "$here" && cat "${fragments[@]}" | grep '^CONFIG_' | sha256sum | cut -c1-12)
build=$cache/kernel/$name-$version-$hash
if [ -e "$build/.complete" ]; then echo "$build"; exit 0; fi
if [ "$only_path" ]; then echo "$build"; exit 1; fi

mkdir -p "$cache/kernel"
# Two runs at once (another checkout, another terminal) must not build into one folder.
exec 9>"$cache/kernel/$name.lock"
flock 9
[ ! -e "$build/.complete" ] || { echo "$build"; exit 0; }

source_dir=$cache/kernel/source-$version
(
	flock 8
	if [ ! -e "$source_dir/.complete" ]; then
		rm -rf "$source_dir"
		mkdir -p "$source_dir"
		tar -xf "/usr/src/$package.tar.xz" -C "$source_dir" --strip-components=1
		touch "$source_dir/.complete"
	fi
) 8>"$cache/kernel/source.lock"

rm -rf "$build"
mkdir -p "$build"
log=$build.log
fail() { echo "kernel.sh: building $name failed, the end of $log:" >&2; tail -30 "$log" >&2; exit 1; }
{
	make -s -C "$source_dir" O="$build" ARCH=$arch $base &&
	cd "$here" &&
	ARCH=$arch "$source_dir/scripts/kconfig/merge_config.sh" -m -O "$build" "$build/.config" "${fragments[@]}" &&
	make -s -C "$source_dir" O="$build" ARCH=$arch olddefconfig &&
	make -s -C "$source_dir" O="$build" ARCH=$arch -j"$(nproc)" $image modules &&
	make -s -C "$source_dir" O="$build" ARCH=$arch INSTALL_MOD_PATH="$build/root" modules_install
} >"$log" 2>&1 </dev/null || fail

# A fragment line that did not arrive (a renamed option, a missing dependency) is worth a
# word: the tests that want it would otherwise skip for no visible reason.
missing=0
while IFS= read -r line; do
	case $line in
	CONFIG_*=n) grep -q "^${line%=n}=" "$build/.config" && want=$line || want= ;;
	CONFIG_*)   grep -qx "$line" "$build/.config" && want= || want=$line ;;
	*)          want= ;;
	esac
	[ -z "$want" ] || { echo "kernel.sh: $name lacks $want" >&2; missing=$((missing + 1)); }
done < <(cd "$here" && cat "${fragments[@]}")
[ "$missing" = 0 ] || echo "kernel.sh: $missing options did not take effect in $name" >&2

# Objects are not needed for building modules against the result.
find "$build" -name '*.o' ! -path '*/scripts/*' ! -name 'module.lds' -delete
find "$build" -name '.*.cmd' ! -path '*/scripts/*' -delete
touch "$build/.complete"
echo "$build"
