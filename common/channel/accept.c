/* channel/accept.c */
#include "channel/channel.h"
