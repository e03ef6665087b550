/* channel/store.c */
#include "channel/channel.h"
