/* store_front.h - one typed function a statement of the front's. The columns stand in store.sql. */
#pragma once

#include "front.h"

#define STORE_HASH 32 /* bytes of a token's SHA-256 */

/* result is NULL unless the outcome is DB_OK */
typedef void store_done(void *arg, const struct db_outcome *outcome, const struct db_result *result);
typedef void store_rows(void *arg, const struct db_result *result);

void store_list_inboxes(struct chat *chat, store_done *on_done, void *arg);
void store_read_tested(struct chat *chat, const struct uuid *inbox_id, store_done *on_done, void *arg);
void store_list_reply_times(struct chat *chat, store_done *on_done, void *arg);

/* store_get_visitor - the visitor of a row that begins with id, inbox, address, name, email, locale, level; the texts are the
 * result's. */
struct visitor store_get_visitor(const struct db_result *result);

void store_find_visitor(struct chat *chat, const uint8_t hash[STORE_HASH], store_done *on_done, void *arg);
void store_touch_token(struct chat *chat, const uint8_t hash[STORE_HASH]);
void store_insert_visitor(struct chat *chat, const struct visitor *visitor, const uint8_t hash[STORE_HASH], store_done *on_done,
			  void *arg);
void store_has_written(struct chat *chat, struct db_tx *tx, const char *address, store_rows *on_rows, void *arg);
/* store_sign_in - name, email NULL: as they are. hash NULL: no new token. */
struct store_sign_in {
	struct uuid id; /* if new */
	struct uuid inbox_id;
	const char *address, *name, *email, *locale;
	Hilo__V1__Level email_level;
	const uint8_t *hash;
};
void store_sign_in(struct chat *chat, struct db_tx *tx, const struct store_sign_in *in, store_rows *on_rows, void *arg);
/* store_leave_browser - hash NULL: all tokens of the visitor end, and its uploads go to the other address. */
void store_leave_browser(struct chat *chat, struct db_tx *tx, const struct uuid *visitor_id, const char *to_address,
			 const uint8_t *hash);
void store_delete_token(struct chat *chat, const uint8_t hash[STORE_HASH], store_done *on_done, void *arg);

/* texts NULL: as they are */
void store_update_visitor(struct chat *chat, struct db_tx *tx, const struct uuid *visitor_id, const char *name, const char *email,
			  const char *locale, store_rows *on_rows, void *arg);
void store_insert_confirmation(struct chat *chat, struct db_tx *tx, const uint8_t hash[STORE_HASH], const struct uuid *visitor_id,
			       const char *email);
void store_find_confirmation(struct chat *chat, const uint8_t hash[STORE_HASH], store_done *on_done, void *arg);
void store_use_confirmation(struct chat *chat, struct db_tx *tx, const uint8_t hash[STORE_HASH], store_rows *on_rows, void *arg);

void store_insert_upload(struct chat *chat, const struct uuid *id, const struct uuid *visitor_id, const struct channel_file *file,
			 store_done *on_done, void *arg);
void store_take_upload(struct chat *chat, const struct uuid *id, const struct uuid *visitor_id, store_done *on_done, void *arg);
void store_find_file(struct chat *chat, const struct uuid *id, const struct uuid *visitor_id, store_done *on_done, void *arg);
void store_list_transcript(struct chat *chat, const struct uuid *conversation_id, const struct uuid *visitor_id, store_done *on_done,
			   void *arg);
void store_sweep_front(struct chat *chat); /* what has ended is deleted */
