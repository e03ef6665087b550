/* store_front.c - one typed function a statement of the front's. */
#include "store_front.h"

#include "chat_store_sql.h"

void store_list_inboxes(struct chat *chat, store_done *on_done, void *arg)
{
	db_query(chat->db, &chat_store_sql_list_inboxes, db_params_reset(chat->params), on_done, arg);
}
