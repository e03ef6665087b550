/* store_live.h - one typed function a statement of the live side's. */
#pragma once

#include "store_front.h"
