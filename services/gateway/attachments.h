/* attachments.h - the addresses gateway.attachment_url() and gateway.image_proxy() make, checked. Pure. */
#pragma once

#include "base/arena.h"

struct attachment {
	const char *sha256, *name, *content_type;
};

/* content_check - whether this path, good until then (Unix seconds, as text), was signed with the key.
 * Returns: 0; -EACCES; -ETIME after `until`. */
int content_check(struct arena *arena, const uint8_t key[32], const char *path, const char *signature,
                  const char *until, int64_t now_us);
/* attachment_open - the parts of "/attachments/<sha256>?name=…&type=…&until=…&signature=…".
 * Returns: 0 with texts in the arena; -EACCES for a wrong signature; -ETIME after `until`. */
int attachment_open(struct arena *arena, const uint8_t key[32], const char *sha256, const char *name_hex,
                    const char *type_hex, const char *until, const char *signature, int64_t now_us,
                    struct attachment *ret);
/* attachment_disposition - the Content-Disposition of a download of this name (RFC 6266, RFC 8187). */
const char *attachment_disposition(struct arena *arena, const char *name);
