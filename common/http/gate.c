/* http/gate.c */
#include "http/http.h"
