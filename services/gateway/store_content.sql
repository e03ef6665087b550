-- store_content.sql - what customers sent: the HTML of mails, and kept images.
-- "all" and "inboxes" are the reader's rights.

-- :name read_message_html
-- $1 all, $2 inboxes, $3 id or null, $4 reference or null, $5 message, $6 base of attachment addresses, $7 key that signs them
SELECT json_build_object('html', m.html,
  'inline', coalesce((SELECT json_object_agg(f.content_id, gateway.attachment_url($6, $7, f.sha256, f.name, f.content_type))
                      FROM (SELECT DISTINCT ON (a.content_id) a.* FROM channel.v_attachment a
                            WHERE a.message_id = m.id AND a.content_id IS NOT NULL ORDER BY a.content_id, a.position) f), '{}'),
  'image_proxy', gateway.image_proxy($6, $7, m.id, m.html) ->> 'image_proxy',
  'cursor', (SELECT cursor FROM gateway.v_cursor))::text
FROM routing.v_conversation c
JOIN routing.v_entry e ON e.conversation_id = c.id AND e.message_id = $5
JOIN channel.v_message m ON m.id = e.message_id
WHERE (c.id = $3 OR c.ref = $4) AND ($1 OR c.inbox_id = ANY ($2::uuid[])) AND m.html IS NOT NULL;

-- :name read_image
-- $1 message, $2 SHA-256 of the address
SELECT m.html, i.sha256, i.content_type FROM channel.v_message m LEFT JOIN gateway.image i ON i.url_hash = $2 WHERE m.id = $1;

-- :name keep_image
-- $1 SHA-256 of the address, $2 SHA-256 of the content, hex, $3 type
INSERT INTO gateway.image (url_hash, sha256, content_type) VALUES ($1, $2, $3)
ON CONFLICT (url_hash) DO UPDATE SET sha256 = excluded.sha256, content_type = excluded.content_type, fetched_at = clock_timestamp();

-- :name forget_images
DELETE FROM gateway.image WHERE url_hash IN (SELECT url_hash FROM gateway.image
  WHERE fetched_at < clock_timestamp() - interval '7 days' ORDER BY fetched_at LIMIT 1000);
