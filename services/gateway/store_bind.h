/* store_bind.h - how parameters are put, for the files of the store. */
#pragma once

#include "gateway_store_sql.h"
#include "store.h"

static inline struct db_params *fresh(struct store *store)
{
	return db_params_reset(store->params);
}

static inline void bind_hash(struct db_params *p, const uint8_t *hash)
{
	db_bind_bytes(p, hash, hash ? STORE_HASH : 0);
}

static inline void bind_hashes(struct db_params *p, const uint8_t *hashes, size_t count)
{
	db_array_begin(p, DB_BYTES);
	for (size_t i = 0; i < count; i++)
		db_array_bytes(p, hashes + i * STORE_HASH, STORE_HASH);
	db_array_end(p);
}

static inline void bind_uuids(struct db_params *p, const struct uuid *ids, size_t count)
{
	db_array_begin(p, DB_UUID);
	for (size_t i = 0; i < count; i++)
		db_array_uuid(p, &ids[i]);
	db_array_end(p);
}

/* words: NULL-ended; NULL: none */
static inline void bind_words(struct db_params *p, const char *const *words)
{
	db_array_begin(p, DB_TEXT);
	for (; words && *words; words++)
		db_array_text(p, *words);
	db_array_end(p);
}

static inline void bind_rights(struct db_params *p, const struct rights *rights)
{
	db_bind_bool(p, rights->all);
	bind_uuids(p, rights->inboxes, rights->all ? 0 : rights->count);
}

static inline void bind_conversation(struct db_params *p, const struct conversation_key *key)
{
	db_bind_uuid(p, key->ref ? NULL : &key->id);
	db_bind_text(p, key->ref);
}

static inline void bind_signer(struct db_params *p, const struct url_signer *signer)
{
	db_bind_text(p, signer->base);
	db_bind_bytes(p, signer->key, 32);
}

/* statements whose failure only means that they are tried again later */
static inline void on_ignored(void *arg, const struct db_outcome *outcome, const struct db_result *result)
{
	(void)arg, (void)outcome, (void)result;
}

static inline void bind_reader(struct db_params *p, const struct principal *who)
{
	bind_rights(p, &who->rights);
	db_bind_bool(p, who->role == ROLE_ADMINISTRATOR);
	db_bind_uuid(p, &who->id);
}

static inline void bind_request(struct db_params *p, const struct request_record *request)
{
	db_bind_uuid(p, &request->id);
	db_bind_uuid(p, &request->agent_id);
	db_bind_text(p, request->key);
	bind_hash(p, request->hash);
	db_bind_text(p, request->kind);
}
