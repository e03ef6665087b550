/* base/buf.c */
#include "base/buf.h"
