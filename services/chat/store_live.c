/* store_live.c - one typed function a statement of the live side's. */
#include "store_live.h"

#include "chat_store_sql.h"
