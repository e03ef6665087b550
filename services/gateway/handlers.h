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

void handle_agent_invitation_post(struct http_request *request, void *arg);
void handle_password_put(struct http_request *request, void *arg);

void handle_teams_get(struct http_request *request, void *arg);
void handle_teams_post(struct http_request *request, void *arg);
void handle_team_get(struct http_request *request, void *arg);
void handle_team_patch(struct http_request *request, void *arg);

void handle_canned_replies_get(struct http_request *request, void *arg);
void handle_canned_replies_post(struct http_request *request, void *arg);
void handle_canned_reply_get(struct http_request *request, void *arg);
void handle_canned_reply_patch(struct http_request *request, void *arg);
void handle_canned_reply_delete(struct http_request *request, void *arg);

void handle_tags_get(struct http_request *request, void *arg);
void handle_tags_post(struct http_request *request, void *arg);
void handle_tag_patch(struct http_request *request, void *arg);
void handle_tag_delete(struct http_request *request, void *arg);

void handle_preferences_get(struct http_request *request, void *arg);
void handle_preferences_put(struct http_request *request, void *arg);
void handle_company_get(struct http_request *request, void *arg);
void handle_company_patch(struct http_request *request, void *arg);
void handle_setup_get(struct http_request *request, void *arg);

void handle_tokens_get(struct http_request *request, void *arg);
void handle_tokens_post(struct http_request *request, void *arg);
void handle_token_delete(struct http_request *request, void *arg);
void handle_audit_get(struct http_request *request, void *arg);

void handle_inboxes_post(struct http_request *request, void *arg);
void handle_inboxes_get(struct http_request *request, void *arg);
void handle_inbox_get(struct http_request *request, void *arg);
void handle_inbox_patch(struct http_request *request, void *arg);
void handle_inbox_test_post(struct http_request *request, void *arg);
void handle_chat_secret_get(struct http_request *request, void *arg);
void handle_chat_secret_post(struct http_request *request, void *arg);

void handle_presence_put(struct http_request *request, void *arg);

void handle_conversations_get(struct http_request *request, void *arg);
void handle_conversation_get(struct http_request *request, void *arg);
void handle_timeline_get(struct http_request *request, void *arg);
void handle_message_post(struct http_request *request, void *arg);
void handle_assign_post(struct http_request *request, void *arg);
void handle_triage_post(struct http_request *request, void *arg);
void handle_conversation_inbox_post(struct http_request *request, void *arg);
void handle_retry_post(struct http_request *request, void *arg);
void handle_status_post(struct http_request *request, void *arg);
void handle_interactions_get(struct http_request *request, void *arg);
void handle_interaction_post(struct http_request *request, void *arg);
void handle_moves_get(struct http_request *request, void *arg);
void handle_channels_get(struct http_request *request, void *arg);

void handle_read_put(struct http_request *request, void *arg);
void handle_follow_put(struct http_request *request, void *arg);
void handle_follow_delete(struct http_request *request, void *arg);
void handle_draft_get(struct http_request *request, void *arg);
void handle_draft_put(struct http_request *request, void *arg);
void handle_draft_delete(struct http_request *request, void *arg);
void handle_counts_get(struct http_request *request, void *arg);
void handle_views_get(struct http_request *request, void *arg);
void handle_views_post(struct http_request *request, void *arg);
void handle_view_patch(struct http_request *request, void *arg);
void handle_view_delete(struct http_request *request, void *arg);
void handle_mentions_get(struct http_request *request, void *arg);
void handle_search_get(struct http_request *request, void *arg);

void handle_customer_get(struct http_request *request, void *arg);
void handle_customer_patch(struct http_request *request, void *arg);
void handle_customer_notes_get(struct http_request *request, void *arg);
void handle_customer_notes_post(struct http_request *request, void *arg);
void handle_customer_note_delete(struct http_request *request, void *arg);
void handle_request_get(struct http_request *request, void *arg);
void handle_upload_post(struct http_request *request, void *arg);
void handle_parked_list_get(struct http_request *request, void *arg);
void handle_parked_retry_post(struct http_request *request, void *arg);
void handle_parked_discard_post(struct http_request *request, void *arg);
void handle_health_get(struct http_request *request, void *arg);
void handle_message_html_get(struct http_request *request, void *arg);
void handle_image_get(struct http_request *request, void *arg);
void handle_attachment_get(struct http_request *request, void *arg);
void handle_stream_get(struct http_request *request, void *arg);
