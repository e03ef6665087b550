/* channel/store.c - one typed function a statement that binds arrays. */
#include "channel/internal.h"
#include "channel_sql.h"

/* one array parameter of a batch: `each` binds the member of element i */
#define BIND_ARRAY(params, type, count, each)                                                                          \
	do {                                                                                                           \
		db_array_begin((params), (type));                                                                      \
		for (size_t i = 0; i < (count); i++)                                                                   \
			each;                                                                                          \
		db_array_end(params);                                                                                  \
	} while (0)

static void array_id(struct db_params *params, const struct uuid *id)
{
	if (uuid_is_nil(id))
		db_array_null(params);
	else
		db_array_uuid(params, id);
}

static void array_time(struct db_params *params, int64_t time_us)
{
	if (time_us == 0)
		db_array_null(params);
	else
		db_array_i64(params, time_us);
}

static void array_count(struct db_params *params, size_t count)
{
	if (count == 0)
		db_array_null(params);
	else
		db_array_i32(params, (int32_t)count);
}

static void array_raw(struct db_params *params, const struct channel_inbound *in)
{
	if (in->raw_file)
		db_array_null(params);
	else
		db_array_bytes(params, in->raw, in->raw_size);
}

/* array_lines - texts as one, one a line; none of them holds a line end. */
static void array_lines(struct db_params *params, const char *const *lines, size_t count)
{
	HILO_AUTO(buf) struct buf joined = {0};
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_putc(&joined, '\n');
		buf_puts(&joined, lines[i]);
	}
	db_array_text(params, joined.data ? joined.data : "");
}

void store_find_messages(struct db_tx *tx, struct db_params *params, const struct store_message *m, size_t count,
                         void (*on_rows)(void *arg, const struct db_result *result), void *arg)
{
	db_params_reset(params);
	BIND_ARRAY(params, DB_UUID, count, db_array_uuid(params, &m[i].in->inbox_id));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, m[i].in->dedupe_key));
	db_tx_exec(tx, &channel_sql_find_messages, params, on_rows, arg);
}

void store_insert_messages(struct db_tx *tx, struct db_params *params, const struct store_message *m, size_t count)
{
	db_params_reset(params);
	BIND_ARRAY(params, DB_UUID, count, db_array_uuid(params, m[i].id));
	BIND_ARRAY(params, DB_UUID, count, db_array_uuid(params, &m[i].in->inbox_id));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, channel_word(m[i].in->channel)));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, m[i].in->dedupe_key));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, m[i].in->contact_address));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, m[i].in->contact_name ? m[i].in->contact_name : ""));
	BIND_ARRAY(params, DB_I16, count, db_array_i16(params, (int16_t)m[i].in->level));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, m[i].in->subject));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, m[i].in->text));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, m[i].in->html));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, m[i].in->rfc_message_id));
	BIND_ARRAY(params, DB_TEXT, count, array_lines(params, m[i].in->thread_ids, m[i].in->thread_ids_count));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, m[i].in->recipient_tag));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, m[i].in->to_json ? m[i].in->to_json : "[]"));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, m[i].in->cc_json ? m[i].in->cc_json : "[]"));
	BIND_ARRAY(params, DB_BOOL, count, db_array_bool(params, m[i].in->automatic));
	BIND_ARRAY(params, DB_TIME, count, array_time(params, m[i].in->sent_us));
	BIND_ARRAY(params, DB_BYTES, count, array_raw(params, m[i].in));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, m[i].in->raw_file));
	BIND_ARRAY(params, DB_I32, count, array_count(params, m[i].in->text_quote));
	BIND_ARRAY(params, DB_I32, count, array_count(params, m[i].in->html_quote));
	db_tx_exec(tx, &channel_sql_insert_messages, params, NULL, NULL);
}

/* a file and the message it belongs to */
struct attachment {
	struct uuid id;
	const struct store_message *message;
	const struct channel_file *file;
	size_t position;
};

static void bind_attachments(struct db_params *params, const struct attachment *a, size_t count)
{
	db_params_reset(params);
	BIND_ARRAY(params, DB_UUID, count, db_array_uuid(params, &a[i].id));
	BIND_ARRAY(params, DB_UUID, count, db_array_uuid(params, a[i].message->id));
	BIND_ARRAY(params, DB_UUID, count, db_array_uuid(params, &a[i].message->in->inbox_id));
	BIND_ARRAY(params, DB_I32, count, db_array_i32(params, (int32_t)a[i].position));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, a[i].file->name));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, a[i].file->content_type));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, a[i].file->content_id));
	BIND_ARRAY(params, DB_BOOL, count, db_array_bool(params, a[i].file->is_inline));
	BIND_ARRAY(params, DB_I64, count, db_array_i64(params, (int64_t)a[i].file->size_bytes));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, a[i].file->sha256));
}

void store_insert_attachments(struct db_tx *tx, struct db_params *params, const struct store_message *m, size_t count)
{
	size_t files = 0;
	for (size_t i = 0; i < count; i++)
		files += m[i].in->files_count;
	if (files == 0)
		return;
	HILO_AUTO_FREE struct attachment *all = hilo_alloc_array(files, sizeof(*all));
	size_t at = 0;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < m[i].in->files_count; j++)
			all[at++] = (struct attachment){uuid_new(), &m[i], &m[i].in->files[j], j};
	bind_attachments(params, all, files);
	db_tx_exec(tx, &channel_sql_insert_attachments, params, NULL, NULL);
}

void store_insert_unparsed(struct db_tx *tx, struct db_params *params, const struct store_message *m, size_t count,
                           void (*on_rows)(void *arg, const struct db_result *result), void *arg)
{
	db_params_reset(params);
	BIND_ARRAY(params, DB_UUID, count, db_array_uuid(params, m[i].id));
	BIND_ARRAY(params, DB_UUID, count, db_array_uuid(params, &m[i].in->inbox_id));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, channel_word(m[i].in->channel)));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, m[i].in->dedupe_key));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, m[i].in->parse_error));
	BIND_ARRAY(params, DB_BYTES, count, array_raw(params, m[i].in));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, m[i].in->raw_file));
	BIND_ARRAY(params, DB_I64, count, db_array_i64(params, (int64_t)m[i].in->raw_size));
	db_tx_exec(tx, &channel_sql_insert_unparsed, params, on_rows, arg);
}

void store_insert_outbound(struct db_tx *tx, struct db_params *params, const char *channel,
                           const struct store_outbound *rows, size_t count)
{
	db_params_reset(params);
	BIND_ARRAY(params, DB_UUID, count, db_array_uuid(params, &rows[i].message_id));
	BIND_ARRAY(params, DB_UUID, count, array_id(params, &rows[i].conversation_id));
	BIND_ARRAY(params, DB_I64, count, db_array_i64(params, rows[i].sequence));
	BIND_ARRAY(params, DB_UUID, count, db_array_uuid(params, &rows[i].inbox_id));
	db_bind_text(params, channel);
	BIND_ARRAY(params, DB_BYTES, count, db_array_bytes(params, rows[i].payload, rows[i].payload_size));
	BIND_ARRAY(params, DB_UUID, count, array_id(params, &rows[i].assignee_id));
	BIND_ARRAY(params, DB_UUID, count, array_id(params, &rows[i].causation_id));
	BIND_ARRAY(params, DB_TIME, count, db_array_i64(params, rows[i].submitted_us));
	BIND_ARRAY(params, DB_UUID, count, array_id(params, &rows[i].conversation_inbox_id));
	db_tx_exec(tx, &channel_sql_insert_outbound, params, NULL, NULL);
}

void store_find_failed(struct db_tx *tx, struct db_params *params, const char *channel, struct retry *const *retries,
                       size_t count, void (*on_rows)(void *arg, const struct db_result *result), void *arg)
{
	db_params_reset(params);
	BIND_ARRAY(params, DB_UUID, count, db_array_uuid(params, &retries[i]->message_id));
	BIND_ARRAY(params, DB_UUID, count, db_array_uuid(params, &retries[i]->conversation_id));
	db_bind_text(params, channel);
	db_tx_exec(tx, &channel_sql_find_failed, params, on_rows, arg);
}

void store_retry_outbound(struct db_tx *tx, struct db_params *params, struct retry *const *retries, size_t count)
{
	db_params_reset(params);
	BIND_ARRAY(params, DB_UUID, count, db_array_uuid(params, &retries[i]->message_id));
	BIND_ARRAY(params, DB_UUID, count, db_array_uuid(params, &retries[i]->conversation_inbox_id));
	BIND_ARRAY(params, DB_UUID, count, array_id(params, &retries[i]->assignee_id));
	BIND_ARRAY(params, DB_UUID, count, db_array_uuid(params, &retries[i]->causation_id));
	db_tx_exec(tx, &channel_sql_retry_outbound, params, NULL, NULL);
}

void store_finish_outbound(struct db_tx *tx, struct db_params *params, const struct store_end *ends, size_t count,
                           void (*on_rows)(void *arg, const struct db_result *result), void *arg)
{
	db_params_reset(params);
	BIND_ARRAY(params, DB_UUID, count, db_array_uuid(params, &ends[i].message_id));
	BIND_ARRAY(params, DB_I64, count, db_array_i64(params, ends[i].token));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, ends[i].state));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, ends[i].result));
	BIND_ARRAY(params, DB_I64, count, db_array_i64(params, ends[i].delay_us));
	BIND_ARRAY(params, DB_TEXT, count, db_array_text(params, ends[i].answer));
	db_tx_exec(tx, &channel_sql_finish_outbound, params, on_rows, arg);
}
