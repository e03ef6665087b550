/* away.h - the database, Redis and the thread that stores and hashes are away: what a service asks of them is checked,
 * and answered from the loop that it was not done. For one source of a program; the linker puts these functions in the
 * place of the layers' own (fuzz_away in CMakeLists.txt). */
#pragma once

#include "base/text.h"
#include "channel/files.h"
#include "db/db.h"
#include "kv/kv.h"

static void must(bool is_true)
{
	if (!is_true)
		abort();
}

enum { AWAY_WAITING_MAX = 64 };

static struct waiting {
	void (*on_query)(void *arg, const struct db_outcome *outcome, const struct db_result *result);
	void (*on_trip)(void *arg, const struct db_outcome *outcome);
	void (*on_reply)(void *arg, const struct kv_reply *reply);
	void (*on_put)(void *arg, int rc, const char *sha256);
	void *arg;
} waiting[AWAY_WAITING_MAX];
static size_t waiting_count;

static void away_wait(struct waiting one)
{
	must(waiting_count < AWAY_WAITING_MAX);
	waiting[waiting_count++] = one;
}

/* away_answer - everything that was asked, in order, and what is asked meanwhile. */
static void away_answer(void)
{
	static const struct db_outcome outcome = {.fault = DB_RETRY};

	for (size_t i = 0; i < waiting_count; i++) {
		struct waiting one = waiting[i];
		if (one.on_query)
			one.on_query(one.arg, &outcome, NULL);
		else if (one.on_trip)
			one.on_trip(one.arg, &outcome);
		else if (one.on_reply)
			one.on_reply(one.arg, NULL);
		else if (one.on_put)
			one.on_put(one.arg, -ENOSPC, NULL);
	}
	waiting_count = 0;
}

void __real_db_bind_text(struct db_params *params, const char *text);
void __real_db_array_text(struct db_params *params, const char *text);

void __wrap_db_query(struct db *db HILO_UNUSED, const struct db_statement *statement HILO_UNUSED,
                     struct db_params *params HILO_UNUSED,
                     void (*on_done)(void *arg, const struct db_outcome *outcome, const struct db_result *result),
                     void *arg)
{
	away_wait((struct waiting){.on_query = on_done, .arg = arg});
}

struct db_tx *__wrap_db_begin(struct db *db HILO_UNUSED)
{
	return NULL;
}

void __wrap_db_tx_exec(struct db_tx *tx HILO_UNUSED, const struct db_statement *statement HILO_UNUSED,
                       struct db_params *params HILO_UNUSED,
                       void (*on_rows)(void *arg, const struct db_result *result) HILO_UNUSED, void *arg HILO_UNUSED)
{
}

void __wrap_db_tx_lock(struct db_tx *tx HILO_UNUSED, int64_t *objects HILO_UNUSED, size_t count)
{
	must(count > 0);
}

void __wrap_db_tx_sync(struct db_tx *tx HILO_UNUSED, void (*on_done)(void *arg, const struct db_outcome *outcome),
                       void *arg)
{
	away_wait((struct waiting){.on_trip = on_done, .arg = arg});
}

/* PostgreSQL refuses anything else, and that would be a fault of ours */
void __wrap_db_bind_text(struct db_params *params, const char *text)
{
	must(!text || text_is_utf8(text, strlen(text)));
	__real_db_bind_text(params, text);
}

void __wrap_db_array_text(struct db_params *params, const char *text)
{
	must(!text || text_is_utf8(text, strlen(text)));
	__real_db_array_text(params, text);
}

void __wrap_kv_run(struct kv *kv HILO_UNUSED, void (*on_reply)(void *arg, const struct kv_reply *reply), void *arg,
                   const char *format HILO_UNUSED, ...)
{
	if (on_reply)
		away_wait((struct waiting){.on_reply = on_reply, .arg = arg});
}

void __wrap_files_put(struct files *files HILO_UNUSED, const void *data, size_t size,
                      void (*on_done)(void *arg, int rc, const char *sha256), void *arg)
{
	must(data || !size);
	away_wait((struct waiting){.on_put = on_done, .arg = arg});
}
