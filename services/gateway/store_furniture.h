/* store_furniture.h - statements about what surrounds the work: teams, canned replies, tags, preferences, the company,
 * tokens, the audit log. As in store.h. */
#pragma once

#include "store.h"

/* teams */
struct team_record {
	struct uuid id;
	const char *name, *description;
	bool active;
};
void store_list_teams(struct store *store, const struct principal *who, store_done *on_done, void *arg);
void store_read_team(struct store *store, const struct principal *who, const struct uuid *id, store_done *on_done,
                     void *arg);
void store_read_team_record(struct store *store, struct db_tx *tx, const struct uuid *id, store_rows *on_rows,
                            void *arg);
void store_count_unknown_agents(struct store *store, struct db_tx *tx, const struct uuid *agents, size_t count,
                                store_rows *on_rows, void *arg);
void store_count_unknown_teams(struct store *store, struct db_tx *tx, const struct uuid *id, store_rows *on_rows,
                               void *arg);
void store_read_members(struct store *store, struct db_tx *tx, const struct uuid *agents, size_t count,
                        const struct uuid *team_id, store_rows *on_rows, void *arg);
void store_insert_team(struct store *store, struct db_tx *tx, const struct team_record *team);
void store_update_team(struct store *store, struct db_tx *tx, const struct team_record *team);
void store_replace_members(struct store *store, struct db_tx *tx, const struct uuid *team_id, const struct uuid *agents,
                           size_t count);
void store_touch_agents(struct store *store, struct db_tx *tx, const struct uuid *agents, size_t count);

/* canned replies */
struct canned_record { /* in a change NULL means: as it is */
	struct uuid id;
	const struct uuid *owner_id; /* NULL: shared */
	const char *shortcut, *title, *text;
	const char *variants; /* JSON */
	const struct uuid *inboxes;
	size_t inboxes_count;
};
void store_list_canned_replies(struct store *store, const struct principal *who, const char *words,
                               const struct uuid *inbox_id, store_done *on_done, void *arg);
void store_read_canned_reply(struct store *store, const struct principal *who, const struct uuid *id,
                             store_done *on_done, void *arg);
void store_read_canned_record(struct store *store, struct db_tx *tx, const struct principal *who, const struct uuid *id,
                              store_rows *on_rows, void *arg);
void store_insert_canned_reply(struct store *store, struct db_tx *tx, const struct canned_record *reply);
void store_update_canned_reply(struct store *store, struct db_tx *tx, const struct canned_record *reply);
void store_delete_canned_reply(struct store *store, struct db_tx *tx, const struct uuid *id);

/* tags */
void store_list_tags(struct store *store, store_done *on_done, void *arg);
void store_read_tag_record(struct store *store, struct db_tx *tx, const char *name, store_rows *on_rows, void *arg);
void store_insert_tag(struct store *store, struct db_tx *tx, const char *name, const char *description);
void store_update_tag(struct store *store, struct db_tx *tx, const char *name, const char *description);
void store_delete_tag(struct store *store, struct db_tx *tx, const char *name);

/* preferences, the company */
void store_read_preferences(struct store *store, const struct uuid *agent_id, store_done *on_done, void *arg);
void store_upsert_preferences(struct store *store, struct db_tx *tx, const struct uuid *agent_id, const char *json);
struct company_change { /* NULL: as it is */
	const char *name, *locale, *time_zone;
};
void store_read_company(struct store *store, store_done *on_done, void *arg);
void store_read_company_record(struct store *store, struct db_tx *tx, const char *time_zone, store_rows *on_rows,
                               void *arg);
void store_update_company(struct store *store, struct db_tx *tx, const struct company_change *change);
void store_read_setup(struct store *store, store_done *on_done, void *arg);

/* tokens */
struct token_record {
	struct uuid id, agent_id;
	const uint8_t *hash; /* STORE_HASH bytes */
	const char *name, *scope;
	int64_t expires_us; /* 0: never */
};
void store_read_token(struct store *store, const uint8_t hash[STORE_HASH], store_done *on_done, void *arg);
void store_touch_token(struct store *store, const uint8_t hash[STORE_HASH]);
void store_list_tokens(struct store *store, const struct uuid *agent_id, store_done *on_done, void *arg);
void store_count_tokens(struct store *store, struct db_tx *tx, const struct uuid *agent_id, store_rows *on_rows,
                        void *arg);
void store_insert_token(struct store *store, struct db_tx *tx, const struct token_record *token);
void store_read_token_record(struct store *store, struct db_tx *tx, const struct uuid *id, store_rows *on_rows,
                             void *arg);
void store_delete_token(struct store *store, struct db_tx *tx, const struct uuid *id);
void store_delete_old_tokens(struct store *store);

/* what was configured: kind is "team", "canned_reply", … */
void store_remember_configured(struct store *store, struct db_tx *tx, const struct request_record *request,
                               const char *kind, const char *key, store_rows *on_rows, void *arg);
void store_read_configured(struct store *store, struct db_tx *tx, const char *kind, const char *key,
                           const struct uuid *reader, store_rows *on_rows, void *arg);

/* the audit log */
struct audit_record {
	struct uuid id;
	const struct uuid *actor_id;     /* or NULL */
	const char *action;              /* "inbox.created" */
	const char *key, *name, *before; /* or NULL each */
	const char *peer;
};
void store_read_audited(struct store *store, struct db_tx *tx, const char *kind, const char *key, store_rows *on_rows,
                        void *arg);
/* store_insert_audit - tx NULL: alone. */
void store_insert_audit(struct store *store, struct db_tx *tx, const struct audit_record *record);
struct audit_query {
	int64_t before_us; /* only what is older */
	struct uuid before_id;
	int32_t limit;
	const struct uuid *actor_id; /* or NULL */
	const char *action;          /* or type, or NULL */
};
void store_list_audit(struct store *store, const struct audit_query *query, store_done *on_done, void *arg);
