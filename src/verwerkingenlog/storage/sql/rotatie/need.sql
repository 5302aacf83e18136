-- What needs which key: rows by reveal key; rows without and with a second index, and those under two keys.
select
    (select coalesce(json_object_agg(sleutel, aantal), '{}')::text
        from (select sleutel, count(*) as aantal from betrokkene group by sleutel) as per_sleutel) as onthullen,
    count(*) as personen,
    count(*) filter (where zoekindex_nieuw is null) as zonder_tweede,
    count(*) filter (where zoekindex_nieuw <> zoekindex) as onder_twee
from betrokkene
