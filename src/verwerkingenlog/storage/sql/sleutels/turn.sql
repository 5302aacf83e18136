-- Session lock: one process at a time provides the keys; it goes with the connection.
select pg_advisory_lock(8101986412)
