/* channel/channel.c */
#include "channel/channel.h"
