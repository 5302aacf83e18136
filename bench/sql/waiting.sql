select coalesce(extract(epoch from clock_timestamp() - min(sinds)), 0)::float8 from verwerkingenlog.ongezegeld
