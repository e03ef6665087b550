/* audit.h - the log of who configured what and who signed in: a row in the transaction of every such change, and the
 * event that makes screens read it again. */
#pragma once

#include "write.h"

/* audit_before - for load(): remembers the thing as it is. kind: "team", …, see gateway.audited(); key: which one. */
void audit_before(struct write *write, const char *kind, const char *key);
/* audit_add - for decide(), after the writes are queued: what became of it. action: the kind and a verb,
 * "team.created". */
void audit_add(struct write *write, const char *action, const char *key);
/* audit_note - outside a write; tx NULL: by itself. actor NULL: nobody signed in; key, name: or NULL. */
void audit_note(struct gateway *gateway, struct db_tx *tx, const struct uuid *actor, const char *action,
                const char *key, const char *name, const char *peer);
/* audit_announce - configuration.changed. owner: the agent whose own it is, or NULL. */
void audit_announce(struct write *write, const char *kind, const char *key, const struct uuid *owner);
/* audit_event - the same outside a write. actor: "agent:<uuid>". Returns: as bus_outbox_add(). */
int audit_event(struct bus_outbox *outbox, struct arena *arena, const char *kind, const char *key,
                const struct uuid *owner, const char *actor);
