-- First versions that hold their one occurrence themselves, as versies/insert would write them; what follows from
-- being that is not given. One statement, so that they are there together with the marker of their leaves.
with versies as (
    insert into versie (
        volgnummer, tijdstip, tijdstip_registratie, betrokkene, actie_id, zaad, verwerking_id,
        verwerking_id_afnemer, kenmerken, objectkenmerken, nummer, klasse, tijdstip_zone, nullen, vervallen,
        tijdstip_tekst, gebruiker, auteur_gebruiker
    )
    select volgnummer, tijdstip, registratie, betrokkene, actie_id, zaad, verwerking_id, verwerking_id_afnemer,
        kenmerken, objectkenmerken, 1, coalesce(klasse, 0::smallint), zone, nullen, false, tekst, gebruiker, auteur
    from unnest(
        $1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::bigint[], $5::uuid[], $6::uuid[], $7::uuid[],
        $8::uuid[], $9::integer[], $10::integer[], $11::smallint[], $12::smallint[], $13::smallint[], $14::text[],
        $15::text[], $16::text[]
    ) as t (
        volgnummer, tijdstip, registratie, betrokkene, actie_id, zaad, verwerking_id, verwerking_id_afnemer,
        kenmerken, objectkenmerken, klasse, zone, nullen, tekst, gebruiker, auteur
    )
)
insert into ongezegeld (eerste, bladeren)
select merk.eerste, merk.bladeren
from eis_generatie($19), unnest($17::bigint[], $18::bytea[]) as merk (eerste, bladeren)
