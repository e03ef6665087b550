/* bus/reader.c */
#include "bus/bus.h"
