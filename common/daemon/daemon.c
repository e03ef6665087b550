/* daemon/daemon.c */
#include "daemon/daemon.h"
