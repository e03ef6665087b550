/* base/clock.c */
#include "base/clock.h"
