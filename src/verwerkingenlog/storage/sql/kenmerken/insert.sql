insert into kenmerken (
    vingerafdruk, applicatie, actie_naam, handeling_naam, verwerking_naam, verwerkingsactiviteit_id,
    verwerkingsactiviteit_url, bewaartermijn, uitvoerder, systeem, gegevensbron, soort_afnemer_id, afnemer_oin,
    verwerkingsactiviteit_id_afnemer, verwerkingsactiviteit_url_afnemer
)
select * from unnest(
    $1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::text[], $9::text[],
    $10::text[], $11::text[], $12::text[], $13::text[], $14::uuid[], $15::text[]
)
on conflict (vingerafdruk) do nothing
