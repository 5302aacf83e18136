-- One statement, so that a version, its occurrences and the marker of its leaf are there together or not at all.
with versies as (
    insert into versie (
        volgnummer, tijdstip, tijdstip_registratie, betrokkene, actie, afnemer, actie_id, zaad, verwerking_id,
        verwerking_id_afnemer, kenmerken, objectkenmerken, nummer, hoogste_nummer, klasse, vertrouwelijkheid,
        tijdstip_zone, nullen, afnemer_nullen, vervallen, tijdstip_tekst, gebruiker, auteur_gebruiker
    )
    select * from unnest(
        $1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::bigint[], $7::uuid[],
        $8::uuid[], $9::uuid[], $10::uuid[], $11::integer[], $12::integer[], $13::integer[], $14::integer[],
        $15::smallint[], $16::smallint[], $17::smallint[], $18::smallint[], $19::smallint[], $20::boolean[],
        $21::text[], $22::text[], $23::text[]
    )
), objecten as (
    insert into verwerkt_object (
        betrokkene, versie, actie, tijdstip, nummer, kenmerken, klasse, nullen, actueel, eerste, herziening
    )
    select * from unnest(
        $24::bigint[], $25::bigint[], $26::bigint[], $27::timestamptz[], $28::integer[], $29::integer[],
        $30::smallint[], $31::smallint[], $32::boolean[], $33::boolean[], $34::boolean[]
    )
)
insert into ongezegeld (eerste, bladeren)
select merk.eerste, merk.bladeren
from eis_generatie($37), unnest($35::bigint[], $36::bytea[]) as merk (eerste, bladeren)
