-- Session lock: one purge at a time; it goes with the connection. Terms run on the calendar and the clock of the
-- Netherlands (rule R1).
select pg_try_advisory_lock(8101986416) as mine, set_config('timezone', 'Europe/Amsterdam', false)
