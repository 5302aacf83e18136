-- Session lock: one rotation at a time; it goes with the connection.
select pg_try_advisory_lock(8101986417)
