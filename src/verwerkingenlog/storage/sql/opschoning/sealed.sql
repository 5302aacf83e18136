select coalesce(bool_and(is_gezegeld(record)), true) from unnest($1::bigint[]) as record
