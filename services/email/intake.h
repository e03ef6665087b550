/* intake.h - a mail whose last byte has come: parsed, its files put into the store, one message for each recipient's
 * inbox. */
#pragma once

#include "base/buf.h"
#include "channel/channel.h"
#include "directory.h"
#include "mail_parse.h"

struct intake;

struct intake_options {
	struct channel *channel;
	struct directory *directory;
	struct mail_trust trust; /* its strings are borrowed */
};

enum intake_outcome { INTAKE_STORED, INTAKE_LATER, INTAKE_NO_SPACE };

struct intake_recipient {
	struct uuid inbox_id;
	const char *address; /* the inbox's; NULL: not known */
	const char *tag;     /* NULL: none, the mail's header may have one */
};

struct intake *intake_new(const struct intake_options *options);
void intake_free(struct intake **intake);

/* intake_take - sender: the envelope's, NULL when not known. Takes the bytes over (*data is empty afterwards); copies
 * sender and recipients. on_recipient is called once for each recipient, INTAKE_STORED only after COMMIT; then on_done,
 * with the buffer's size in memory, which is free again. */
void intake_take(struct intake *intake, const char *sender, struct buf *data, const struct intake_recipient *recipients,
                 size_t count, void (*on_recipient)(void *arg, size_t i, enum intake_outcome outcome),
                 void (*on_done)(void *arg, size_t bytes), void *arg);
