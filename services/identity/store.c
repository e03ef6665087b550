/* store.c - identity's statements, by array: one element a row, column after column. */
#include "store.h"

#include "base/buf.h"

#include "identity_store_sql.h"

#define COLUMN(type, row_type, rows, add)                                                                              \
	do {                                                                                                           \
		db_array_begin(params, type);                                                                          \
		for (size_t i_ = 0; i_ < (rows)->count; i_++) {                                                        \
			const row_type *row = (rows)->items[i_];                                                       \
			add;                                                                                           \
		}                                                                                                      \
		db_array_end(params);                                                                                  \
	} while (0)

static void bind_addresses(const struct store *store)
{
	struct db_params *params = db_params_reset(store->params);
	const struct list *points = &store->ws->all_contact_points;

	COLUMN(DB_TEXT, struct contact_point, points, db_array_text(params, row->channel));
	COLUMN(DB_TEXT, struct contact_point, points, db_array_text(params, row->address));
}

static void on_customers(void *arg, const struct db_result *result)
{
	for (size_t row = 0; row < db_rows(result); row++) {
		struct uuid id = db_get_uuid(result, row, 0);
		ws_want_customer(arg, &id);
	}
}

void store_find_customers(const struct store *store)
{
	if (!store->ws->all_contact_points.count)
		return;
	bind_addresses(store);
	db_tx_exec(store->tx, &identity_store_sql_find_customers, store->params, on_customers, store->ws);
}

static void on_contact_points(void *arg, const struct db_result *result)
{
	struct working_set *ws = arg;

	for (size_t row = 0; row < db_rows(result); row++) {
		const struct contact_point *point = ws->all_contact_points.items[db_get_int(result, row, 0) - 1];
		const struct uuid id = db_get_uuid(result, row, 1);
		const struct customer customer = {.id = db_get_uuid(result, row, 3),
		                                  .name = db_get_text(result, row, 4),
		                                  .version = (uint64_t)db_get_int(result, row, 5)};
		ws_load_contact_point(ws, point->key, &id, (int)db_get_int(result, row, 2), &customer);
	}
}

void store_load_contact_points(const struct store *store)
{
	if (!store->ws->all_contact_points.count)
		return;
	bind_addresses(store);
	db_tx_exec(store->tx, &identity_store_sql_load_contact_points, store->params, on_contact_points, store->ws);
}

static void on_points(void *arg, const struct db_result *result)
{
	for (size_t row = 0; row < db_rows(result); row++) {
		const struct uuid customer_id = db_get_uuid(result, row, 0), id = db_get_uuid(result, row, 1);
		ws_load_point_of(arg, &customer_id, &id, db_get_text(result, row, 2), db_get_text(result, row, 3),
		                 (int)db_get_int(result, row, 4));
	}
}

void store_load_points(const struct store *store)
{
	struct db_params *params = db_params_reset(store->params);

	if (!store->ws->has_proofs || !store->ws->customer_ids.count)
		return;
	COLUMN(DB_UUID, struct uuid, &store->ws->customer_ids, db_array_uuid(params, row));
	db_tx_exec(store->tx, &identity_store_sql_load_points, params, on_points, store->ws);
}

static void on_changed(void *arg, const struct db_result *result)
{
	for (size_t row = 0; row < db_rows(result); row++) {
		const struct customer customer = {.id = db_get_uuid(result, row, 0),
		                                  .name = db_get_text(result, row, 1),
		                                  .version = (uint64_t)db_get_int(result, row, 2)};
		ws_load_customer(arg, &customer);
	}
}

static void on_attributes(void *arg, const struct db_result *result)
{
	for (size_t row = 0; row < db_rows(result); row++) {
		struct uuid id = db_get_uuid(result, row, 0);
		ws_load_attribute(arg, &id, db_get_text(result, row, 1), db_get_text(result, row, 2));
	}
}

static void load_wanted(const struct store *store, const struct db_statement *statement,
                        void (*on_rows)(void *arg, const struct db_result *result))
{
	struct db_params *params = db_params_reset(store->params);

	COLUMN(DB_UUID, struct uuid, &store->ws->customer_ids, db_array_uuid(params, row));
	db_tx_exec(store->tx, statement, params, on_rows, store->ws);
}

void store_load_changed(const struct store *store)
{
	const struct working_set *ws = store->ws;

	if (ws->has_changes)
		load_wanted(store, &identity_store_sql_load_customers, on_changed);
	if (ws->customer_ids.count && (ws->has_changes || ws->has_names))
		load_wanted(store, &identity_store_sql_load_attributes, on_attributes);
}

static const char *attributes_json(struct arena *arena, const struct customer *customer)
{
	HILO_AUTO(buf) struct buf out = {0};

	buf_putc(&out, '{');
	for (size_t i = 0; i < customer->attribute_count; i++) {
		if (i)
			buf_putc(&out, ',');
		buf_json_string(&out, customer->attributes[i].name);
		buf_putc(&out, ':');
		buf_json_string(&out, customer->attributes[i].value);
	}
	buf_putc(&out, '}');
	return arena_strdup(arena, out.data);
}

void store_update_attributes(const struct store *store)
{
	struct db_params *params = db_params_reset(store->params);
	struct list rows = {0};

	for (size_t i = 0; i < store->ws->all_customers.count; i++) {
		struct customer *customer = store->ws->all_customers.items[i];
		if (customer->has_new_attributes)
			list_add(&rows, store->ws->arena, customer);
	}
	if (!rows.count)
		return;
	COLUMN(DB_UUID, struct customer, &rows, db_array_uuid(params, &row->id));
	COLUMN(DB_TEXT, struct customer, &rows, db_array_text(params, attributes_json(store->ws->arena, row)));
	db_tx_exec(store->tx, &identity_store_sql_update_attributes, params, NULL, NULL);
}

static void write_customers(const struct store *store, bool is_new, const struct db_statement *statement)
{
	struct db_params *params = db_params_reset(store->params);
	struct list rows = {0};

	for (size_t i = 0; i < store->ws->all_customers.count; i++) {
		struct customer *customer = store->ws->all_customers.items[i];
		if (customer->is_changed && customer->is_new == is_new)
			list_add(&rows, store->ws->arena, customer);
	}
	if (!rows.count)
		return;
	COLUMN(DB_UUID, struct customer, &rows, db_array_uuid(params, &row->id));
	COLUMN(DB_TEXT, struct customer, &rows, db_array_text(params, row->name));
	COLUMN(DB_I64, struct customer, &rows, db_array_i64(params, (int64_t)row->version));
	db_tx_exec(store->tx, statement, params, NULL, NULL);
}

void store_insert_customers(const struct store *store)
{
	write_customers(store, true, &identity_store_sql_insert_customers);
}

void store_update_customers(const struct store *store)
{
	write_customers(store, false, &identity_store_sql_update_customers);
}

static struct list points_where(const struct store *store, bool (*wanted)(const struct contact_point *point))
{
	struct list rows = {0};

	for (size_t i = 0; i < store->ws->all_contact_points.count; i++)
		if (wanted(store->ws->all_contact_points.items[i]))
			list_add(&rows, store->ws->arena, store->ws->all_contact_points.items[i]);
	return rows;
}

static bool is_new(const struct contact_point *point)
{
	return point->is_new;
}

static bool is_raised(const struct contact_point *point)
{
	return point->is_raised;
}

static bool is_moved(const struct contact_point *point)
{
	return point->is_moved && !point->is_new;
}

void store_insert_contact_points(const struct store *store)
{
	struct db_params *params = db_params_reset(store->params);
	struct list rows = points_where(store, is_new);

	if (!rows.count)
		return;
	COLUMN(DB_UUID, struct contact_point, &rows, db_array_uuid(params, &row->id));
	COLUMN(DB_TEXT, struct contact_point, &rows, db_array_text(params, row->channel));
	COLUMN(DB_TEXT, struct contact_point, &rows, db_array_text(params, row->address));
	COLUMN(DB_UUID, struct contact_point, &rows, db_array_uuid(params, &row->customer->id));
	COLUMN(DB_I16, struct contact_point, &rows, db_array_i16(params, (int16_t)row->level));
	db_tx_exec(store->tx, &identity_store_sql_insert_contact_points, params, NULL, NULL);
}

void store_raise_levels(const struct store *store)
{
	struct db_params *params = db_params_reset(store->params);
	struct list rows = points_where(store, is_raised);

	if (!rows.count)
		return;
	COLUMN(DB_UUID, struct contact_point, &rows, db_array_uuid(params, &row->id));
	COLUMN(DB_I16, struct contact_point, &rows, db_array_i16(params, (int16_t)row->level));
	db_tx_exec(store->tx, &identity_store_sql_raise_levels, params, NULL, NULL);
}

void store_move_contact_points(const struct store *store)
{
	struct db_params *params = db_params_reset(store->params);
	struct list rows = points_where(store, is_moved);

	if (!rows.count)
		return;
	COLUMN(DB_UUID, struct contact_point, &rows, db_array_uuid(params, &row->id));
	COLUMN(DB_UUID, struct contact_point, &rows, db_array_uuid(params, &row->customer->id));
	db_tx_exec(store->tx, &identity_store_sql_move_contact_points, params, NULL, NULL);
}

void store_insert_links(const struct store *store)
{
	struct db_params *params = db_params_reset(store->params);
	const struct list *rows = &store->ws->links;

	if (!rows->count)
		return;
	COLUMN(DB_UUID, struct link, rows, db_array_uuid(params, &row->id));
	COLUMN(DB_UUID, struct link, rows, db_array_uuid(params, &row->contact_point_id));
	COLUMN(DB_UUID, struct link, rows, db_array_uuid(params, &row->from_customer_id));
	COLUMN(DB_UUID, struct link, rows, db_array_uuid(params, &row->to_customer_id));
	COLUMN(DB_TEXT, struct link, rows, db_array_text(params, row->evidence_json));
	COLUMN(DB_TEXT, struct link, rows, db_array_text(params, row->actor));
	db_tx_exec(store->tx, &identity_store_sql_insert_links, params, NULL, NULL);
}

void store_insert_claims(const struct store *store)
{
	struct db_params *params = db_params_reset(store->params);
	const struct list *rows = &store->ws->claims;

	if (!rows->count)
		return;
	COLUMN(DB_UUID, struct claim, rows, db_array_uuid(params, &row->customer->id));
	COLUMN(DB_TEXT, struct claim, rows, db_array_text(params, row->channel));
	COLUMN(DB_TEXT, struct claim, rows, db_array_text(params, row->address));
	db_tx_exec(store->tx, &identity_store_sql_insert_claims, params, NULL, NULL);
}
