/* store_content.c - mails' HTML and kept images, read and written. */
#include "store_content.h"

#include "store_bind.h"

void store_read_message_html(struct store *store, const struct rights *rights, const struct conversation_key *key,
                             const struct uuid *message_id, const struct url_signer *signer, store_done *on_done,
                             void *arg)
{
	struct db_params *p = fresh(store);

	bind_rights(p, rights);
	db_bind_uuid(p, key->ref ? NULL : &key->id);
	db_bind_text(p, key->ref);
	db_bind_uuid(p, message_id);
	bind_signer(p, signer);
	db_query(store->db, &gateway_store_sql_read_message_html, p, on_done, arg);
}

void store_read_image(struct store *store, const struct uuid *message_id, const uint8_t url_hash[STORE_HASH],
                      store_done *on_done, void *arg)
{
	struct db_params *p = fresh(store);

	db_bind_uuid(p, message_id);
	bind_hash(p, url_hash);
	db_query(store->db, &gateway_store_sql_read_image, p, on_done, arg);
}

void store_keep_image(struct store *store, const uint8_t url_hash[STORE_HASH], const char *sha256, const char *type)
{
	struct db_params *p = fresh(store);

	bind_hash(p, url_hash);
	db_bind_text(p, sha256);
	db_bind_text(p, type);
	db_query(store->db, &gateway_store_sql_keep_image, p, on_ignored, NULL);
}

void store_forget_images(struct store *store)
{
	db_query(store->db, &gateway_store_sql_forget_images, fresh(store), on_ignored, NULL);
}
