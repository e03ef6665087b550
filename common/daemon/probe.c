/* daemon/probe.c */
#include "daemon/daemon.h"
