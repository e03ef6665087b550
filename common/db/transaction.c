/* db/transaction.c */
#include "db/db.h"
