-- Statements of services/chat.

-- front

-- :name list_inboxes
-- Every chat inbox, with whether it is open now.
SELECT inbox_id, public_id, name, origins, secret_sealed, mail_inbox_id, settings::text, active,
  config.is_open(settings, clock_timestamp())
FROM config.v_chat

-- live

