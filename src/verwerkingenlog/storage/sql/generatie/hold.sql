-- Session lock: the one of eis_generatie, for longer than a transaction. The same session passes there again, also
-- while a change waits.
select pg_advisory_lock_shared(8101986413)
