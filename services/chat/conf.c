/* conf.c - settings of the chat daemon. */
#include "chat.h"

const struct conf_option chat_conf_options[] = {
	{"HILO_CHAT_ADDRESS", CONF_TEXT, offsetof(struct chat_settings, http_address), "127.0.0.1:8086",
	 "Where visitors' widgets are answered; the front door stands before it.", 0, 0, 0},
	{"HILO_PUBLIC_URL", CONF_URL, offsetof(struct chat_settings, public_url), "http://127.0.0.1:8080",
	 "The address people open: links are made from it, browsers' sockets must come from it.", 0, 0, 0},
	{"HILO_CONTENT_URL", CONF_URL, offsetof(struct chat_settings, content_url), "http://127.0.0.1:8081",
	 "The address files of customers are fetched from: another origin than the public one, on purpose.", 0, 0, 0},
	{"HILO_SEAL_KEY", CONF_SECRET, offsetof(struct chat_settings, seal_key), NULL,
	 "The installation's key, 64 hex digits: opens the secrets that shops sign identities with.", 0, 0, CONF_REQUIRED},
	{0},
};
