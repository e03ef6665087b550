/* store.h - one typed function a statement of store_*.sql. Those with a transaction queue it there; the others run alone.
 * Identifiers are borrowed; NULL where it says "or NULL". */
#pragma once

#include "db/db.h"
#include "principal.h"
#include "rights.h"

#define STORE_HASH 32 /* bytes of a SHA-256 */

/* channels an agent may have a limit on, an inbox may be made for */
enum store_channel { STORE_EMAIL, STORE_CHAT, STORE_CHANNELS };

struct store {
	struct db *db;
	struct db_params *params; /* scratch */
	const char *public_url;   /* stands in what pages embed */
};

/* result is NULL unless the outcome is DB_OK */
typedef void store_done(void *arg, const struct db_outcome *outcome, const struct db_result *result);
typedef void store_rows(void *arg, const struct db_result *result);

/* sessions; hashes: count times STORE_HASH bytes */
void store_read_session(struct store *store, const uint8_t hash[STORE_HASH], store_done *on_done, void *arg);
void store_touch_session(struct store *store, const uint8_t hash[STORE_HASH]);
void store_read_lost_sessions(struct store *store, const uint8_t *hashes, size_t count, store_done *on_done, void *arg);
void store_touch_sessions(struct store *store, const uint8_t *hashes, size_t count);
void store_read_credentials(struct store *store, const char *email, store_done *on_done, void *arg);
void store_insert_session(struct store *store, struct db_tx *tx, const uint8_t hash[STORE_HASH],
                          const struct uuid *agent_id, const char *peer);
void store_read_own_agent(struct store *store, struct db_tx *tx, const struct uuid *agent_id, store_rows *on_rows,
                          void *arg);
void store_read_own_agent_at(struct store *store, const struct uuid *agent_id, store_done *on_done, void *arg);
void store_delete_session(struct store *store, const uint8_t hash[STORE_HASH], store_done *on_done, void *arg);
void store_delete_old_sessions(struct store *store);

/* agents */
void store_list_agents(struct store *store, const struct principal *who, store_done *on_done, void *arg);
void store_read_agent(struct store *store, const struct principal *who, const struct uuid *id, store_done *on_done,
                      void *arg);
void store_read_directory(struct store *store, store_done *on_done, void *arg);
void store_count_unknown_inboxes(struct store *store, struct db_tx *tx, const struct uuid *inboxes, size_t count,
                                 store_rows *on_rows, void *arg);
struct agent_record { /* what makes an agent; texts borrowed */
	struct uuid id;
	const char *name, *email;
	enum role role;
	struct rights rights;
	int32_t capacity;                         /* 0: no limit */
	int32_t channel_capacity[STORE_CHANNELS]; /* 0: no limit of its own */
	const char *const *skills;                /* NULL-ended; NULL: none */
	const struct uuid *teams;
	size_t teams_count;
	bool active;
	int64_t version;
};
/* password_hash or NULL, invitation_hash (STORE_HASH bytes) or NULL */
void store_insert_agent(struct store *store, struct db_tx *tx, const struct agent_record *agent,
                        const char *password_hash, const uint8_t *invitation_hash);
void store_replace_agent_inboxes(struct store *store, struct db_tx *tx, const struct uuid *agent_id,
                                 const struct rights *rights);
void store_read_agent_record(struct store *store, struct db_tx *tx, const struct uuid *id, store_rows *on_rows,
                             void *arg);
void store_update_agent(struct store *store, struct db_tx *tx, const struct agent_record *agent);
void store_delete_agent_sessions(struct store *store, struct db_tx *tx, const struct uuid *agent_id);
/* store_get_agent - a row of store_read_agent_record or store_read_members, in the arena; without the address. */
struct agent_record store_get_agent(const struct db_result *result, size_t row, struct arena *arena);
enum { STORE_AGENT_COLUMNS = 12 }; /* how many it takes; what a statement adds follows */
/* store_get_words - a text column of words apart by line feeds, NULL-ended, in the arena. */
const char *const *store_get_words(const struct db_result *result, size_t row, int column, struct arena *arena);
void store_read_invitation(struct store *store, const uint8_t hash[STORE_HASH], store_done *on_done, void *arg);
void store_read_invitation_in(struct store *store, struct db_tx *tx, const uint8_t hash[STORE_HASH],
                              store_rows *on_rows, void *arg);
void store_renew_invitation(struct store *store, struct db_tx *tx, const struct uuid *agent_id,
                            const uint8_t hash[STORE_HASH]);
/* store_update_password - and no invitation is open any more. */
void store_update_password(struct store *store, struct db_tx *tx, const struct uuid *agent_id,
                           const char *password_hash);
void store_delete_other_sessions(struct store *store, struct db_tx *tx, const struct uuid *agent_id,
                                 const uint8_t kept_hash[STORE_HASH]);
void store_count_agents(struct store *store, struct db_tx *tx, store_rows *on_rows, void *arg);

/* inboxes */
struct sealed { /* a connection string, sealed; data NULL: none */
	const void *data;
	size_t size;
	bool is_given; /* a change names it */
};
struct inbox_record {
	struct uuid id;
	const char *channel, *name, *address;
	struct sealed smtp_url, imap_url;
	const struct uuid *team_id; /* or NULL */
	const char *const *skills;  /* NULL-ended; NULL: none */
	bool active;
	int64_t version;
};
struct chat_record {
	struct uuid inbox_id;
	const char *public_id;            /* of a new one */
	struct sealed secret;             /* data NULL: as it is */
	const char *const *origins;       /* NULL-ended; NULL: as they are */
	bool has_mail_inbox;              /* it is named */
	const struct uuid *mail_inbox_id; /* or NULL */
	const char *settings;             /* JSON; NULL: as they are */
	const char *time_zone;            /* in the settings, or NULL */
};
void store_read_chat_facts(struct store *store, struct db_tx *tx, const struct chat_record *chat, store_rows *on_rows,
                           void *arg);
void store_insert_chat(struct store *store, struct db_tx *tx, const struct chat_record *chat);
void store_update_chat(struct store *store, struct db_tx *tx, const struct chat_record *chat);
void store_read_chat_secret(struct store *store, const struct uuid *inbox_id, store_done *on_done, void *arg);
void store_list_inboxes(struct store *store, const struct rights *rights, store_done *on_done, void *arg);
void store_read_inbox(struct store *store, const struct rights *rights, const struct uuid *id, store_done *on_done,
                      void *arg);
void store_insert_inbox(struct store *store, struct db_tx *tx, const struct inbox_record *inbox);
void store_read_inbox_record(struct store *store, struct db_tx *tx, const struct uuid *id, store_rows *on_rows,
                             void *arg);
void store_read_changed_inbox(struct store *store, struct db_tx *tx, const struct uuid *id, store_rows *on_rows,
                              void *arg);
void store_update_inbox(struct store *store, struct db_tx *tx, const struct inbox_record *inbox);

/* presence */
void store_read_presence(struct store *store, struct db_tx *tx, const struct uuid *agent_id, store_rows *on_rows,
                         void *arg);
struct presence_row {
	struct uuid agent_id;
	const char *status;
	int64_t version;
};
void store_upsert_presence(struct store *store, struct db_tx *tx, const struct presence_row *row);
/* store_end_presence - those of them who were not offline; what they were, and their version now. */
void store_end_presence(struct store *store, struct db_tx *tx, const struct uuid *agents, size_t count,
                        store_rows *on_rows, void *arg);

/* conversations */
struct conversation_query {
	struct rights rights; /* the reader's, narrowed to one inbox where asked */
	struct uuid agent_id;
	const char *filters; /* JSON: what filters.h names */
	bool has_after;      /* only what comes after (after_rank, after_us, after_id) in the list's order */
	int32_t after_rank;
	int64_t after_us;
	struct uuid after_id;
	int32_t limit;
	const char *view;            /* of a search: all, mine, unassigned */
	const char *const *statuses; /* of a search; NULL-ended */
	const char *ref;             /* or NULL */
	const char *pattern;         /* for ILIKE, or NULL: no search */
};
void store_list_conversations(struct store *store, const struct conversation_query *query, store_done *on_done,
                              void *arg);
/* either id or ref */
struct conversation_key {
	struct uuid id;
	const char *ref; /* NULL: by id */
};
void store_read_conversation(struct store *store, const struct principal *who, const struct conversation_key *key,
                             store_done *on_done, void *arg);
struct url_signer { /* how addresses of attachments are made */
	const char *base;
	const uint8_t *key; /* 32 bytes */
};
struct timeline_page { /* by places in the conversation, which count from 1 */
	int64_t after;  /* what follows this one, the first of them */
	int64_t before; /* or what leads up to this one, the last of them; 0: by after */
	int32_t limit;
};
void store_read_timeline(struct store *store, const struct rights *rights, const struct conversation_key *key,
                         const struct timeline_page *page, const struct url_signer *signer, store_done *on_done,
                         void *arg);
void store_read_interactions(struct store *store, const struct rights *rights, const struct conversation_key *key,
                             store_done *on_done, void *arg);
void store_read_moves(struct store *store, const struct rights *rights, const struct conversation_key *key,
                      store_done *on_done, void *arg);
void store_read_channels(struct store *store, const struct rights *rights, const struct conversation_key *key,
                         store_done *on_done, void *arg);
void store_read_customer_point(struct store *store, struct db_tx *tx, const struct uuid *contact_point_id,
                               const struct uuid *conversation_id, const char *channel, store_rows *on_rows, void *arg);
void store_read_conversation_id(struct store *store, const struct rights *rights, const char *ref, store_done *on_done,
                                void *arg);
void store_read_conversation_record(struct store *store, struct db_tx *tx, const struct rights *rights,
                                    const struct uuid *id, store_rows *on_rows, void *arg);
/* store_read_assignable - those of these agents who may be given it. */
void store_read_assignable(struct store *store, struct db_tx *tx, const struct uuid *agents, size_t count,
                           const struct uuid *conversation_id, store_rows *on_rows, void *arg);
void store_read_uploads(struct store *store, struct db_tx *tx, const struct uuid *agent_id, const struct uuid *uploads,
                        size_t count, store_rows *on_rows, void *arg);
void store_read_customer(struct store *store, const struct principal *who, const struct uuid *id, store_done *on_done,
                         void *arg);

/* requests */
struct request_record {
	struct uuid id, agent_id;
	const char *key;
	const uint8_t *hash; /* STORE_HASH bytes */
	const char *kind;
	struct uuid conversation_id;
	int64_t deadline_us;
};
void store_read_request_by_key(struct store *store, struct db_tx *tx, const struct uuid *agent_id, const char *key,
                               store_rows *on_rows, void *arg);
void store_read_request(struct store *store, const struct uuid *agent_id, const struct uuid *id, store_done *on_done,
                        void *arg);
void store_insert_request(struct store *store, struct db_tx *tx, const struct request_record *request);
enum made { MADE_AGENT, MADE_INBOX, MADE_UPLOAD, MADE_SECRET };
void store_remember(struct store *store, struct db_tx *tx, const struct request_record *request, enum made made,
                    const struct uuid *made_id, store_rows *on_rows, void *arg);
struct outcome_row {
	struct uuid id;
	const char *state; /* "done", "refused", "expired" */
	int16_t status;
	struct uuid message_id; /* nil: none */
	const char *body;       /* JSON: the problem, or an answer made here; NULL: it is read from the views */
};
void store_finish_requests(struct store *store, struct db_tx *tx, const struct outcome_row *rows, size_t count,
                           const struct url_signer *signer);
void store_read_outcomes(struct store *store, struct db_tx *tx, const struct outcome_row *rows, size_t count,
                         store_rows *on_rows, void *arg);
void store_read_oldest_pending(struct store *store, store_done *on_done, void *arg);
void store_delete_old_requests(struct store *store);

/* uploads */
void store_insert_upload(struct store *store, struct db_tx *tx, const struct uuid *id, const struct uuid *agent_id,
                         const char *name, const char *content_type, uint64_t size_bytes, const char *sha256);
void store_delete_old_uploads(struct store *store);

/* stream */
void store_read_log_bounds(struct store *store, store_done *on_done, void *arg);
void store_read_log(struct store *store, uint64_t after_xid, int64_t after_id, uint64_t until_xid, int64_t until_id,
                    const char *const *types, const struct rights *rights, store_done *on_done, void *arg);
void store_read_lost_conversations(struct store *store, const struct rights *before, const struct rights *now,
                                   const struct uuid *agent_id, const struct uuid *open, size_t count,
                                   store_done *on_done, void *arg);
void store_read_typing(struct store *store, const struct rights *rights, const struct uuid *conversation_id,
                       store_done *on_done, void *arg);

/* store_get_inboxes - the inboxes of a bytea column, sorted, in the arena. */
struct rights store_get_inboxes(const struct db_result *result, size_t row, int column, struct arena *arena);
/* store_get_rights - and whether it is all of them, in another column. */
struct rights store_get_rights(const struct db_result *result, size_t row, int all_column, int inboxes_column,
                               struct arena *arena);
