/* retry.h - mails that could not be parsed, tried again when an operator says so (channel.unparsed.retry_at). */
#pragma once

#include "intake.h"

struct retry;

struct retry_options {
	struct loop *loop;
	struct db *db;
	struct files *files;
	struct intake *intake;
	struct mail_trust trust; /* its strings are borrowed */
};

/* retry_new - looks every few seconds. Returns: owned, retry_free(). */
struct retry *retry_new(const struct retry_options *options);
void retry_free(struct retry **retry);
