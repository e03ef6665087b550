/* db/connection.c */
#include "db/db.h"
