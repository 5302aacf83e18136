-- Versions that refer to this person's row, at most $2.
(select versie from verwerkt_object where betrokkene = $1 and nummer is not null limit $2)
union
(select volgnummer from versie where betrokkene = $1 limit $2)
union
(select volgnummer from versie where afnemer = $1 limit $2)
