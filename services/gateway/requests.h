/* requests.h - requests to other services, from the event that asks to the answer the client gets.
 *
 * A handler announces a request (requests_expect) before it commits, so that an outcome cannot come too early, and lets
 * its client wait (requests_wait) afterwards. The bus reader hands in outcomes; the answer is read from the views,
 * stored in the request's row, and given to everyone who waits. Outcomes nobody waits for here are written a second
 * later, in case the replica that was asked has gone. */
#pragma once

#include "gateway.h"

struct requests;

struct requests *requests_new(struct gateway *gateway); /* owned, requests_free() */
void requests_free(struct requests **requests);         /* those who wait get 202 */
/* requests_expect - its outcome will be waited for here; if it is not made after all, that is forgotten in time. */
void requests_expect(struct requests *requests, const struct uuid *id);
/* requests_wait - answers the client with the outcome, or 202 after 2 s. */
void requests_wait(struct requests *requests, const struct uuid *id, struct http_request *request);
/* requests_outcome - an opened request.done, request.refused or inbox.tested from the log. */
void requests_outcome(struct requests *requests, const struct bus_event *event);
/* requests_flush - after the last of a batch. */
void requests_flush(struct requests *requests);
bool requests_are_open(const struct requests *requests); /* clients wait */
