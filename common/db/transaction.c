/* db/transaction.c - transactions: commands collected, sent a round trip at a time on a connection of their own. */
#include <assert.h>

#include "db/internal.h"
#include "db_sql.h"

const struct db_statement db_sql_begin = {.name = "db.begin", .sql = "BEGIN ISOLATION LEVEL READ COMMITTED"};
const struct db_statement db_sql_commit = {.name = "db.commit", .sql = "COMMIT"};

struct db_tx *db_begin(struct db *db)
{
	struct db_tx *tx = hilo_new(struct db_tx);

	tx->db = db;
	tx->next = db->transactions;
	if (tx->next)
		tx->next->previous = tx;
	db->transactions = tx;
	return tx;
}

void commands_free(struct command *commands, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(commands[i].bound);
	free(commands);
}

void tx_free(struct db_tx *tx)
{
	if (tx->previous)
		tx->previous->next = tx->next;
	else
		tx->db->transactions = tx->next;
	if (tx->next)
		tx->next->previous = tx->previous;
	commands_free(tx->commands, tx->count);
	free(tx);
}

static struct command *add_command(struct db_tx *tx, const struct db_statement *statement)
{
	struct command *command;

	if (tx->count == tx->size) {
		tx->size = tx->size ? tx->size * 2 : 8;
		tx->commands = hilo_realloc(tx->commands, tx->size * sizeof(struct command));
	}
	command = &tx->commands[tx->count++];
	*command = (struct command){.statement = statement};
	return command;
}

static void begin_once(struct db_tx *tx)
{
	if (!tx->has_begun)
		add_command(tx, &db_sql_begin);
	tx->has_begun = true;
}

void db_tx_exec(struct db_tx *tx, const struct db_statement *statement, struct db_params *params,
                void (*on_rows)(void *arg, const struct db_result *result), void *arg)
{
	struct command *command;

	begin_once(tx);
	command = add_command(tx, statement);
	command->bound = params_copy(params);
	command->on_rows = on_rows;
	command->arg = arg;
}

bool db_tx_is_empty(const struct db_tx *tx)
{
	return tx->count == 0;
}

static void send_trip(struct db_tx *tx, bool is_commit, void (*on_done)(void *arg, const struct db_outcome *outcome),
                      void *arg)
{
	bool is_lost = tx->was_sent && !tx->connection;
	struct trip *trip;

	assert(!tx->is_busy);
	begin_once(tx);
	if (is_commit)
		add_command(tx, &db_sql_commit);
	trip = trip_new(tx->db, TRIP_TRANSACTION, tx->commands, tx->count);
	tx->commands = NULL;
	tx->count = tx->size = 0;
	tx->is_busy = true;
	tx->was_sent = true;
	trip->tx = tx;
	trip->ends_in_commit = is_commit;
	trip->on_sync = on_done;
	trip->arg = arg;
	if (is_lost)
		db_fail_soon(tx->db, trip);
	else if (tx->connection)
		connection_send(tx->connection, trip);
	else
		db_submit(tx->db, trip);
}

void db_tx_sync(struct db_tx *tx, void (*on_done)(void *arg, const struct db_outcome *outcome), void *arg)
{
	send_trip(tx, false, on_done, arg);
}

void db_tx_commit(struct db_tx *tx, void (*on_done)(void *arg, const struct db_outcome *outcome), void *arg)
{
	send_trip(tx, true, on_done, arg);
}

void db_tx_rollback(struct db_tx *tx)
{
	assert(!tx->is_busy);
	if (tx->connection)
		connection_release(tx->connection, false);
	tx_free(tx);
}

static int compare_objects(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

void db_tx_lock(struct db_tx *tx, int64_t *objects, size_t count)
{
	struct db_params *params;

	if (count == 0)
		return;
	qsort(objects, count, sizeof(*objects), compare_objects);
	params = db_params_new();
	db_array_begin(params, DB_I64);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || objects[i] != objects[i - 1])
			db_array_i64(params, objects[i]);
	}
	db_array_end(params);
	db_tx_exec(tx, &db_sql_lock_objects, params, NULL, NULL);
	db_params_free(&params);
}

void db_tx_try_lock(struct db_tx *tx, int64_t object, void (*on_rows)(void *arg, const struct db_result *result),
                    void *arg)
{
	struct db_params *params = db_params_new();

	db_bind_i64(params, object);
	db_tx_exec(tx, &db_sql_try_lock, params, on_rows, arg);
	db_params_free(&params);
}
