/* typist.c - someone who types: a live signal every 50 ms. */
#include "actor.h"

static void on_due(void *arg)
{
	struct actor *actor = arg;
	const struct uuid conversation = actor_conversation(0);
	Hilo__V1__LiveSignal signal = HILO__V1__LIVE_SIGNAL__INIT;
	char id[UUID_TEXT];

	signal.type = (char *)"typing";
	signal.conversation_id = uuid_format(&conversation, id);
	signal.active = true;
	bus_signal(actor->bus, &signal);
}

void typist_start(struct actor *actor)
{
	timer_every(timer_new(actor->loop, on_due, actor), 50000);
}
