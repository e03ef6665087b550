/* store_content.h - statements about what customers sent: the HTML of their mails, and the images it names. */
#pragma once

#include "store.h"

void store_read_message_html(struct store *store, const struct rights *rights, const struct conversation_key *key,
                             const struct uuid *message_id, const struct url_signer *signer, store_done *on_done,
                             void *arg);
/* store_read_image - the message's HTML; SHA-256 and type of the image of that address, if it is kept. */
void store_read_image(struct store *store, const struct uuid *message_id, const uint8_t url_hash[STORE_HASH],
                      store_done *on_done, void *arg);
void store_keep_image(struct store *store, const uint8_t url_hash[STORE_HASH], const char *sha256, const char *type);
void store_forget_images(struct store *store);
