/* http/target.h - a request target, decoded. Pure.
 * Percent sequences are decoded after the path was split, so "%2F" never makes a segment. */
#pragma once

#include "base/arena.h"

struct target {
	const char *path; /* decoded, without query; to be shown, not to be matched */
	const char **segments;
	size_t segment_count;
	struct target_pair {
		const char *name, *value;
	} * query;
	size_t query_count;
};

/* target_parse - origin-form, absolute-form or "*". Returns: 0 and *ret in the arena; -EINVAL when a percent sequence
 * is malformed, when anything decodes to NUL or invalid UTF-8, at a "." or ".." segment, and at more than 128 segments
 * or query parameters. */
int target_parse(struct arena *arena, const char *raw, struct target *ret);
