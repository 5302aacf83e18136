select pg_advisory_unlock(8101986417)
