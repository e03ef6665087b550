/* base/alloc.c */
#include "base/base.h"
