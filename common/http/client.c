/* http/client.c - curl's sockets and timer on the loop. */
#include "http/client.h"

#define DEFAULT_PARALLEL 64

/* One transfer, waiting or under way. */
struct transfer {
	struct transfer *next;
	CURL *easy;
	void (*on_done)(void *arg, CURL *easy, CURLcode code);
	void *arg;
};

/* One of curl's sockets. */
struct watch {
	struct watch *next, **prev_next;
	struct client *client;
	struct event *event;
};

struct client {
	struct loop *loop;
	CURLM *multi;
	struct timer *timeout; /* curl's */
	struct timer *start;   /* due at once: starts what is waiting, from the loop */
	struct watch *watches;
	struct transfer *running;
	struct transfer *waiting, **waiting_end;
	int running_count, max_parallel;
	bool is_reporting; /* within on_done callbacks */
	bool is_freed;     /* by one of them */
};

static struct transfer *take_running(struct client *client, CURL *easy)
{
	struct transfer **at = &client->running;
	struct transfer *transfer;

	while (*at && (*at)->easy != easy)
		at = &(*at)->next;
	transfer = *at;
	if (transfer) {
		*at = transfer->next;
		client->running_count--;
	}
	return transfer;
}

static void report(struct transfer *transfer, CURLcode code)
{
	struct transfer ended = *transfer;

	free(transfer);
	ended.on_done(ended.arg, ended.easy, code);
}

/* Returns: false when a callback has freed the client. */
static bool report_ended(struct client *client)
{
	CURLMsg *message;
	int left;

	client->is_reporting = true;
	while (!client->is_freed && (message = curl_multi_info_read(client->multi, &left))) {
		CURL *easy = message->easy_handle;
		CURLcode code = message->data.result; /* the message dies with the removal */
		struct transfer *transfer;

		curl_multi_remove_handle(client->multi, easy);
		transfer = take_running(client, easy);
		if (transfer)
			report(transfer, code);
	}
	client->is_reporting = false;
	if (client->is_freed) {
		free(client);
		return false;
	}
	return true;
}

static void schedule_start(struct client *client)
{
	if (client->waiting && client->running_count < client->max_parallel)
		timer_in(client->start, 0);
}

static void act(struct client *client, curl_socket_t fd, int events)
{
	int running;

	curl_multi_socket_action(client->multi, fd, events, &running);
	if (report_ended(client))
		schedule_start(client);
}

static void on_timeout(void *arg)
{
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

static void on_socket_event(evutil_socket_t fd, short what, void *arg)
{
	struct watch *watch = arg;

	act(watch->client, fd, (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

/* ---- what curl asks of the loop ---- */

static void watch_free(struct watch *watch)
{
	*watch->prev_next = watch->next;
	if (watch->next)
		watch->next->prev_next = watch->prev_next;
	event_free(watch->event);
	free(watch);
}

static struct watch *watch_new(struct client *client)
{
	struct watch *watch = hilo_new(struct watch);

	*watch = (struct watch){.next = client->watches, .prev_next = &client->watches, .client = client};
	if (watch->next)
		watch->next->prev_next = &watch->next;
	client->watches = watch;
	return watch;
}

static int on_curl_socket(CURL *easy HILO_UNUSED, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct client *client = arg;
	struct watch *watch = socket_arg;
	short events =
	        (short)(EV_PERSIST | (what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0));

	if (what == CURL_POLL_REMOVE) {
		if (watch)
			watch_free(watch);
		curl_multi_assign(client->multi, fd, NULL);
		return 0;
	}
	if (watch) {
		event_free(watch->event);
	} else {
		watch = watch_new(client);
		curl_multi_assign(client->multi, fd, watch);
	}
	watch->event = event_new(loop_base(client->loop), fd, events, on_socket_event, watch);
	event_add(watch->event, NULL);
	return 0;
}

static int on_curl_timer(CURLM *multi HILO_UNUSED, long timeout_ms, void *arg)
{
	struct client *client = arg;

	if (timeout_ms < 0)
		timer_stop(client->timeout);
	else
		timer_in(client->timeout, (int64_t)timeout_ms * 1000);
	return 0;
}

/* ---- starting ---- */

static void on_start(void *arg)
{
	struct client *client = arg;

	while (client->waiting && client->running_count < client->max_parallel) {
		struct transfer *transfer = client->waiting;

		client->waiting = transfer->next;
		if (!client->waiting)
			client->waiting_end = &client->waiting;
		transfer->next = client->running;
		client->running = transfer;
		client->running_count++;
		if (curl_multi_add_handle(client->multi, transfer->easy) == CURLM_OK)
			continue;
		/* only a handle that is in use elsewhere */
		take_running(client, transfer->easy);
		timer_in(client->start, 0);
		report(transfer, CURLE_FAILED_INIT);
		return;
	}
}

void client_start(struct client *client, CURL *easy, void (*on_done)(void *arg, CURL *easy, CURLcode code), void *arg)
{
	struct transfer *transfer = hilo_new(struct transfer);

	*transfer = (struct transfer){.easy = easy, .on_done = on_done, .arg = arg};
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	*client->waiting_end = transfer;
	client->waiting_end = &transfer->next;
	schedule_start(client);
}

/* ---- beginning and end ---- */

struct client *client_new(struct loop *loop, int max_parallel)
{
	static bool is_initialised;
	struct client *client = hilo_new(struct client);

	if (!is_initialised)
		curl_global_init(CURL_GLOBAL_DEFAULT);
	is_initialised = true;
	client->loop = loop;
	client->max_parallel = max_parallel > 0 ? max_parallel : DEFAULT_PARALLEL;
	client->waiting_end = &client->waiting;
	client->timeout = timer_new(loop, on_timeout, client);
	client->start = timer_new(loop, on_start, client);
	client->multi = curl_multi_init();
	curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
	curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
	return client;
}

void client_free(struct client **client_pointer)
{
	struct client *client = HILO_STEAL(*client_pointer);
	struct transfer *aborted;

	if (!client)
		return;
	while ((aborted = client->running)) {
		take_running(client, aborted->easy);
		curl_multi_remove_handle(client->multi, aborted->easy);
		report(aborted, CURLE_ABORTED_BY_CALLBACK);
	}
	while ((aborted = client->waiting)) {
		client->waiting = aborted->next;
		report(aborted, CURLE_ABORTED_BY_CALLBACK);
	}
	curl_multi_cleanup(client->multi);
	while (client->watches)
		watch_free(client->watches);
	timer_free(&client->timeout);
	timer_free(&client->start);
	client->is_freed = true;
	if (!client->is_reporting) /* else whoever reports does it */
		free(client);
}
