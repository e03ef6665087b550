/* store_front.h - one typed function a statement of the front's. */
#pragma once

#include "chat.h"

/* result is NULL unless the outcome is DB_OK */
typedef void store_done(void *arg, const struct db_outcome *outcome, const struct db_result *result);

void store_list_inboxes(struct chat *chat, store_done *on_done, void *arg);
