/* operations.c - what operators look at and decide: work that could not be handled, and how everything is. */
#include "audit.h"
#include "base/text.h"
#include "handlers.h"
#include "store_operations.h"

#define END_OF_TIME_US INT64_C(253402300799000000)
enum { PAGE_DEFAULT = 50, PAGE_MAX = 100, ID_MAX = 80 };

void handle_health_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;

	store_read_health(&gateway->store, &principal_of(request)->rights, reply_on_read, request);
}

/* ---- parked work ---- */

static bool is_parked_id(const char *text)
{
	size_t size = strlen(text);

	return size > 0 && size <= ID_MAX && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-") == size;
}

/* read_after - "<microseconds>-<id>", the `next` of a page. Returns: 0 or -EINVAL. */
static int read_after(struct arena *arena, const char *text, struct parked_query *query)
{
	const char *dash = strchr(text, '-');

	if (!dash || !is_parked_id(dash + 1) ||
	    text_to_i64(arena_strndup(arena, text, (size_t)(dash - text)), 0, END_OF_TIME_US, &query->before_us) < 0)
		return -EINVAL;
	query->before_id = dash + 1;
	return 0;
}

void handle_parked_list_get(struct http_request *request, void *arg)
{
	struct gateway *gateway = arg;
	const char *after = http_request_query(request, "after");
	struct parked_query query = {.before_us = END_OF_TIME_US, .before_id = ""};

	if (after && read_after(http_request_arena(request), after, &query) < 0)
		reply_error(request, ERROR_invalid_parameter, "after must be the `next` of an earlier page");
	else if (query_limit(request, PAGE_MAX, PAGE_DEFAULT, &query.limit))
		store_list_parked(&gateway->store, &query, reply_on_read, request);
}

struct release {
	const char *id, *type;
	bool again, exists, is_held;
};

static void on_parked(void *arg, const struct db_result *result)
{
	struct write *write = arg;
	struct release *release = write->arg;

	release->exists = db_rows(result) > 0;
	if (!release->exists)
		return;
	release->is_held = strcmp(db_get_text(result, 0, 0), "held") == 0;
	release->type = arena_strdup(write->arena, db_get_text(result, 0, 1));
}

static void release_load(struct write *write)
{
	const struct release *release = write->arg;

	store_read_parked(&write->gateway->store, write->tx, release->id, on_parked, write);
}

static void release_decide(struct write *write)
{
	const struct release *release = write->arg;
	struct request_record record = write_record(write);

	if (!release->exists) {
		write_refuse(write, ERROR_not_found, NULL);
		return;
	}
	if (release->again && release->is_held) {
		write_refuse(write, ERROR_refused, "It waits for an earlier event of the same object: retry that one.");
		return;
	}
	store_release_parked(&write->gateway->store, write->tx, &record, release->id, release->again, write_on_answer,
	                     write);
	audit_note(write->gateway, write->tx, &write->who->id, release->again ? "parked.retried" : "parked.discarded",
	           release->id, release->type, http_request_peer(write->request));
}

static void release_committed(struct write *write)
{
	reply_text(write->request, 200, write->answer);
}

static void run_release(struct http_request *request, struct gateway *gateway, bool again)
{
	struct release *release = arena_new_object(http_request_arena(request), struct release);
	struct write *write;

	release->id = http_request_param(request, "id");
	release->again = again;
	if (!is_parked_id(release->id)) {
		reply_error(request, ERROR_not_found, NULL);
		return;
	}
	write = write_new(gateway, request, again ? "parked.retry" : "parked.discard");
	if (!write)
		return;
	write->arg = release;
	write->load = release_load;
	write->decide = release_decide;
	write->committed = release_committed;
	write_lock_name(write, "parked", release->id);
	write_run(write);
}

void handle_parked_retry_post(struct http_request *request, void *arg)
{
	run_release(request, arg, true);
}

void handle_parked_discard_post(struct http_request *request, void *arg)
{
	run_release(request, arg, false);
}
