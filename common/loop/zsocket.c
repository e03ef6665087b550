/* loop/zsocket.c */
#include "loop/zsocket.h"
