-- Until the end of the transaction: read by index ($1 'on') or the tables themselves ('off').
select set_config('enable_indexscan', $1, true), set_config('enable_indexonlyscan', $1, true),
    set_config('enable_bitmapscan', 'off', true),
    set_config('enable_seqscan', case $1 when 'on' then 'off' else 'on' end, true)
