#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build.sh KERNEL...: everything a lab needs for each of these kernels, outside the tree.
#
#   uml umldbg    the test kernels of kernel.sh
#   smpdbg        the one for QEMU
#   6.1 6.12      Debian's stock kernels (the newest cloud kernel of the series installed)
#
# In $NFHA_BUILD (default: the cache's build folder), one folder a kernel:
#   kernel        file naming the kernel image or, for UML, its build folder
#   src/          copy of the product's sources, where module and programs are built
#   guest/        what a guest sees as /nfha: nfha.ko nfhad nfha traffic
# The programs are the same for all of them and built once a run.
#   initramfs     for QEMU
# NFHA_TREE is the tree to build (default: this one); sabotage.sh points it elsewhere.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${NFHA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/nfha}
out=${NFHA_BUILD:-$cache/build}
tree=${NFHA_TREE:-$here/..}

# The newest installed stock kernel of a series: its release.
stock_release() {
	local release
	release=$(cd /lib/modules && printf '%s\n' "$1".*cloud-amd64 | sort -V | tail -1)
	[ -e "/boot/vmlinuz-$release" ] || {
		echo "build.sh: no linux-image-$1*-cloud-amd64 installed" >&2; exit 1; }
	echo "$release"
}

copy_sources() { # TO PART...
	local to=$1 part
	shift
	rm -rf "$to"
	mkdir -p "$to"
	for part; do
		[ -e "$tree/$part" ] || continue
		mkdir -p "$to/$(dirname "$part")"
		cp -a "$tree/$part" "$to/$part"
	done
}

# From fresh copies, always: some seconds are nothing beside a stale object.
build_programs() { # FOLDER
	rm -rf "$1"
	mkdir -p "$1/guest"
	make -s -C "$here" OUT="$1/guest"
	[ -z "${NFHA_BARE:-}" ] || return 0
	copy_sources "$1/src" uapi userspace Makefile
	rm -rf "$1/src/userspace/build"
	make -s -j"$(nproc)" -C "$1/src" userspace
	install -m 755 "$1/src/userspace/nfhad" "$1/src/userspace/nfha" "$1/guest/"
}

# With NFHA_DEBUG=1 the module tests its own wire format when it is loaded, and refuses to
# load if that fails.
build_module() { # FOLDER KDIR ARCH-ARGUMENT
	copy_sources "$1/src" kmod uapi Kbuild selftests/golden_frames.h \
		selftests/golden_ext.h selftests/golden_keys.h
	find "$1/src" \( -name '*.o' -o -name '*.cmd' -o -name '*.ko' \) -delete
	make -s -j"$(nproc)" -C "$2" ${3:+"$3"} M="$1/src" ${debug:+NFHA_DEBUG=1} modules
	install -m 644 "$(find "$1/src" -name nfha.ko | head -1)" "$1/guest/nfha.ko"
	strip --strip-debug "$1/guest/nfha.ko"
}

# The product as a second archive behind the base one, in one file.
append_product() { # FOLDER BASE
	local stage=$1/stage
	rm -rf "$stage"
	mkdir -p "$stage/nfha"
	cp -a "$1"/guest/. "$stage/nfha/"
	# Libraries the base archive may lack.
	{ ldd "$stage"/nfha/{nfhad,nfha,traffic} 2>/dev/null || true; } |
		grep -o '/[^ ]*\.so[^ ]*' | sort -u | while read -r library; do
		mkdir -p "$stage/usr$(dirname "${library#/usr}")"
		cp -L "$library" "$stage/usr${library#/usr}"
	done
	{ cat "$2"; (cd "$stage" && find . -mindepth 1 | cpio --quiet -o -H newc -R 0:0); } \
		>"$1/initramfs.new"
	mv "$1/initramfs.new" "$1/initramfs"
	rm -rf "$stage"
}

build_for() { # NAME
	local folder=$out/$1 release kdir arch= base debug= modules=
	mkdir -p "$folder/guest"
	cp -a --remove-destination "$programs"/guest/. "$folder/guest/"
	case $1 in
	uml*)
		kdir=$("$here/kernel.sh" "$1")
		arch=ARCH=um
		if [ "$1" = umldbg ]; then debug=1; fi
		echo "$kdir" >"$folder/kernel"
		;;
	smpdbg)
		kdir=$("$here/kernel.sh" "$1")
		debug=1 modules=$kdir/root
		release=$(basename "$modules"/lib/modules/*)
		echo "$kdir/arch/x86/boot/bzImage" >"$folder/kernel"
		;;
	*)
		release=$(stock_release "$1")
		kdir=/lib/modules/$release/build
		echo "/boot/vmlinuz-$release" >"$folder/kernel"
		;;
	esac
	[ -n "${NFHA_BARE:-}" ] || build_module "$folder" "$kdir" "$arch"
	case $1 in
	uml*) ;;
	*)
		base=$out/base-$release-$({ echo "$modules"; cat "$here"/{initramfs.py,agent.sh,qemu_init.sh}; } |
			sha256sum | cut -c1-12)
		[ -e "$base" ] || "$here/initramfs.py" "$release" "$base" ${modules:+"$modules"}
		append_product "$folder" "$base"
		;;
	esac
}

programs=$out/programs
build_programs "$programs"
for kernel in "$@"; do build_for "$kernel"; done
