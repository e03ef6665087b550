/* base/text.c */
#include "base/text.h"
