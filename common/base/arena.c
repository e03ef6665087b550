/* base/arena.c */
#include "base/arena.h"
