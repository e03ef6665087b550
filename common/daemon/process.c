/* daemon/process.c - the process's own metrics, by the names Prometheus's client libraries use. */
#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "daemon/internal.h"

#define LAG_EVERY_US INT64_C(100000)

static struct {
	struct timer *timer;
	int64_t due_us;
	struct metric *lag, *memory, *descriptors, *processor;
} process;

static void on_lag(void *arg)
{
	int64_t now_us = clock_monotonic_us();

	(void)arg;
	metric_observe(process.lag, (double)HILO_MAX(now_us - process.due_us, 0) / 1e6);
	process.due_us = now_us + LAG_EVERY_US;
	timer_in(process.timer, LAG_EVERY_US);
}

static double resident_bytes(void)
{
	unsigned long total, resident = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (file && fscanf(file, "%lu %lu", &total, &resident) != 2)
		resident = 0;
	if (file)
		fclose(file);
	return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static double open_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	int count = -3; /* ".", ".." and the one that reads them */

	while (folder && readdir(folder))
		count++;
	if (folder)
		closedir(folder);
	return HILO_MAX(count, 0);
}

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void on_scrape(void *arg)
{
	struct rusage usage;

	(void)arg;
	metric_set(process.memory, resident_bytes());
	metric_set(process.descriptors, open_descriptors());
	if (getrusage(RUSAGE_SELF, &usage) == 0)
		metric_add(process.processor,
		           seconds(usage.ru_utime) + seconds(usage.ru_stime) - metric_value(process.processor));
}

void process_watch(struct loop *loop)
{
	process.lag = metric_histogram("hilo_loop_lag_seconds", "How late the event loop served a timer", NULL);
	process.memory = metric_gauge("process_resident_memory_bytes", "Resident memory", NULL);
	process.descriptors = metric_gauge("process_open_fds", "Open file descriptors", NULL);
	process.processor = metric_counter("process_cpu_seconds_total", "User and system processor time", NULL);
	metric_set(metric_gauge("process_start_time_seconds", "Start of the process, Unix time", NULL),
	           (double)clock_now_us() / 1e6);
	metric_set(metric_gauge("hilo_build_info", "Always 1; the version is in the label",
	                        "version=\"" HILO_VERSION "\""),
	           1);
	metric_on_scrape(on_scrape, NULL);
	process.timer = timer_new(loop, on_lag, NULL);
	process.due_us = clock_monotonic_us() + LAG_EVERY_US;
	timer_in(process.timer, LAG_EVERY_US);
}
