/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * golden.h - texts against files that hold what is expected
 *
 * GOLDEN=DIR names their folder. UPDATE=1 writes them: read what changed.
 */
#ifndef NFHA_GOLDEN_H
#define NFHA_GOLDEN_H

#include <stdlib.h>
#include <string.h>

#include "ktap.h"

static inline const char *golden_path(const char *name, char path[512])
{
	const char *dir = getenv("GOLDEN");

	snprintf(path, 512, "%s/%s", dir ? dir : "../selftests/golden", name);
	return path;
}

static inline void golden(const char *name, const char *text)
{
	static char want[65536];
	char path[512];
	size_t len = 0;
	FILE *f = fopen(golden_path(name, path), getenv("UPDATE") ? "w" : "r");

	CHECK(f, "%s", path);
	if (f && getenv("UPDATE")) {
		fputs(text, f);
	} else if (f) {
		len = fread(want, 1, sizeof(want) - 1, f);
		want[len] = '\0';
		CHECK(!strcmp(want, text), "differs from %s:\n%s", path, text);
	}
	if (f)
		fclose(f);
}

#endif /* NFHA_GOLDEN_H */
