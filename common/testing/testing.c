/* testing/testing.c */
#include "testing/testing.h"
