/* base/clock.c - reading the clocks, RFC 3339 out and in. */
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define US_PER_S 1000000
#define YEAR_0_S (-62167219200)
#define YEAR_10000_S 253402300800

static int64_t clock_read(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
	return clock_read(CLOCK_REALTIME);
}

int64_t clock_monotonic_us(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

char *clock_format(int64_t time_us, char text[CLOCK_TEXT])
{
	time_t seconds = time_us / US_PER_S;
	int64_t us = time_us % US_PER_S;
	struct tm tm;
	char wide[80]; /* what the compiler thinks these numbers might need */

	if (us < 0) { /* before 1970 the fraction still counts upwards */
		us += US_PER_S;
		seconds--;
	}
	gmtime_r(&seconds, &tm);
	snprintf(wide, sizeof(wide), "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", tm.tm_year + 1900, tm.tm_mon + 1,
	         tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)us);
	snprintf(text, CLOCK_TEXT, "%.*s", CLOCK_TEXT - 1, wide);
	return text;
}

/* exactly `digits` digits at *at, in [low, high] */
static bool take_number(const char **at, int digits, int low, int high, int *ret)
{
	int value = 0;

	for (; digits; digits--, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		value = value * 10 + (**at - '0');
	}
	*ret = value;
	return value >= low && value <= high;
}

static bool take_char(const char **at, const char *allowed)
{
	if (!**at || !strchr(allowed, **at))
		return false;
	(*at)++;
	return true;
}

static bool take_date(const char **at, struct tm *tm)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year, month;

	if (!take_number(at, 4, 0, 9999, &year) || !take_char(at, "-") || !take_number(at, 2, 1, 12, &month) ||
	    !take_char(at, "-"))
		return false;
	const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	tm->tm_year = year - 1900;
	tm->tm_mon = month - 1;
	return take_number(at, 2, 1, days[month - 1] + (month == 2 && is_leap), &tm->tm_mday);
}

static bool take_time(const char **at, struct tm *tm, int *ret_us)
{
	int us = 0, unit = US_PER_S / 10;

	/* second 60 is a leap second; timegm() counts it as the next one */
	if (!take_number(at, 2, 0, 23, &tm->tm_hour) || !take_char(at, ":") ||
	    !take_number(at, 2, 0, 59, &tm->tm_min) || !take_char(at, ":") || !take_number(at, 2, 0, 60, &tm->tm_sec))
		return false;
	if (take_char(at, ".")) {
		int digit;
		if (!take_number(at, 1, 0, 9, &us))
			return false;
		us *= unit;
		while (take_number(at, 1, 0, 9, &digit))
			us += digit * (unit /= 10);
	}
	*ret_us = us;
	return true;
}

static bool take_offset(const char **at, int *ret_seconds)
{
	int hours, minutes;

	if (take_char(at, "Zz")) {
		*ret_seconds = 0;
		return true;
	}
	const int sign = **at == '-' ? -1 : 1;
	if (!take_char(at, "+-") || !take_number(at, 2, 0, 23, &hours) || !take_char(at, ":") ||
	    !take_number(at, 2, 0, 59, &minutes))
		return false;
	*ret_seconds = sign * (hours * 3600 + minutes * 60);
	return true;
}

int clock_parse(const char *text, int64_t *ret_us)
{
	struct tm tm = {0};
	int us, offset;

	if (!text || !take_date(&text, &tm) || !take_char(&text, "Tt ") || !take_time(&text, &tm, &us) ||
	    !take_offset(&text, &offset) || *text)
		return -EINVAL;
	const int64_t seconds = (int64_t)timegm(&tm) - offset;
	if (seconds < YEAR_0_S || seconds >= YEAR_10000_S)
		return -EINVAL; /* an offset may carry the instant out of what four digits can say */
	*ret_us = seconds * US_PER_S + us;
	return 0;
}
