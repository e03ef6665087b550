/* tests/unit/common/http/test_server.c - the server as a client on the wire sees it. */
#include "wire.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/metric.h"

int main(void)
{
	return 0;
}
