-- Statements of common/db itself.

-- :name lock_objects
-- $1 bigint[]: object numbers, sorted and distinct. Advisory, so that no transaction id is taken before the first write.
SELECT pg_advisory_xact_lock(o) FROM unnest($1::bigint[]) WITH ORDINALITY AS t(o, n) ORDER BY n

-- :name try_lock
-- $1 object number: is it this transaction's now?
SELECT pg_try_advisory_xact_lock($1::bigint)
