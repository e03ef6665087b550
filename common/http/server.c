/* http/server.c */
#include "http/http.h"
