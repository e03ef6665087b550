/* kv/kv.c */
#include "kv/kv.h"
