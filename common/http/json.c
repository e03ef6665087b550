/* http/json.c */
#include "http/json.h"
