// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hotspots: a plugin of QEMU's: how many instructions a guest executes where.
 *
 *   -plugin hotspots.so,to=FILE    when FILE.go exists: writes FILE, removes FILE.go, begins anew
 *
 * FILE has a line "ADDRESS INSTRUCTIONS" for each block of code that was executed. Debian does
 * not package the interface's header; what is used of its version 1 is declared here.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

struct qemu_plugin_tb;
typedef uint64_t qemu_plugin_id_t;
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
					   void (*cb)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, enum qemu_plugin_op op,
					      void *ptr, uint64_t imm);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);

EXPORT int qemu_plugin_version = 1;

/* Never moved: generated code adds to the counts. A power of two, far more than there is code. */
#define BLOCKS	(1U << 21)
static struct { uint64_t address, count; } block[BLOCKS];
static char *to, *go;

/* One virtual processor translates at a time. */
static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	uint64_t address = qemu_plugin_tb_vaddr(tb);
	uint32_t i = (uint32_t)((address * 0x9e3779b97f4a7c15ULL) >> 43) % BLOCKS;

	(void)id;
	while (block[i].address && block[i].address != address)
		i = (i + 1) % BLOCKS;
	block[i].address = address;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64, &block[i].count,
						 qemu_plugin_tb_n_insns(tb));
}

static void *writer(void *unused)
{
	uint32_t i;
	FILE *f;

	for (;; usleep(5000)) {
		if (access(go, F_OK))
			continue;
		f = fopen(to, "w");
		if (!f)
			return unused;
		for (i = 0; i < BLOCKS; i++) {
			if (block[i].count)
				fprintf(f, "%" PRIx64 " %" PRIu64 "\n", block[i].address,
					block[i].count);
			block[i].count = 0;
		}
		fclose(f);
		unlink(go);
	}
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
	pthread_t thread;

	(void)info;
	if (argc != 1 || strncmp(argv[0], "to=", 3) || asprintf(&to, "%s", argv[0] + 3) < 0 ||
	    asprintf(&go, "%s.go", to) < 0)
		return 1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return pthread_create(&thread, NULL, writer, NULL);
}
