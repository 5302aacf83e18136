-- The markers of records that were copied in, if what they refer to is still of this generation.
insert into ongezegeld (eerste, bladeren)
select merk.eerste, merk.bladeren
from eis_generatie($3), unnest($1::bigint[], $2::bytea[]) as merk (eerste, bladeren)
