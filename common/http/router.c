/* http/router.c */
#include "http/http.h"
