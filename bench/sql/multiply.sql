-- Copies of the records from number :first on, :length in a row, until there are :copies: other acties of other
-- moments, one in :every about the person :crowded, the others about the :persons from number :people on.
select nextval('verwerkingenlog.volgnummer') as begin \gset
insert into verwerkingenlog.versie (
    volgnummer, tijdstip, tijdstip_registratie, betrokkene, afnemer, actie_id, zaad, verwerking_id, kenmerken,
    objectkenmerken, nummer, klasse, tijdstip_zone, nullen, vervallen, tijdstip_tekst, gebruiker, auteur_gebruiker
)
select
    :begin + n, o.tijdstip + n * interval '1 millisecond', o.tijdstip_registratie,
    case when n % :every = 0 then :crowded else :people + (:begin + n) % :persons end,
    o.afnemer, gen_random_uuid(), gen_random_uuid(), md5((:begin + n / 4)::text)::uuid, o.kenmerken,
    o.objectkenmerken, 1, o.klasse, o.tijdstip_zone, o.nullen, false, o.tijdstip_tekst, o.gebruiker, o.auteur_gebruiker
from generate_series(1, :copies) n
join verwerkingenlog.versie o on o.volgnummer = :first + n % :length and o.klasse = 0;
select setval('verwerkingenlog.volgnummer', :begin + :copies / 1000 * 1000);
