// SPDX-License-Identifier: GPL-2.0-or-later
/* near.c - "did you mean" */
#include "near.h"
#include "util.h"

#define NEAR	2	/* so many letters off is a slip of the finger */

/* Levenshtein distance, up to words of a sensible length. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[32];
	size_t la = strlen(a), lb = strlen(b);

	if (la >= ARRAY_SIZE(row) || lb >= ARRAY_SIZE(row))
		return UINT32_MAX;
	for (size_t j = 0; j <= lb; j++)
		row[j] = (unsigned int)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned int diagonal = row[0];

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned int change = diagonal + (a[i - 1] != b[j - 1]);
			unsigned int gap = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;

			diagonal = row[j];
			row[j] = change < gap ? change : gap;
		}
	}
	return row[lb];
}

const char *nearest(const char *found, const char *const *words, size_t n)
{
	const char *best = NULL;
	unsigned int least = NEAR + 1;

	for (size_t i = 0; i < n; i++) {
		unsigned int d = distance(found, words[i]);

		if (d < least && d < strlen(words[i])) {
			least = d;
			best = words[i];
		}
	}
	return best;
}
