/* reference.c - sequence numbers as references, and references as people type them. */
#include "reference.h"

#include "base/hash.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* a bijection of 35 bits: an unbalanced Feistel network over 18 and 17 bits; stored references depend on it */
static uint64_t scramble(uint64_t number)
{
	uint64_t high = number >> 17, low = number & 0x1ffff;

	for (uint64_t round = 1; round <= 4; round++) {
		low ^= hash_mix64(high << 8 | round) & 0x1ffff;
		high ^= hash_mix64(low << 8 | (round + 16)) & 0x3ffff;
	}
	return high << 17 | low;
}

/* multiplication by the generator of GF(32) = GF(2)[x] / (x^5 + x^2 + 1) */
static unsigned times_x(unsigned value)
{
	value <<= 1;
	return value & 32 ? value ^ 37 : value;
}

/* each digit has another power of x as its weight, and the check character weight 1: Horner's rule */
static unsigned check_digit(const unsigned digits[7])
{
	unsigned sum = 0;

	for (int i = 0; i < 7; i++)
		sum = times_x(sum ^ digits[i]);
	return sum;
}

static void write_text(const unsigned digits[8], char text[REFERENCE_TEXT])
{
	for (int i = 0; i < 8; i++)
		text[i + (i >= 4)] = alphabet[digits[i]];
	text[4] = '-';
	text[9] = '\0';
}

char *reference_format(uint64_t number, char text[REFERENCE_TEXT])
{
	unsigned digits[8];
	uint64_t scrambled = scramble(number);

	for (int i = 6; i >= 0; i--, scrambled >>= 5)
		digits[i] = (unsigned)(scrambled & 31);
	digits[7] = check_digit(digits);
	write_text(digits, text);
	return text;
}

static int digit_of(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		c = '0';
	if (c == 'I' || c == 'L')
		c = '1';
	const char *at = c ? strchr(alphabet, c) : NULL;
	return at ? (int)(at - alphabet) : -1;
}

int reference_parse(const char *text, size_t size, char ret[REFERENCE_TEXT])
{
	unsigned digits[8];

	if (size != 8 && !(size == 9 && text[4] == '-'))
		return -EINVAL;
	for (size_t i = 0; i < 8; i++) {
		int digit = digit_of(text[i + (size == 9 && i >= 4)]);
		if (digit < 0)
			return -EINVAL;
		digits[i] = (unsigned)digit;
	}
	if (check_digit(digits) != digits[7])
		return -EINVAL;
	write_text(digits, ret);
	return 0;
}

int reference_find(const char *subject, char ret[REFERENCE_TEXT])
{
	int rc = -ENOENT;

	for (const char *at = subject; (at = strstr(at, "[#")); at += 2) {
		const char *end = strchr(at, ']');
		if (end && reference_parse(at + 2, (size_t)(end - at - 2), ret) == 0)
			rc = 0;
	}
	return rc;
}

void base32_encode(const uint8_t *data, size_t size, char *ret)
{
	unsigned bits = 0, count = 0;

	for (size_t i = 0; i < size; i++) {
		bits = (bits << 8 | data[i]) & 0xfff;
		for (count += 8; count >= 5; count -= 5) {
			char c = alphabet[bits >> (count - 5) & 31];
			*ret++ = (char)(c >= 'A' ? c - 'A' + 'a' : c);
		}
	}
	if (count) {
		char c = alphabet[bits << (5 - count) & 31];
		*ret++ = (char)(c >= 'A' ? c - 'A' + 'a' : c);
	}
	*ret = '\0';
}
