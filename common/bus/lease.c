/* bus/lease.c */
#include "bus/bus.h"
