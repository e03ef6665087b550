/* conf/conf.c */
#include "conf/conf.h"
