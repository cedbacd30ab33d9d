# SPDX-License-Identifier: GPL-2.0-or-later
# What can be checked without a guest: warnings, style, packaging. Sourced by check.sh; each
# function is one step, exit status 4 is a skip.

# One series' newest headers.
headers() { (cd /lib/modules && ls -d "$1".*-cloud-amd64/build | sort -V | tail -1); }

# The module with every warning on, in a copy; any line that warns is a failure.
module_without_warnings() { # SERIES
	local src log
	src=$(mktemp -d) || return 1
	log=$src/log
	cp -a "$top/kmod" "$top/uapi" "$top/Kbuild" "$src/"
	find "$src" \( -name '*.o' -o -name '.*.cmd' \) -delete
	make -j"$(nproc)" -C "/lib/modules/$(headers "$1")" M="$src" W=1 C=1 modules >"$log" 2>&1
	local rc=$?
	cat "$log"
	# The compile probes fail and warn on purpose; what they say does not reach the log.
	if grep -E 'warning:|error:' "$log"; then rc=1; fi
	rm -rf "$src"
	return $rc
}

userspace_without_warnings() {
	local src rc
	src=$(mktemp -d) || return 1
	cp -a "$top"/{userspace,uapi,Makefile,selftests,Documentation} "$src/"
	rm -rf "$src/userspace/build"
	make -j"$(nproc)" -C "$src" userspace && make -j"$(nproc)" -C "$src" unit
	rc=$?
	rm -rf "$src"
	return $rc
}

random_schedules() {
	local build rc
	build=$(mktemp -d) || return 1
	make -C "$top/userspace" --no-print-directory O="$build" sim
	rc=$?
	rm -rf "$build"
	return $rc
}

# checkpatch comes with the source of the test kernels.
style() {
	local script
	script=$("$here/kernel.sh" --path uml)/source/scripts/checkpatch.pl
	[ -e "$script" ] || { echo "no $script"; return 4; }
	perl "$script" --root="$(dirname "$(dirname "$script")")" --terse --no-summary --show-types -f \
		--max-line-length=100 --ignore "$(paste -sd, <<-END
			SPDX_LICENSE_TAG
			FILE_PATH_CHANGES
			SPLIT_STRING
			LINUX_VERSION_CODE
			COMPLEX_MACRO
			MACRO_WITH_FLOW_CONTROL
			PREFER_DEFINED_ATTRIBUTE_MACRO
			END
		)" "$top"/kmod/*.[ch] "$top"/uapi/linux/*.h
}

one_version() {
	local in_header in_dkms
	in_header=$(sed -n 's/^#define NFHA_VERSION[^"]*"\(.*\)"/\1/p' "$top/uapi/linux/nfha.h")
	in_dkms=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$top/dkms.conf")
	echo "uapi/linux/nfha.h: $in_header, dkms.conf: $in_dkms"
	[ -n "$in_header" ] && [ "$in_header" = "$in_dkms" ]
}

manual_pages() {
	mandoc -T lint -W error "$top"/Documentation/*.[58]
}

# Everything that "make install" puts somewhere, in an empty root.
installs() {
	local root rc=0 file
	root=$(mktemp -d) || return 1
	mkdir "$root/src" "$root/to"
	(cd "$top" && git ls-files -z 2>/dev/null || find . -type f -print0) |
		(cd "$top" && cpio -0pdm --quiet "$root/src") || rc=1
	make -C "$root/src" KDIR="/lib/modules/$(headers 6.1)" DESTDIR="$root/to" PREFIX=/usr install || rc=1
	for file in usr/sbin/nfhad usr/sbin/nfha usr/share/man/man8/nfha.8 usr/share/man/man8/nfhad.8 \
			usr/share/man/man5/nfha.conf.5 lib/systemd/system/nfhad.service \
			etc/modules-load.d/nfha.conf etc/nfha/nfha.conf.example; do
		[ -s "$root/to/$file" ] || { echo "make install: no $file"; rc=1; }
	done
	find "$root/to/lib/modules" -name 'nfha.ko*' | grep . || { echo "make install: no module"; rc=1; }
	# The example has to be one that the program takes.
	unshare -n sh -c "ip link add eth0 type veth peer name eth1 &&
		ip link add eth2 type veth peer name eth3 &&
		$root/to/usr/sbin/nfhad -t -c $root/to/etc/nfha/nfha.conf.example" || rc=1
	rm -rf "$root"
	return $rc
}

# DKMS in trees of its own: the host's are left alone.
dkms_builds() { # SERIES
	local root rc=0 release version had_key=
	root=$(mktemp -d) || return 1
	release=$(basename "$(dirname "$(headers "$1")")")
	release=$(basename "$release")
	version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$top/dkms.conf")
	[ ! -e /var/lib/dkms/mok.key ] || had_key=1
	mkdir -p "$root"/{dkms,modules/"$release"}
	make -s -C "$top" dkms-tree DESTDIR="$root" || rc=1
	local trees=(--dkmstree "$root/dkms" --sourcetree "$root/usr/src" --installtree "$root/modules")
	for action in add build install; do
		[ $rc = 0 ] || break
		local kernel=(-k "$release" --no-depmod)
		[ $action != add ] || kernel=()
		dkms $action "${trees[@]}" -m nfha -v "$version" "${kernel[@]}" || rc=1
	done
	find "$root/modules" -name 'nfha.ko*' | grep . || { echo "dkms installed no module"; rc=1; }
	dkms remove "${trees[@]}" -m nfha -v "$version" --all --no-depmod || rc=1
	if find "$root/modules" -name 'nfha.ko*' | grep .; then echo "dkms left it there"; rc=1; fi
	[ $rc = 0 ] || cat "$root"/dkms/nfha/*/build/make.log 2>/dev/null | tail -40
	[ -n "$had_key" ] || rm -f /var/lib/dkms/mok.key /var/lib/dkms/mok.pub
	rm -rf "$root"
	return $rc
}
