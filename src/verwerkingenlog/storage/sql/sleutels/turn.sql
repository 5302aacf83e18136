-- One process at a time changes the ring and what the database knows of it; until the transaction ends.
select pg_advisory_xact_lock(8101986412)
