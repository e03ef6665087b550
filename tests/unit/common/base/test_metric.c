/* The Prometheus text, against what the format's description asks for. */
#include "testing/testing.h"

#include <math.h>
#include <stdio.h>

#include "base/metric.h"

static const char expected[] = "# HELP hilo_things_total Things, \\\\ counted\\nfor ever.\n"
                               "# TYPE hilo_things_total counter\n"
                               "hilo_things_total 0\n"
                               "hilo_things_total{kind=\"a\"} 3.5\n"
                               "hilo_things_total{kind=\"b\",how=\"x\"} 12345678901\n"
                               "# HELP hilo_level A level.\n"
                               "# TYPE hilo_level gauge\n"
                               "hilo_level -0.25\n"
                               "hilo_level{edge=\"inf\"} +Inf\n"
                               "hilo_level{edge=\"minf\"} -Inf\n"
                               "hilo_level{edge=\"nan\"} NaN\n"
                               "# HELP hilo_wait_seconds Waiting.\n"
                               "# TYPE hilo_wait_seconds histogram\n"
                               "hilo_wait_seconds_bucket{le=\"0.0005\"} 2\n"
                               "hilo_wait_seconds_bucket{le=\"0.001\"} 2\n"
                               "hilo_wait_seconds_bucket{le=\"0.002\"} 2\n"
                               "hilo_wait_seconds_bucket{le=\"0.005\"} 2\n"
                               "hilo_wait_seconds_bucket{le=\"0.01\"} 3\n"
                               "hilo_wait_seconds_bucket{le=\"0.02\"} 3\n"
                               "hilo_wait_seconds_bucket{le=\"0.05\"} 3\n"
                               "hilo_wait_seconds_bucket{le=\"0.1\"} 3\n"
                               "hilo_wait_seconds_bucket{le=\"0.2\"} 3\n"
                               "hilo_wait_seconds_bucket{le=\"0.5\"} 3\n"
                               "hilo_wait_seconds_bucket{le=\"1\"} 3\n"
                               "hilo_wait_seconds_bucket{le=\"2\"} 3\n"
                               "hilo_wait_seconds_bucket{le=\"5\"} 3\n"
                               "hilo_wait_seconds_bucket{le=\"10\"} 4\n"
                               "hilo_wait_seconds_bucket{le=\"+Inf\"} 5\n"
                               "hilo_wait_seconds_sum 30.0085\n"
                               "hilo_wait_seconds_count 5\n"
                               "hilo_wait_seconds_bucket{route=\"/\",le=\"0.0005\"} 0\n";

static int scrapes;

static void refresh(void *arg)
{
	scrapes++;
	metric_set(arg, -0.25);
}

static void the_text_is_what_prometheus_reads(void **state)
{
	static const double waits[] = {0, 0.0005, 0.008, 10, 20};
	HILO_AUTO(buf) struct buf out = {0};
	struct metric *wait;

	metric_counter("hilo_things_total", "Things, \\ counted\nfor ever.", NULL);
	metric_add(metric_counter("hilo_things_total", "", "kind=\"a\""), 3);
	metric_on_scrape(refresh, metric_gauge("hilo_level", "A level.", NULL));
	metric_add(metric_counter("hilo_things_total", "", "kind=\"a\""), 0.5);
	metric_add(metric_counter("hilo_things_total", "", "kind=\"b\",how=\"x\""), 12345678901);
	metric_set(metric_gauge("hilo_level", "", "edge=\"inf\""), (double)INFINITY);
	metric_set(metric_gauge("hilo_level", "", "edge=\"minf\""), (double)-INFINITY);
	metric_set(metric_gauge("hilo_level", "", "edge=\"nan\""), (double)NAN);
	wait = metric_histogram("hilo_wait_seconds", "Waiting.", NULL);
	for (size_t i = 0; i < HILO_COUNT(waits); i++)
		metric_observe(wait, waits[i]);
	assert_int_equal((int)metric_value(wait), 5);
	metric_histogram("hilo_wait_seconds", "", "route=\"/\"");
	metric_write(&out);
	assert_int_equal(scrapes, 1);
	assert_true(out.len > sizeof(expected));
	out.data[sizeof(expected) - 1] = '\0';
	assert_string_equal(out.data, expected);
}

static void the_same_name_and_labels_are_the_same_metric(void **state)
{
	struct metric *a = metric_counter("hilo_same_total", "Same.", "k=\"1\"");
	HILO_AUTO(buf) struct buf out = {0};
	char labels[32];

	assert_ptr_equal(metric_counter("hilo_same_total", "Same.", "k=\"1\""), a);
	assert_ptr_not_equal(metric_counter("hilo_same_total", "Same.", "k=\"2\""), a);
	assert_ptr_equal(metric_counter("hilo_bare_total", "", ""), metric_counter("hilo_bare_total", "", NULL));
	for (int i = 0; i < 1000; i++) {
		snprintf(labels, sizeof(labels), "k=\"%d\"", i);
		metric_add(metric_counter("hilo_same_total", "Same.", labels), 1);
	}
	assert_int_equal((int)metric_value(a), 1);
	metric_write(&out);
	const char *type = strstr(out.data, "# TYPE hilo_same_total");
	assert_non_null(type);
	assert_null(strstr(type + 1, "# TYPE hilo_same_total"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        testing_case(the_text_is_what_prometheus_reads),
	        testing_case(the_same_name_and_labels_are_the_same_metric),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
