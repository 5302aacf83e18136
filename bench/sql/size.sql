-- Bytes on disk of each table and each index of the log, with all that belongs to it.
select relname, case relkind when 'i' then pg_relation_size(oid) else pg_table_size(oid) end
from pg_class
where relnamespace = 'verwerkingenlog'::regnamespace and relkind in ('r', 'i')
order by relname
