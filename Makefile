# SPDX-License-Identifier: GPL-2.0-or-later
#
# make            the module (for KDIR, default: the running kernel), nfhad, nfha
# make demo       a pair in virtual machines; a download survives the active unit
# make check      every test; ends with "N passed, N failed, N skipped"
# make check-smp  the module on a kernel with two processors, preemption and every debug check;
#                 takes long, not part of make check
# make bench      measures it beside others; PARTS="cost memory" chooses, and is how the long parts
#                 "table-13-7" (how long each kind of failure interrupts) and "load" are run
# make sabotage   shows that the tests fail on broken code; takes long
# make install    DESTDIR, PREFIX; the module goes to the kernel of KDIR
# make install-dkms   on a firewall host: packages, DKMS, helper, systemd unit
#
# V=1 prints the commands, W=1 and C=1 go to the kernel's build.

VERSION := $(shell sed -n 's/^\#define NFHA_VERSION[^"]*"\(.*\)"/\1/p' uapi/linux/nfha.h)
KDIR ?= /lib/modules/$(shell uname -r)/build
PREFIX ?= /usr/local
MANDIR ?= $(PREFIX)/share/man
UNITDIR ?= /lib/systemd/system
INSTALL ?= install
Q := $(if $(V),,@)

KBUILD = $(MAKE) $(if $(V),,-s) -C $(KDIR) M=$(CURDIR)
MAN = Documentation/nfha.8 Documentation/nfhad.8 Documentation/nfha.conf.5
DKMS_SRC = $(DESTDIR)/usr/src/nfha-$(VERSION)

all: module userspace

module:
	$(Q)if [ ! -e "$(KDIR)/Makefile" ]; then \
		echo "make: no kernel headers in $(KDIR): install linux-headers-$$(uname -r)," \
			"or name others with KDIR=" >&2; exit 1; fi
	$(Q)+$(KBUILD) modules

userspace:
	$(Q)+$(MAKE) $(if $(V),,--no-print-directory) -C userspace

install: module install-userspace
	$(Q)+$(KBUILD) $(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR)) modules_install

install-userspace: userspace
	$(Q)+$(MAKE) $(if $(V),,--no-print-directory) -C userspace install \
		DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	$(Q)$(INSTALL) -d $(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man8 \
		$(DESTDIR)$(UNITDIR) $(DESTDIR)/etc/modules-load.d
	$(Q)$(INSTALL) -d -m 0700 $(DESTDIR)/etc/nfha
	$(Q)for m in $(MAN); do \
		$(INSTALL) -m 0644 $$m $(DESTDIR)$(MANDIR)/man$${m##*.}/ || exit 1; done
	$(Q)sed 's|@SBINDIR@|$(PREFIX)/sbin|' packaging/nfhad.service.in \
		>$(DESTDIR)$(UNITDIR)/nfhad.service
	$(Q)$(INSTALL) -m 0644 packaging/nfha.modules $(DESTDIR)/etc/modules-load.d/nfha.conf
	$(Q)$(INSTALL) -m 0600 packaging/nfha.conf.example $(DESTDIR)/etc/nfha/nfha.conf.example

install-dkms:
	$(Q)packaging/install-dkms.sh $(VERSION)

# The sources that DKMS builds from: the module and nothing else.
dkms-tree:
	$(Q)$(INSTALL) -d $(DKMS_SRC)/kmod $(DKMS_SRC)/uapi/linux
	$(Q)$(INSTALL) -m 0644 kmod/*.[ch] $(DKMS_SRC)/kmod/
	$(Q)$(INSTALL) -m 0644 uapi/linux/*.h $(DKMS_SRC)/uapi/linux/
	$(Q)$(INSTALL) -m 0644 Kbuild LICENSE $(DKMS_SRC)/
	$(Q)$(INSTALL) -m 0644 dkms.conf $(DKMS_SRC)/

unit:
	$(Q)+$(MAKE) $(if $(V),,--no-print-directory) -C userspace unit

check:
	$(Q)selftests/check.sh

check-smp:
	$(Q)selftests/check_smp.sh

demo:
	$(Q)selftests/demo.sh

bench:
	$(Q)selftests/bench.sh $(PARTS)

sabotage:
	$(Q)selftests/sabotage.sh

clean:
	$(Q)if [ -e "$(KDIR)/Makefile" ]; then $(KBUILD) clean; fi
	$(Q)+$(MAKE) $(if $(V),,--no-print-directory) -C userspace clean
	$(Q)if [ -e selftests/Makefile ]; then \
		$(MAKE) $(if $(V),,--no-print-directory) -C selftests clean; fi

.PHONY: all module userspace install install-userspace install-dkms dkms-tree unit check \
	check-smp demo bench sabotage clean
