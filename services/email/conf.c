/* conf.c - settings of the mail daemon. */
#include "email.h"

const struct conf_option email_conf_options[] = {
        {"HILO_LMTP_ADDRESS", CONF_TEXT, offsetof(struct email_settings, lmtp_address), "127.0.0.1:2400",
         "Address and port the mail server delivers to by LMTP; reachable by it alone.", 0, 0, 0},
        {"HILO_LMTP_CONNECTIONS", CONF_INTEGER, offsetof(struct email_settings, lmtp_connections), "200",
         "LMTP connections at a time; more are sent away with 421.", 1, 10000, 0},
        {"HILO_SMTP_URL", CONF_URL, offsetof(struct email_settings, smtp_url), NULL,
         "Relay for inboxes without their own: smtp[s]://user:password@host:port.", 0, 0, 0},
        {"HILO_MAIL_HOSTNAME", CONF_TEXT, offsetof(struct email_settings, hostname), NULL,
         "Name in SMTP and LMTP greetings; the machine's name if unset.", 0, 0, 0},
        {"HILO_MAIL_AUTHSERV", CONF_TEXT, offsetof(struct email_settings, authserv), NULL,
         "Name the own mail server signs Authentication-Results with; unset: no sender counts as verified.", 0, 0, 0},
        {"HILO_MAIL_SIZE_LIMIT", CONF_SIZE, offsetof(struct email_settings, size_limit), "25M",
         "Largest mail taken, in bytes.", 65536, 50 * 1024 * 1024, 0},
        {"HILO_MAIL_MEMORY", CONF_SIZE, offsetof(struct email_settings, memory_limit), "256M",
         "Memory for all mails under way, in bytes; beyond it mails are asked to come later.", 1024 * 1024,
         INT64_C(1) << 40, 0},
        {"HILO_SEAL_KEY", CONF_SECRET, offsetof(struct email_settings, seal_key), NULL,
         "The installation's key, 64 hex digits: opens the relays of inboxes.", 0, 0, 0},
        {0},
};
