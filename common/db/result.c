/* db/result.c */
#include "db/db.h"
