/* http/reply.c */
#include "http/http.h"
