-- A log that was filled a moment ago has no statistics yet, and without them each page would read whole tables.
select set_config(name, 'off', false)
from unnest(array['enable_seqscan', 'enable_bitmapscan', 'enable_hashjoin', 'enable_mergejoin']) as name
union all
select set_config('max_parallel_workers_per_gather', '0', false)
