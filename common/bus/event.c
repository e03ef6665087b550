/* bus/event.c */
#include "bus/event.h"
