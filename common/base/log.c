/* base/log.c */
#include "base/log.h"
