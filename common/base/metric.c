/* base/metric.c - the process's registry of metrics and its text. */
#include "base/metric.h"

#include <math.h>

#include "base/hash.h"
#include "base/log.h"

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

static const char *const type_names[] = {"counter", "gauge", "histogram"};
static const double bounds[] = {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10};

struct metric {
	struct metric *next;        /* of the family, in order of creation */
	struct metric *next_bucket; /* of the lookup table */
	struct family *family;
	char *labels; /* "" for none */
	double value; /* histogram: sum of seconds */
	uint64_t count;
	uint64_t *buckets; /* histogram: one a bound, not cumulated */
};

/* All label sets of one name. */
struct family {
	struct family *next;
	char *name, *help;
	enum metric_type type;
	struct metric *first, **end;
};

struct refresher {
	struct refresher *next;
	void (*refresh)(void *arg);
	void *arg;
};

static struct {
	struct family *families;
	struct family **end;
	struct metric *lookup[256];
	struct refresher *refreshers;
} registry = {.end = &registry.families};

static struct family *family_get(const char *name, const char *help, enum metric_type type)
{
	struct family *family = registry.families;

	while (family && strcmp(family->name, name) != 0)
		family = family->next;
	if (!family) {
		family = hilo_new(struct family);
		family->name = hilo_strdup(name);
		family->help = hilo_strdup(help);
		family->type = type;
		family->end = &family->first;
		*registry.end = family;
		registry.end = &family->next;
	}
	if (family->type != type) { /* a mistake in the source that would make the text unreadable */
		log_error("metric.two_types", "name=%s", name);
		abort();
	}
	return family;
}

static struct metric *metric_get(const char *name, const char *help, const char *labels, enum metric_type type)
{
	struct metric **bucket = &registry.lookup[hash_key32(name) % HILO_COUNT(registry.lookup)];

	labels = labels ? labels : "";
	for (struct metric *m = *bucket; m; m = m->next_bucket) {
		if (m->family->type == type && strcmp(m->family->name, name) == 0 && strcmp(m->labels, labels) == 0)
			return m;
	}
	struct metric *m = hilo_new(struct metric);
	m->family = family_get(name, help, type);
	m->labels = hilo_strdup(labels);
	if (type == METRIC_HISTOGRAM)
		m->buckets = hilo_alloc_array(HILO_COUNT(bounds), sizeof(*m->buckets));
	*m->family->end = m;
	m->family->end = &m->next;
	m->next_bucket = *bucket;
	*bucket = m;
	return m;
}

struct metric *metric_counter(const char *name, const char *help, const char *labels)
{
	return metric_get(name, help, labels, METRIC_COUNTER);
}

struct metric *metric_gauge(const char *name, const char *help, const char *labels)
{
	return metric_get(name, help, labels, METRIC_GAUGE);
}

struct metric *metric_histogram(const char *name, const char *help, const char *labels)
{
	return metric_get(name, help, labels, METRIC_HISTOGRAM);
}

void metric_add(struct metric *m, double amount)
{
	m->value += amount;
}

void metric_set(struct metric *m, double value)
{
	m->value = value;
}

void metric_observe(struct metric *m, double seconds)
{
	m->value += seconds;
	m->count++;
	for (size_t i = 0; i < HILO_COUNT(bounds); i++) {
		if (seconds > bounds[i])
			continue;
		m->buckets[i]++;
		return;
	}
}

double metric_value(const struct metric *m)
{
	return m->family->type == METRIC_HISTOGRAM ? (double)m->count : m->value;
}

void metric_on_scrape(void (*refresh)(void *arg), void *arg)
{
	struct refresher *refresher = hilo_new(struct refresher);

	*refresher = (struct refresher){.next = registry.refreshers, .refresh = refresh, .arg = arg};
	registry.refreshers = refresher;
}

static void write_number(struct buf *out, double value)
{
	if (isinf(value))
		buf_puts(out, value < 0 ? "-Inf" : "+Inf");
	else if (isnan(value))
		buf_puts(out, "NaN");
	else
		buf_printf(out, "%.15g", value);
}

/* name_suffix{labels,more} value */
static void write_sample(struct buf *out, const struct metric *m, const char *suffix, const char *more, double value)
{
	buf_printf(out, "%s%s", m->family->name, suffix);
	if (m->labels[0] || more[0])
		buf_printf(out, "{%s%s%s}", m->labels, m->labels[0] && more[0] ? "," : "", more);
	buf_putc(out, ' ');
	write_number(out, value);
	buf_putc(out, '\n');
}

static void write_histogram(struct buf *out, const struct metric *m)
{
	HILO_AUTO(buf) struct buf bound = {0};
	uint64_t sum = 0;

	for (size_t i = 0; i < HILO_COUNT(bounds); i++) {
		sum += m->buckets[i];
		buf_clear(&bound);
		buf_printf(&bound, "le=\"%g\"", bounds[i]);
		write_sample(out, m, "_bucket", bound.data, (double)sum);
	}
	write_sample(out, m, "_bucket", "le=\"+Inf\"", (double)m->count);
	write_sample(out, m, "_sum", "", m->value);
	write_sample(out, m, "_count", "", (double)m->count);
}

static void write_head(struct buf *out, const struct family *family)
{
	buf_printf(out, "# HELP %s ", family->name);
	for (const char *c = family->help; *c; c++) {
		if (*c == '\n' || *c == '\\')
			buf_puts(out, *c == '\n' ? "\\n" : "\\\\");
		else
			buf_putc(out, *c);
	}
	buf_printf(out, "\n# TYPE %s %s\n", family->name, type_names[family->type]);
}

void metric_write(struct buf *out)
{
	for (struct refresher *r = registry.refreshers; r; r = r->next)
		r->refresh(r->arg);
	for (struct family *family = registry.families; family; family = family->next) {
		write_head(out, family);
		for (struct metric *m = family->first; m; m = m->next) {
			if (family->type == METRIC_HISTOGRAM)
				write_histogram(out, m);
			else
				write_sample(out, m, "", "", m->value);
		}
	}
}
