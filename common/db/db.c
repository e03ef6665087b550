/* db/db.c */
#include "db/db.h"
