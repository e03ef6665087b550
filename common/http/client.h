/* http/client.h - libcurl on the event loop, for HTTP, SMTP and whatever else it speaks.
 * Callers configure the easy handle themselves; this drives it and reports the end. */
#pragma once

#include <curl/curl.h>

#include "loop/loop.h"

struct client;

/* client_new - one multi handle; at most max_parallel transfers at once, more wait in order (0: 64). */
struct client *client_new(struct loop *loop, int max_parallel);
/* client_free - aborts what waits and what is under way: on_done with CURLE_ABORTED_BY_CALLBACK, before this returns. May be
 * called from an on_done, which must not start another transfer then. */
void client_free(struct client **client);
/* client_start - runs an easy handle; on_done is called exactly once, from the loop; the handle stays the caller's. Sets
 * CURLOPT_NOSIGNAL, PROTOCOLS are the caller's. The caller must set a time limit (CURLOPT_TIMEOUT_MS). */
void client_start(struct client *client, CURL *easy, void (*on_done)(void *arg, CURL *easy, CURLcode code), void *arg);
