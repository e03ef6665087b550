/* lmtp.h - the door a mail server delivers to: LMTP on TCP, one dialogue a connection, 250 only after COMMIT. */
#pragma once

#include "channel/channel.h"
#include "directory.h"
#include "intake.h"

struct lmtp_server;

struct lmtp_options {
	struct loop *loop;
	struct db *db; /* not ready: mail is answered 451 at once */
	struct channel *channel;
	struct directory *directory;
	struct intake *intake;
	const char *address; /* "127.0.0.1:2400", "[::1]:2400"; port 0: any */
	const char *hostname;
	int64_t connections;                 /* more get 421 */
	int64_t message_bytes, memory_bytes; /* of one message; of all under way */
};

/* lmtp_server_new - listens. Returns: 0 and *ret owned; -EINVAL for a bad address; -EADDRINUSE … */
int lmtp_server_new(const struct lmtp_options *options, struct lmtp_server **ret);
void lmtp_server_free(struct lmtp_server **server);
int lmtp_server_port(const struct lmtp_server *server);
/* lmtp_server_drain - stops listening; who is between messages gets 421, messages under way are finished; then
 * on_drained. */
void lmtp_server_drain(struct lmtp_server *server, void (*on_drained)(void *arg), void *arg);
