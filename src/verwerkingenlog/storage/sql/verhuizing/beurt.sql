-- Session lock: one import at a time, so that no actie is written twice; it goes with the connection.
select pg_try_advisory_lock(8101986419)
