/* http/handshake.h - the checks of a WebSocket's opening request (RFC 6455 section 4.2); private to this folder. */
#pragma once

#include "http/http.h"

#define HANDSHAKE_ACCEPT 29 /* bytes of a Sec-WebSocket-Accept with its NUL */

/* handshake_accept - Sec-WebSocket-Accept for the key. Returns: 0, or -EINVAL if the key is not 16 bytes in base64. */
int handshake_accept(const char *key, char ret[HANDSHAKE_ACCEPT]);
/* handshake_has_token - token is one of the comma-separated words of a header value, in any case. */
bool handshake_has_token(const char *value, const char *token);
/* handshake_check - Returns: true with accept filled in, or false after a 400, 403 or 426 reply. */
bool handshake_check(struct http_request *request, const char *const *allowed_origins, char accept[HANDSHAKE_ACCEPT]);
