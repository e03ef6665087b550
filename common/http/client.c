/* http/client.c */
#include "http/client.h"
