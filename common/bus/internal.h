/* bus/internal.h - what the files of common/bus share; nobody else includes it. */
#pragma once

#include "bus/bus.h"
#include "bus/log.h"

#define TOPIC_LOG "log"
#define TOPIC_LIVE "live"

/* ---- the relays, and who listens to them: bus.c ---- */

const struct bus_options *bus_options_of(const struct bus *bus);
/* bus_relays - endpoints of the frames of every relay known now. Returns: how many, at most 16. */
size_t bus_relays(const struct bus *bus, const char *const **ret_frames);
/* bus_listen - the reader's socket follows the relays from now on; bus_unlisten before it goes. */
void bus_listen(struct bus *bus, struct bus_reader *reader);
void bus_unlisten(struct bus *bus, struct bus_reader *reader);
/* bus_ask_relays - who lives now? Soon, and not twice at a time. */
void bus_ask_relays(struct bus *bus);
/* bus_client_socket - a socket with this installation's keys. */
int bus_client_socket(struct bus *bus, int type, void (*on_message)(void *arg, zmq_msg_t *parts, size_t count),
                      void *arg, struct zsocket **ret);

/* reader.c: a relay came or went */
void bus_reader_connect(struct bus_reader *reader, const char *frames);
void bus_reader_disconnect(struct bus_reader *reader, const char *frames);

/* log.c: the event in columns first… (xid, id, key_hash, type, inbox_id, conversation_id, key, occurred_at, payload);
 * borrowed from the result, epoch 0 */
struct bus_event bus_log_event(const struct db_result *result, size_t row, int first);
