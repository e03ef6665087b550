/* fsm/fsm.c */
#include "fsm/fsm.h"
