/* bus/conf.c */
#include "bus/bus.h"
