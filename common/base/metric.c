/* base/metric.c */
#include "base/metric.h"
