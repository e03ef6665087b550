/* base/uuid.c */
#include "base/uuid.h"
