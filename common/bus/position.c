/* bus/position.c */
#include "bus/position.h"
