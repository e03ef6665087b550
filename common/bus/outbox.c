/* bus/outbox.c */
#include "bus/bus.h"
