/* viewers_list.h - who views a conversation and who types in it, as far as was heard. Pure. */
#pragma once

#include "base/uuid.h"

#define VIEWERS_MAX 16 /* others are not shown */
#define VIEWERS_KEEP_US 15000000

struct viewers { /* of one conversation */
	struct {
		struct uuid agent_id;
		bool is_typing;
		int64_t until_us; /* monotonic */
	} list[VIEWERS_MAX];
	int count;
	struct uuid inbox_id; /* whose agents may know */
};

enum viewers_sign { VIEWERS_VIEWS, VIEWERS_LEAVES, VIEWERS_TYPES, VIEWERS_PAUSES };
enum viewers_news { VIEWERS_KNOWN, VIEWERS_CHANGED, VIEWERS_CAME };

/* viewers_note - an agent gave this sign. Whoever types or pauses is there; that somebody views does not say that they
 * ceased to type. Returns: what it is to those who know the list. */
enum viewers_news viewers_note(struct viewers *viewers, const struct uuid *agent_id, enum viewers_sign sign,
                               int64_t now_us);
/* viewers_expire - forgets who gave no sign for VIEWERS_KEEP_US. Returns: whether there was any. */
bool viewers_expire(struct viewers *viewers, int64_t now_us);
