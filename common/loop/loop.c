/* loop/loop.c */
#include "loop/loop.h"
