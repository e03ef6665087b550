/* db/params.c */
#include "db/db.h"
