-- One statement, so that a version, its occurrences and the marker of its leaf are there together or not at all.
with versies as (
    insert into versie (
        volgnummer, actie, tijdstip, tijdstip_registratie, afnemer, actie_id, verwerking_id,
        verwerking_id_afnemer, nummer, hoogste_nummer, kenmerken, klasse, vertrouwelijkheid, tijdstip_zone,
        afnemer_nullen, vervallen, tijdstip_tekst, gebruiker, auteur_gebruiker, zaad
    )
    select * from unnest(
        $1::bigint[], $2::bigint[], $3::timestamptz[], $4::timestamptz[], $5::bigint[], $6::uuid[], $7::uuid[],
        $8::uuid[], $9::integer[], $10::integer[], $11::integer[], $12::smallint[], $13::smallint[],
        $14::smallint[], $15::smallint[], $16::boolean[], $17::text[], $18::text[], $19::text[], $20::uuid[]
    )
), objecten as (
    insert into verwerkt_object (
        betrokkene, versie, actie, tijdstip, nummer, kenmerken, klasse, nullen, actueel, eerste, herziening
    )
    select * from unnest(
        $21::bigint[], $22::bigint[], $23::bigint[], $24::timestamptz[], $25::integer[], $26::integer[],
        $27::smallint[], $28::smallint[], $29::boolean[], $30::boolean[], $31::boolean[]
    )
)
insert into ongezegeld (eerste, bladeren)
select merk.eerste, merk.bladeren
from eis_generatie($34), unnest($32::bigint[], $33::bytea[]) as merk (eerste, bladeren)
