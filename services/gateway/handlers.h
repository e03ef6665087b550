/* handlers.h - one function an operation of openapi.json; arg is the gateway. */
#pragma once

#include "http/http.h"

void handle_openapi(struct http_request *request, void *arg);

void handle_session_post(struct http_request *request, void *arg);
void handle_session_get(struct http_request *request, void *arg);
void handle_session_delete(struct http_request *request, void *arg);

void handle_agents_post(struct http_request *request, void *arg);
void handle_agents_get(struct http_request *request, void *arg);
void handle_agent_get(struct http_request *request, void *arg);
void handle_agent_patch(struct http_request *request, void *arg);
void handle_invitation_post(struct http_request *request, void *arg);

void handle_inboxes_post(struct http_request *request, void *arg);
void handle_inboxes_get(struct http_request *request, void *arg);
void handle_inbox_get(struct http_request *request, void *arg);
void handle_inbox_patch(struct http_request *request, void *arg);
void handle_chat_secret_get(struct http_request *request, void *arg);
void handle_chat_secret_post(struct http_request *request, void *arg);

void handle_presence_put(struct http_request *request, void *arg);

void handle_conversations_get(struct http_request *request, void *arg);
void handle_conversation_get(struct http_request *request, void *arg);
void handle_timeline_get(struct http_request *request, void *arg);
void handle_message_post(struct http_request *request, void *arg);
void handle_assign_post(struct http_request *request, void *arg);
void handle_status_post(struct http_request *request, void *arg);
void handle_interactions_get(struct http_request *request, void *arg);
void handle_interaction_post(struct http_request *request, void *arg);
void handle_moves_get(struct http_request *request, void *arg);
void handle_channels_get(struct http_request *request, void *arg);

void handle_customer_get(struct http_request *request, void *arg);
void handle_request_get(struct http_request *request, void *arg);
void handle_upload_post(struct http_request *request, void *arg);
void handle_attachment_get(struct http_request *request, void *arg);
void handle_stream_get(struct http_request *request, void *arg);
