/* chat_settings.h - where a widget may stand, how it looks, when somebody is there: ChatSettings of the API, checked.
 * Pure. */
#pragma once

#include "http/json.h"

/* chat_origin_is_valid - an origin as browsers write it (RFC 6454): "https://shop.example",
 * "https://shop.example:8443"; http for localhost and 127.0.0.1 only. */
bool chat_origin_is_valid(const char *text);
/* chat_settings_read - checks the members of reader's object; the first fault is remembered in the reader.
 * Returns: the settings as compact JSON in the reader's arena; NULL with a fault. *ret_time_zone: the time zone named,
 * which only PostgreSQL can judge, in the arena; NULL: none. */
const char *chat_settings_read(struct json_reader *reader, const char **ret_time_zone);

/* Objects in objects. json_enter - the member, an object, as a reader of its own; false if missing, null or (a fault)
 * none. json_leave - hands its first fault on, under "field.member". json_only - a fault for any member not in the
 * NULL-ended list. */
bool json_enter(struct json_reader *outer, const char *field, struct json_reader *ret);
void json_leave(struct json_reader *outer, const char *field, const struct json_reader *inner);
void json_only(struct json_reader *reader, const char *const *members);
