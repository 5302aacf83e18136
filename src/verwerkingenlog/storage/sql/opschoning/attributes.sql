-- The attributes that a purge may have left alone and that no version has now.
select w.tabel, w.id from mogelijk_wees w
where w.tabel = 'kenmerken' and not exists (select from versie v where v.kenmerken = w.id)
union all
select w.tabel, w.id from mogelijk_wees w
where w.tabel = 'objectkenmerken'
    and not exists (select from verwerkt_object o where o.kenmerken = w.id)
    and not exists (select from versie v where v.objectkenmerken = w.id)
