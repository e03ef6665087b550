/* request.h - what agents ask of a conversation: may it be done, and how it ended. Pure. */
#pragma once

#include "decide.h"

struct request {
	char *id; /* UUID as text, as it came */
	char *conversation_id;
	int64_t deadline_us;       /* 0: none */
	uint64_t expected_version; /* 0: any */
};

/* request_check - may this agent do it now? A refusal (expired, not_found, forbidden, stale_version) is emitted.
 * Returns: the conversation, or NULL when refused. */
struct conversation *request_check(struct working_set *ws, const struct input *in, const struct request *request);
/* request_refuse - emits request.refused; c NULL: there is no such conversation. */
void request_refuse(struct working_set *ws, struct conversation *c, const struct request *request, const char *code,
                    const char *detail);
/* request_done - emits request.done; message_id NULL: none came of it. */
void request_done(struct working_set *ws, struct conversation *c, const struct request *request,
                  const char *message_id);
/* request_may_have - the agent is active and has the inbox. */
bool request_may_have(const struct working_set *ws, const struct uuid *agent_id, const struct uuid *inbox_id);
