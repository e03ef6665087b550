/* daemon/health.c */
#include "daemon/daemon.h"
