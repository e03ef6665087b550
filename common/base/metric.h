/* base/metric.h - counters, gauges and histograms, written as Prometheus text (exposition format 0.0.4).
 * One registry a process, no locks: one thread. Names: hilo_<what>_<unit>[_total]. */
#pragma once

#include "base/base.h"
#include "base/buf.h"

struct metric;

/* metric_counter, metric_gauge - the metric of that name and label set, made at first use.
 * labels: NULL or `key="value",key2="v"` (already escaped by the caller). Returns: borrowed, valid for ever. */
struct metric *metric_counter(const char *name, const char *help, const char *labels);
struct metric *metric_gauge(const char *name, const char *help, const char *labels);
/* metric_histogram - seconds, buckets 0.5 ms … 10 s. */
struct metric *metric_histogram(const char *name, const char *help, const char *labels);

void metric_add(struct metric *m, double amount); /* counters: amount >= 0 */
void metric_set(struct metric *m, double value);
void metric_observe(struct metric *m, double seconds);
double metric_value(const struct metric *m); /* counter/gauge: value; histogram: count */
/* metric_on_scrape - called before each metric_write, to refresh gauges. */
void metric_on_scrape(void (*refresh)(void *arg), void *arg);
void metric_write(struct buf *out);
