/* bus/consumer.c */
#include "bus/consumer.h"
