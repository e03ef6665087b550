/* bus/bus.c */
#include "bus/bus.h"
