/* main.c - hilo-bus: the relay, or a pair of keys for it. */
#include "relay.h"

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--make-keys") == 0)
		return relay_make_keys();
	return relay_main(argc, argv);
}
