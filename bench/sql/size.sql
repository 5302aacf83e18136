-- Bytes on disk of all tables of the log, indexes and the rest included.
select coalesce(sum(pg_total_relation_size(oid)), 0)
from pg_class
where relnamespace = 'verwerkingenlog'::regnamespace and relkind = 'r'
