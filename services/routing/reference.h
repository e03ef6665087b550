/* reference.h - a conversation's short speakable reference: "7K3M-9QXD". Pure.
 *
 * Seven Crockford base32 characters of a scrambled sequence number (so that neighbours do not look alike) and a check
 * character over GF(32), which finds every single wrong character and every swap of two characters. */
#pragma once

#include "base/base.h"

#define REFERENCE_TEXT 10 /* bytes of "7K3M-9QXD" with its NUL */
#define REFERENCE_NUMBERS (UINT64_C(1) << 35)

/* reference_format - the reference of a sequence number; distinct numbers have distinct references.
 * Requires: number < REFERENCE_NUMBERS. Returns: text. */
char *reference_format(uint64_t number, char text[REFERENCE_TEXT]);
/* reference_parse - what a person may have made of it: any case, O for 0, I or L for 1, the dash missing; size bytes.
 * Returns: 0 with the canonical form, or -EINVAL (shape or check character) with ret untouched. */
int reference_parse(const char *text, size_t size, char ret[REFERENCE_TEXT]);
/* reference_find - the last "[#7K3M-9QXD]" of a subject with a valid check character.
 * Returns: 0 or -ENOENT with ret untouched. */
int reference_find(const char *subject, char ret[REFERENCE_TEXT]);

/* base32_encode - Crockford's alphabet in lower case, most significant bit first, the last character padded with zero
 * bits. ret: 8 * size / 5, rounded up, and a NUL. Source: https://www.crockford.com/base32.html */
void base32_encode(const uint8_t *data, size_t size, char *ret);
