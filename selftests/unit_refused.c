// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * unit_refused.c - configuration files with the mistakes that people make
 *
 * golden/refused/NAME.conf is read as a file of mode 0600 (open-*: 0644), and what is
 * said about it is compared with NAME.err. GOLDEN=DIR, UPDATE=1 as in golden.h.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"
#include "golden.h"

#define CASES_MIN	30	/* there were so many: a folder that was lost is noticed */

static const char *unfit(const char *dev, bool link, char *why, size_t size)
{
	if (strncmp(dev, "eth", 3)) {
		snprintf(why, size, "no such device");
		return why;
	}
	snprintf(why, size, "a port of a bridge or bond");
	return link && !strcmp(dev, "eth9") ? why : NULL;
}

static const char *devices(char *list, size_t size)
{
	snprintf(list, size, "eth0 eth1 eth2 eth3 eth9");
	return list;
}

static size_t read_file(const char *path, char *text, size_t size)
{
	FILE *f = fopen(path, "r");
	size_t len = 0;

	CHECK(f, "%s", path);
	if (f) {
		len = fread(text, 1, size, f);
		fclose(f);
	}
	return len;
}

static void refused(const char *name)
{
	static const struct conf_system sys = { unfit, devices, NULL };
	static char text[65536];
	char file[300], path[512], *said = NULL;
	unsigned int failed, lines = 0;
	struct conf c;
	size_t len;
	FILE *f;

	snprintf(file, sizeof(file), "refused/%s.conf", name);
	len = read_file(golden_path(file, path), text, sizeof(text));
	f = open_memstream(&said, &(size_t){ 0 });
	snprintf(file, sizeof(file), "%s.conf", name);
	failed = conf_parse(file, text, len, !strncmp(name, "open-", 5), &sys, &c, f);
	fclose(f);
	for (const char *at = said; *at; at++)
		lines += *at == '\n';
	CHECK(failed, "accepted");
	CHECK(lines == failed, "%u errors, %u lines", failed, lines);
	CHECK(!strstr(said, "topsecret"), "the key is shown");
	snprintf(file, sizeof(file), "refused/%s.err", name);
	golden(file, said);
	free(said);
	conf_free(&c);
}

/* Key files, where the cases name them. */
static void make_key(const char *path, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	CHECK(fd >= 0 && !fchmod(fd, mode), "%s", path);
	if (fd >= 0)
		close(fd);
}

static int is_case(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".conf");
}

int main(void)
{
	char path[512], dir[] = "/tmp/nfha-unit-XXXXXX", here[512];
	struct dirent **entry;
	int n;

	ktap_begin();
	n = scandir(golden_path("refused", path), &entry, is_case, alphasort);
	/* Key files are named without a folder. */
	if (!realpath(golden_path("", path), here) || setenv("GOLDEN", here, 1) ||
	    !mkdtemp(dir) || chdir(dir))
		return 1;
	make_key("key-0644", 0644);
	TEST(CHECK(n >= CASES_MIN, "%d cases", n), "the files are there");
	for (int i = 0; i < n; i++) {
		char *name = entry[i]->d_name;

		*strrchr(name, '.') = '\0';
		/* The owner is judged before the mode. */
		if (!strcmp(name, "key-file-readable") && getuid()) {
			printf("ok %u %s # SKIP needs root\n", ++ktap_run, name);
			continue;
		}
		TEST(refused(name), "%s", name);
	}
	while (n > 0)
		free(entry[--n]);
	free(entry);
	unlink("key-0644");
	return rmdir(dir) ? 1 : ktap_end();
}
