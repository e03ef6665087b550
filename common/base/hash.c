/* base/hash.c */
#include "base/hash.h"
