/* http/handshake.c - may this request become a WebSocket? */
#include "http/handshake.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <strings.h>

#define KEY_LENGTH 24
#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455 section 1.3 */

int handshake_accept(const char *key, char ret[HANDSHAKE_ACCEPT])
{
	unsigned char bytes[KEY_LENGTH], digest[EVP_MAX_MD_SIZE];
	char text[KEY_LENGTH + sizeof(GUID)];
	unsigned size;

	if (!key || strlen(key) != KEY_LENGTH || strchr(key, '=') != key + KEY_LENGTH - 2 ||
	    EVP_DecodeBlock(bytes, (const unsigned char *)key, KEY_LENGTH) != 18)
		return -EINVAL;
	snprintf(text, sizeof(text), "%s" GUID, key);
	EVP_Digest(text, strlen(text), digest, &size, EVP_sha1(), NULL);
	EVP_EncodeBlock((unsigned char *)ret, digest, (int)size);
	return 0;
}

bool handshake_has_token(const char *value, const char *token)
{
	size_t length = strlen(token);

	for (const char *at = value; at && *at;) {
		size_t found;

		at += strspn(at, " \t,");
		found = strcspn(at, " \t,");
		if (found == length && strncasecmp(at, token, length) == 0)
			return true;
		at += found;
	}
	return false;
}

static bool is_origin_allowed(const char *origin, const char *const *allowed)
{
	if (!origin || !allowed)
		return true;
	for (; *allowed; allowed++)
		if (strcmp(origin, *allowed) == 0)
			return true;
	return false;
}

bool handshake_check(struct http_request *request, const char *const *allowed_origins, char accept[HANDSHAKE_ACCEPT])
{
	const char *version = http_request_header(request, "Sec-WebSocket-Version");
	size_t body_bytes;

	http_request_body(request, &body_bytes);
	if (http_request_method(request) != HTTP_GET ||
	    !handshake_has_token(http_request_header(request, "Upgrade"), "websocket") ||
	    !handshake_has_token(http_request_header(request, "Connection"), "upgrade")) {
		http_reply_header(request, "Upgrade", "websocket");
		http_reply_problem(request, 426, "websocket_only", "This address speaks WebSocket.");
	} else if (!version || strcmp(version, "13") != 0) {
		http_reply_header(request, "Sec-WebSocket-Version", "13");
		http_reply_problem(request, 426, "websocket_version", "The only WebSocket version spoken here is 13.");
	} else if (body_bytes > 0 || handshake_accept(http_request_header(request, "Sec-WebSocket-Key"), accept) < 0) {
		http_reply_problem(request, 400, "websocket_handshake", "The WebSocket handshake is malformed.");
	} else if (!is_origin_allowed(http_request_header(request, "Origin"), allowed_origins)) {
		http_reply_problem(request, 403, "origin", "This origin may not open a WebSocket here.");
	} else {
		return true;
	}
	return false;
}
