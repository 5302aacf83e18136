-- So many persons more, whom nobody can look up; gives the number of the first.
with nieuw as (
    insert into verwerkingenlog.betrokkene (zoekindex, sleutel, cijfertekst)
    select sha256(convert_to('bench ' || n, 'UTF8')), s.id, sha256(convert_to('persoon ' || n, 'UTF8'))
    from generate_series(1, :persons) n, verwerkingenlog.sleutel s
    where s.doel = 'onthullen' and s.staat = 'actief'
    returning id
)
select min(id) from nieuw;
