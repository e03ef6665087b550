/* store.c - one typed function a statement. */
#include "store.h"

#include "gateway_store_sql.h"

static struct db_params *fresh(struct store *store)
{
	return db_params_reset(store->params);
}

static void bind_hash(struct db_params *p, const uint8_t *hash)
{
	db_bind_bytes(p, hash, hash ? STORE_HASH : 0);
}

static void bind_hashes(struct db_params *p, const uint8_t *hashes, size_t count)
{
	db_array_begin(p, DB_BYTES);
	for (size_t i = 0; i < count; i++)
		db_array_bytes(p, hashes + i * STORE_HASH, STORE_HASH);
	db_array_end(p);
}

static void bind_uuids(struct db_params *p, const struct uuid *ids, size_t count)
{
	db_array_begin(p, DB_UUID);
	for (size_t i = 0; i < count; i++)
		db_array_uuid(p, &ids[i]);
	db_array_end(p);
}

static void bind_words(struct db_params *p, const char *const *words)
{
	db_array_begin(p, DB_TEXT);
	for (; *words; words++)
		db_array_text(p, *words);
	db_array_end(p);
}

static void bind_rights(struct db_params *p, const struct rights *rights)
{
	db_bind_bool(p, rights->all);
	bind_uuids(p, rights->inboxes, rights->all ? 0 : rights->count);
}

static void bind_signer(struct db_params *p, const struct url_signer *signer)
{
	db_bind_text(p, signer->base);
	db_bind_bytes(p, signer->key, 32);
}

/* statements whose failure only means that they are tried again later */
static void on_ignored(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	(void)arg, (void)outcome, (void)result;
}

struct rights store_get_rights(const struct db_result *result, size_t row, int all_column, int inboxes_column,
                               struct arena *arena)
{
	size_t size = 0;
	const void *bytes = db_get_bytes(result, row, inboxes_column, &size);
	struct uuid *inboxes = arena_memdup(arena, bytes ? bytes : "", bytes ? size : 0);

	return (struct rights){
	        .all = db_get_bool(result, row, all_column),
	        .count = rights_sort(inboxes, bytes ? size / sizeof(struct uuid) : 0),
	        .inboxes = inboxes,
	};
}

/* ---- sessions ---- */

void store_read_session(struct store *store, const uint8_t hash[STORE_HASH], store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_hash(p, hash);
	db_query(store->db, &gateway_store_sql_read_session, p, on_done, arg);
}

void store_touch_session(struct store *store, const uint8_t hash[STORE_HASH])
{
	struct db_params *p = fresh(store);

	bind_hash(p, hash);
	db_query(store->db, &gateway_store_sql_touch_session, p, on_ignored, NULL);
}

void store_read_lost_sessions(struct store *store, const uint8_t *hashes, size_t count, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_hashes(p, hashes, count);
	db_query(store->db, &gateway_store_sql_read_lost_sessions, p, on_done, arg);
}

void store_touch_sessions(struct store *store, const uint8_t *hashes, size_t count)
{
	struct db_params *p = fresh(store);

	bind_hashes(p, hashes, count);
	db_query(store->db, &gateway_store_sql_touch_sessions, p, on_ignored, NULL);
}

void store_read_credentials(struct store *store, const char *email, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_text(p, email);
	db_query(store->db, &gateway_store_sql_read_credentials, p, on_done, arg);
}

void store_insert_session(struct store *store, struct db_tx *tx, const uint8_t hash[STORE_HASH],
                          const struct uuid *agent_id, const char *peer)
{
	struct db_params *p = fresh(store);

	bind_hash(p, hash);
	db_bind_uuid(p, agent_id);
	db_bind_text(p, peer);
	db_tx_exec(tx, &gateway_store_sql_insert_session, p, NULL, NULL);
}

void store_read_own_agent(struct store *store, struct db_tx *tx, const struct uuid *agent_id, store_rows *on_rows,
                          void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	db_tx_exec(tx, &gateway_store_sql_read_own_agent, p, on_rows, arg);
}

void store_read_own_agent_at(struct store *store, const struct uuid *agent_id, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	db_query(store->db, &gateway_store_sql_read_own_agent_at, p, on_done, arg);
}

void store_delete_session(struct store *store, const uint8_t hash[STORE_HASH], store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_hash(p, hash);
	db_query(store->db, &gateway_store_sql_delete_session, p, on_done, arg);
}

void store_delete_old_sessions(struct store *store)
{
	db_query(store->db, &gateway_store_sql_delete_old_sessions, fresh(store), on_ignored, NULL);
}

/* ---- agents ---- */

static void bind_reader(struct db_params *p, const struct principal *who)
{
	bind_rights(p, &who->rights);
	db_bind_bool(p, who->role == ROLE_ADMINISTRATOR);
	db_bind_uuid(p, &who->id);
}

void store_list_agents(struct store *store, const struct principal *who, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_reader(p, who);
	db_query(store->db, &gateway_store_sql_list_agents, p, on_done, arg);
}

void store_read_agent(struct store *store, const struct principal *who, const struct uuid *id, store_done *on_done,
                      void *arg)
{
	struct db_params *p = fresh(store);

	bind_reader(p, who);
	db_bind_uuid(p, id);
	db_query(store->db, &gateway_store_sql_read_agent, p, on_done, arg);
}

void store_read_directory(struct store *store, store_done *on_done, void *arg)
{
	db_query(store->db, &gateway_store_sql_read_directory, fresh(store), on_done, arg);
}

void store_count_unknown_inboxes(struct store *store, struct db_tx *tx, const struct uuid *inboxes, size_t count,
                                 store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	bind_uuids(p, inboxes, count);
	db_tx_exec(tx, &gateway_store_sql_count_unknown_inboxes, p, on_rows, arg);
}

static void bind_capacity(struct db_params *p, int32_t capacity)
{
	if (capacity)
		db_bind_i32(p, capacity);
	else
		db_bind_null(p);
}

void store_insert_agent(struct store *store, struct db_tx *tx, const struct agent_record *agent,
                        const char *password_hash, const uint8_t *invitation_hash)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, &agent->id);
	db_bind_text(p, agent->name);
	db_bind_text(p, agent->email);
	db_bind_text(p, role_words[agent->role]);
	db_bind_bool(p, agent->rights.all);
	bind_capacity(p, agent->capacity);
	db_bind_text(p, password_hash);
	bind_hash(p, invitation_hash);
	db_tx_exec(tx, &gateway_store_sql_insert_agent, p, NULL, NULL);
}

void store_replace_agent_inboxes(struct store *store, struct db_tx *tx, const struct uuid *agent_id,
                                 const struct rights *rights)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	bind_uuids(p, rights->inboxes, rights->all ? 0 : rights->count);
	db_tx_exec(tx, &gateway_store_sql_replace_agent_inboxes, p, NULL, NULL);
}

void store_read_agent_record(struct store *store, struct db_tx *tx, const struct uuid *id, store_rows *on_rows,
                             void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, id);
	db_tx_exec(tx, &gateway_store_sql_read_agent_record, p, on_rows, arg);
}

void store_update_agent(struct store *store, struct db_tx *tx, const struct agent_record *agent)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, &agent->id);
	db_bind_text(p, agent->name);
	db_bind_text(p, role_words[agent->role]);
	db_bind_bool(p, agent->rights.all);
	bind_capacity(p, agent->capacity);
	db_bind_bool(p, agent->active);
	db_tx_exec(tx, &gateway_store_sql_update_agent, p, NULL, NULL);
}

void store_delete_agent_sessions(struct store *store, struct db_tx *tx, const struct uuid *agent_id)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	db_tx_exec(tx, &gateway_store_sql_delete_agent_sessions, p, NULL, NULL);
}

void store_read_invitation(struct store *store, const uint8_t hash[STORE_HASH], store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_hash(p, hash);
	db_query(store->db, &gateway_store_sql_read_invitation, p, on_done, arg);
}

void store_accept_invitation(struct store *store, const uint8_t hash[STORE_HASH], const char *password_hash,
                             store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_hash(p, hash);
	db_bind_text(p, password_hash);
	db_query(store->db, &gateway_store_sql_accept_invitation, p, on_done, arg);
}

void store_count_agents(struct store *store, struct db_tx *tx, store_rows *on_rows, void *arg)
{
	db_tx_exec(tx, &gateway_store_sql_count_agents, fresh(store), on_rows, arg);
}

/* ---- inboxes ---- */

void store_list_inboxes(struct store *store, const struct rights *rights, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, rights);
	db_bind_text(p, store->public_url);
	db_query(store->db, &gateway_store_sql_list_inboxes, p, on_done, arg);
}

void store_read_inbox(struct store *store, const struct rights *rights, const struct uuid *id, store_done *on_done,
                      void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, rights);
	db_bind_uuid(p, id);
	db_bind_text(p, store->public_url);
	db_query(store->db, &gateway_store_sql_read_inbox, p, on_done, arg);
}

void store_insert_inbox(struct store *store, struct db_tx *tx, const struct inbox_record *inbox)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, &inbox->id);
	db_bind_text(p, inbox->channel);
	db_bind_text(p, inbox->name);
	db_bind_text(p, inbox->address);
	db_bind_bytes(p, inbox->smtp_url.data, inbox->smtp_url.size);
	db_bind_bytes(p, inbox->imap_url.data, inbox->imap_url.size);
	db_bind_uuid(p, inbox->team_id);
	db_tx_exec(tx, &gateway_store_sql_insert_inbox, p, NULL, NULL);
}

void store_read_inbox_record(struct store *store, struct db_tx *tx, const struct uuid *id, store_rows *on_rows,
                             void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, id);
	db_tx_exec(tx, &gateway_store_sql_read_inbox_record, p, on_rows, arg);
}

void store_read_changed_inbox(struct store *store, struct db_tx *tx, const struct uuid *id, store_rows *on_rows,
                              void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, id);
	db_bind_text(p, store->public_url);
	db_tx_exec(tx, &gateway_store_sql_read_changed_inbox, p, on_rows, arg);
}

void store_update_inbox(struct store *store, struct db_tx *tx, const struct inbox_record *inbox)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, &inbox->id);
	db_bind_text(p, inbox->name);
	db_bind_bool(p, inbox->active);
	db_bind_bool(p, inbox->smtp_url.is_given);
	db_bind_bytes(p, inbox->smtp_url.data, inbox->smtp_url.size);
	db_bind_bool(p, inbox->imap_url.is_given);
	db_bind_bytes(p, inbox->imap_url.data, inbox->imap_url.size);
	db_tx_exec(tx, &gateway_store_sql_update_inbox, p, NULL, NULL);
}

void store_read_chat_facts(struct store *store, struct db_tx *tx, const struct chat_record *chat, store_rows *on_rows,
                           void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, chat->mail_inbox_id);
	db_bind_text(p, chat->time_zone);
	db_tx_exec(tx, &gateway_store_sql_read_chat_facts, p, on_rows, arg);
}

static void bind_origins(struct db_params *p, const char *const *origins)
{
	if (origins)
		bind_words(p, origins);
	else
		db_bind_null(p);
}

void store_insert_chat(struct store *store, struct db_tx *tx, const struct chat_record *chat)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, &chat->inbox_id);
	db_bind_text(p, chat->public_id);
	db_bind_bytes(p, chat->secret.data, chat->secret.size);
	bind_origins(p, chat->origins);
	db_bind_uuid(p, chat->mail_inbox_id);
	db_bind_text(p, chat->settings);
	db_tx_exec(tx, &gateway_store_sql_insert_chat, p, NULL, NULL);
}

void store_update_chat(struct store *store, struct db_tx *tx, const struct chat_record *chat)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, &chat->inbox_id);
	db_bind_bytes(p, chat->secret.data, chat->secret.size);
	bind_origins(p, chat->origins);
	db_bind_bool(p, chat->has_mail_inbox);
	db_bind_uuid(p, chat->mail_inbox_id);
	db_bind_text(p, chat->settings);
	db_tx_exec(tx, &gateway_store_sql_update_chat, p, NULL, NULL);
}

void store_read_chat_secret(struct store *store, const struct uuid *inbox_id, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, inbox_id);
	db_query(store->db, &gateway_store_sql_read_chat_secret, p, on_done, arg);
}

/* ---- presence ---- */

void store_read_presence(struct store *store, struct db_tx *tx, const struct uuid *agent_id, store_rows *on_rows,
                         void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	db_tx_exec(tx, &gateway_store_sql_read_presence, p, on_rows, arg);
}

void store_upsert_presence(struct store *store, struct db_tx *tx, const struct presence_row *rows, size_t count)
{
	struct db_params *p = fresh(store);

	db_array_begin(p, DB_UUID);
	for (size_t i = 0; i < count; i++)
		db_array_uuid(p, &rows[i].agent_id);
	db_array_end(p);
	db_array_begin(p, DB_TEXT);
	for (size_t i = 0; i < count; i++)
		db_array_text(p, rows[i].status);
	db_array_end(p);
	db_array_begin(p, DB_I64);
	for (size_t i = 0; i < count; i++)
		db_array_i64(p, rows[i].version);
	db_array_end(p);
	db_tx_exec(tx, &gateway_store_sql_upsert_presence, p, NULL, NULL);
}

void store_try_sweep(struct store *store, struct db_tx *tx, int64_t lock, store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_i64(p, lock);
	db_tx_exec(tx, &gateway_store_sql_try_sweep, p, on_rows, arg);
}

void store_list_present(struct store *store, struct db_tx *tx, store_rows *on_rows, void *arg)
{
	db_tx_exec(tx, &gateway_store_sql_list_present, fresh(store), on_rows, arg);
}

void store_list_presence(struct store *store, struct db_tx *tx, const struct uuid *agents, size_t count,
                         store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	bind_uuids(p, agents, count);
	db_tx_exec(tx, &gateway_store_sql_list_presence, p, on_rows, arg);
}

/* ---- conversations ---- */

static void bind_page(struct db_params *p, const struct conversation_query *query)
{
	int64_t bucket = query->before_us / 64000000 - (query->before_us % 64000000 < 0); /* as routing floors it */

	bind_rights(p, &query->rights);
	bind_words(p, query->statuses);
	db_bind_i32(p, (int32_t)HILO_MIN(HILO_MAX(bucket, INT32_MIN), INT32_MAX));
	db_bind_time(p, query->before_us);
	db_bind_uuid(p, &query->before_id);
	db_bind_i32(p, query->limit);
}

static void search_conversations(struct store *store, const struct conversation_query *query, store_done *on_done,
                                 void *arg)
{
	static const char *const views[] = {[VIEW_ALL] = "all", [VIEW_MINE] = "mine", [VIEW_UNASSIGNED] = "unassigned"};
	struct db_params *p = fresh(store);

	bind_page(p, query);
	db_bind_uuid(p, &query->agent_id);
	db_bind_text(p, views[query->view]);
	db_bind_text(p, query->ref);
	db_bind_text(p, query->pattern);
	db_query(store->db, &gateway_store_sql_search_conversations, p, on_done, arg);
}

/* a statement for each view, so that each has the plan its index is for */
void store_list_conversations(struct store *store, const struct conversation_query *query, store_done *on_done,
                              void *arg)
{
	static const struct db_statement *const statements[][2] = {
	        [VIEW_ALL] = {&gateway_store_sql_list_conversations, &gateway_store_sql_list_conversations},
	        [VIEW_MINE] = {&gateway_store_sql_list_mine, &gateway_store_sql_list_mine_resolved},
	        [VIEW_UNASSIGNED] = {&gateway_store_sql_list_unassigned, &gateway_store_sql_list_unassigned_resolved},
	};
	struct db_params *p = fresh(store);

	if (query->pattern) {
		search_conversations(store, query, on_done, arg);
		return;
	}
	bind_page(p, query);
	if (query->view == VIEW_MINE)
		db_bind_uuid(p, &query->agent_id);
	db_query(store->db, statements[query->view][query->wants_resolved], p, on_done, arg);
}

static void bind_conversation(struct db_params *p, const struct conversation_key *key)
{
	db_bind_uuid(p, key->ref ? NULL : &key->id);
	db_bind_text(p, key->ref);
}

static void read_by_key(struct store *store, const struct db_statement *statement, const struct rights *rights,
                        const struct conversation_key *key, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, rights);
	bind_conversation(p, key);
	db_query(store->db, statement, p, on_done, arg);
}

void store_read_conversation(struct store *store, const struct rights *rights, const struct conversation_key *key,
                             store_done *on_done, void *arg)
{
	read_by_key(store, &gateway_store_sql_read_conversation, rights, key, on_done, arg);
}

void store_read_interactions(struct store *store, const struct rights *rights, const struct conversation_key *key,
                             store_done *on_done, void *arg)
{
	read_by_key(store, &gateway_store_sql_read_interactions, rights, key, on_done, arg);
}

void store_read_moves(struct store *store, const struct rights *rights, const struct conversation_key *key,
                      store_done *on_done, void *arg)
{
	read_by_key(store, &gateway_store_sql_read_moves, rights, key, on_done, arg);
}

void store_read_channels(struct store *store, const struct rights *rights, const struct conversation_key *key,
                         store_done *on_done, void *arg)
{
	read_by_key(store, &gateway_store_sql_read_channels, rights, key, on_done, arg);
}

void store_read_customer_point(struct store *store, struct db_tx *tx, const struct uuid *contact_point_id,
                               const struct uuid *conversation_id, const char *channel, store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, contact_point_id);
	db_bind_uuid(p, conversation_id);
	db_bind_text(p, channel);
	db_tx_exec(tx, &gateway_store_sql_read_customer_point, p, on_rows, arg);
}

void store_read_timeline(struct store *store, const struct rights *rights, const struct conversation_key *key,
                         int64_t after, int32_t limit, const struct url_signer *signer, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, rights);
	bind_conversation(p, key);
	db_bind_i64(p, after);
	db_bind_i32(p, limit);
	bind_signer(p, signer);
	db_query(store->db, &gateway_store_sql_read_timeline, p, on_done, arg);
}

void store_read_conversation_id(struct store *store, const struct rights *rights, const char *ref, store_done *on_done,
                                void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, rights);
	db_bind_text(p, ref);
	db_query(store->db, &gateway_store_sql_read_conversation_id, p, on_done, arg);
}

void store_read_conversation_record(struct store *store, struct db_tx *tx, const struct rights *rights,
                                    const struct uuid *id, store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, rights);
	db_bind_uuid(p, id);
	db_tx_exec(tx, &gateway_store_sql_read_conversation_record, p, on_rows, arg);
}

void store_read_assignable(struct store *store, struct db_tx *tx, const struct uuid *agent_id,
                           const struct uuid *conversation_id, store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	db_bind_uuid(p, conversation_id);
	db_tx_exec(tx, &gateway_store_sql_read_assignable, p, on_rows, arg);
}

void store_read_uploads(struct store *store, struct db_tx *tx, const struct uuid *agent_id, const struct uuid *uploads,
                        size_t count, store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	bind_uuids(p, uploads, count);
	db_tx_exec(tx, &gateway_store_sql_read_uploads, p, on_rows, arg);
}

void store_read_customer(struct store *store, const struct rights *rights, const struct uuid *id, store_done *on_done,
                         void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, rights);
	db_bind_uuid(p, id);
	db_query(store->db, &gateway_store_sql_read_customer, p, on_done, arg);
}

/* ---- requests ---- */

void store_read_request_by_key(struct store *store, struct db_tx *tx, const struct uuid *agent_id, const char *key,
                               store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	db_bind_text(p, key);
	db_tx_exec(tx, &gateway_store_sql_read_request_by_key, p, on_rows, arg);
}

void store_read_request(struct store *store, const struct uuid *agent_id, const struct uuid *id, store_done *on_done,
                        void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, agent_id);
	db_bind_uuid(p, id);
	db_query(store->db, &gateway_store_sql_read_request, p, on_done, arg);
}

static void bind_request(struct db_params *p, const struct request_record *request)
{
	db_bind_uuid(p, &request->id);
	db_bind_uuid(p, &request->agent_id);
	db_bind_text(p, request->key);
	bind_hash(p, request->hash);
	db_bind_text(p, request->kind);
}

void store_insert_request(struct store *store, struct db_tx *tx, const struct request_record *request)
{
	struct db_params *p = fresh(store);

	bind_request(p, request);
	db_bind_uuid(p, &request->conversation_id);
	db_bind_time(p, request->deadline_us);
	db_tx_exec(tx, &gateway_store_sql_insert_request, p, NULL, NULL);
}

void store_remember(struct store *store, struct db_tx *tx, const struct request_record *request, enum made made,
                    const struct uuid *made_id, store_rows *on_rows, void *arg)
{
	static const struct db_statement *const statements[] = {
	        [MADE_AGENT] = &gateway_store_sql_remember_agent,
	        [MADE_INBOX] = &gateway_store_sql_remember_inbox,
	        [MADE_UPLOAD] = &gateway_store_sql_remember_upload,
	        [MADE_SECRET] = &gateway_store_sql_remember_secret,
	};
	struct db_params *p = fresh(store);

	bind_request(p, request);
	db_bind_uuid(p, made_id);
	if (made == MADE_INBOX)
		db_bind_text(p, store->public_url);
	db_tx_exec(tx, statements[made], p, on_rows, arg);
}

static void bind_outcome_ids(struct db_params *p, const struct outcome_row *rows, size_t count)
{
	db_array_begin(p, DB_UUID);
	for (size_t i = 0; i < count; i++)
		db_array_uuid(p, &rows[i].id);
	db_array_end(p);
}

void store_finish_requests(struct store *store, struct db_tx *tx, const struct outcome_row *rows, size_t count,
                           const struct url_signer *signer)
{
	struct db_params *p = fresh(store);

	bind_outcome_ids(p, rows, count);
	db_array_begin(p, DB_TEXT);
	for (size_t i = 0; i < count; i++)
		db_array_text(p, rows[i].state);
	db_array_end(p);
	db_array_begin(p, DB_I16);
	for (size_t i = 0; i < count; i++)
		db_array_i16(p, rows[i].status);
	db_array_end(p);
	db_array_begin(p, DB_UUID);
	for (size_t i = 0; i < count; i++)
		if (uuid_is_nil(&rows[i].message_id))
			db_array_null(p);
		else
			db_array_uuid(p, &rows[i].message_id);
	db_array_end(p);
	db_array_begin(p, DB_TEXT);
	for (size_t i = 0; i < count; i++)
		db_array_text(p, rows[i].problem);
	db_array_end(p);
	bind_signer(p, signer);
	db_tx_exec(tx, &gateway_store_sql_finish_requests, p, NULL, NULL);
}

void store_read_outcomes(struct store *store, struct db_tx *tx, const struct outcome_row *rows, size_t count,
                         store_rows *on_rows, void *arg)
{
	struct db_params *p = fresh(store);

	bind_outcome_ids(p, rows, count);
	db_tx_exec(tx, &gateway_store_sql_read_outcomes, p, on_rows, arg);
}

void store_read_oldest_pending(struct store *store, store_done *on_done, void *arg)
{
	db_query(store->db, &gateway_store_sql_read_oldest_pending, fresh(store), on_done, arg);
}

void store_delete_old_requests(struct store *store)
{
	db_query(store->db, &gateway_store_sql_delete_old_requests, fresh(store), on_ignored, NULL);
}

/* ---- uploads ---- */

void store_insert_upload(struct store *store, struct db_tx *tx, const struct uuid *id, const struct uuid *agent_id,
                         const char *name, const char *content_type, uint64_t size_bytes, const char *sha256)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, id);
	db_bind_uuid(p, agent_id);
	db_bind_text(p, name);
	db_bind_text(p, content_type);
	db_bind_i64(p, (int64_t)size_bytes);
	db_bind_text(p, sha256);
	db_tx_exec(tx, &gateway_store_sql_insert_upload, p, NULL, NULL);
}

void store_delete_old_uploads(struct store *store)
{
	db_query(store->db, &gateway_store_sql_delete_old_uploads, fresh(store), on_ignored, NULL);
}

/* ---- stream ---- */

void store_read_log_bounds(struct store *store, store_done *on_done, void *arg)
{
	db_query(store->db, &gateway_store_sql_read_log_bounds, fresh(store), on_done, arg);
}

void store_read_log(struct store *store, uint64_t after_xid, int64_t after_id, uint64_t until_xid, int64_t until_id,
                    const char *const *types, const struct rights *rights, store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_xid(p, after_xid);
	db_bind_i64(p, after_id);
	db_bind_xid(p, until_xid);
	db_bind_i64(p, until_id);
	bind_words(p, types);
	bind_rights(p, rights);
	db_query(store->db, &gateway_store_sql_read_log, p, on_done, arg);
}

void store_read_lost_conversations(struct store *store, const struct rights *before, const struct rights *now,
                                   const struct uuid *agent_id, const struct uuid *open, size_t count,
                                   store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, before);
	bind_rights(p, now);
	db_bind_uuid(p, agent_id);
	bind_uuids(p, open, count);
	db_query(store->db, &gateway_store_sql_read_lost_conversations, p, on_done, arg);
}

void store_read_typing(struct store *store, const struct rights *rights, const struct uuid *conversation_id,
                       store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, rights);
	db_bind_uuid(p, conversation_id);
	db_query(store->db, &gateway_store_sql_read_typing, p, on_done, arg);
}
