/* http/websocket.c */
#include "http/websocket.h"
