-- What the schema is made of, a line each: everything that may have a say in what a query gives. In words of the
-- catalog that are the same in all supported versions.
with relatie as (
    select c.oid, c.relname, c.relkind from pg_class c where c.relnamespace = 'verwerkingenlog'::regnamespace
)
select replace(regel, e'\n', ' ') as regel from (
    select format('relatie %s soort %s%s%s%s%s', c.relname, c.relkind, ' ' || c.relpersistence::text,
        case when c.relrowsecurity or c.relforcerowsecurity then ' beveiligd per rij' end,
        ' deel ' || pg_get_expr(c.relpartbound, c.oid), ' opties ' || array_to_string(c.reloptions, ',')) as regel
    from pg_class c join relatie using (oid)
    where c.relkind not in ('i', 'I')
    union all
    select format('kolom %s.%s %s%s%s', r.relname, a.attname, format_type(a.atttypid, a.atttypmod),
        case when a.attnotnull then ' verplicht' end, ' ' || pg_get_expr(d.adbin, d.adrelid))
    from pg_attribute a join relatie r on r.oid = a.attrelid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attnum > 0 and not a.attisdropped and r.relkind in ('r', 'p', 'v')
    union all
    select format('regel %s.%s %s%s', r.relname, o.conname, pg_get_constraintdef(o.oid),
        case when not o.convalidated then ' niet nagegaan' end)
    from pg_constraint o join relatie r on r.oid = o.conrelid
    where o.contype <> 'n'
    union all
    select format('index %s%s', pg_get_indexdef(i.indexrelid),
        case when not (i.indisvalid and i.indisready and i.indislive) then ' buiten gebruik' end)
    from pg_index i join relatie r on r.oid = i.indrelid
    union all
    select format('trigger %s %s', t.tgenabled, pg_get_triggerdef(t.oid))
    from pg_trigger t join relatie r on r.oid = t.tgrelid
    where not t.tgisinternal
    union all
    select format('bewaking van regel %s van %s staat uit', o.conname, r.relname)
    from pg_trigger t join relatie r on r.oid = t.tgrelid join pg_constraint o on o.oid = t.tgconstraint
    where t.tgisinternal and t.tgenabled <> 'O'
    union all
    select format('functie %s(%s) %s %s %s %s %s', p.proname, pg_get_function_identity_arguments(p.oid),
        pg_get_function_result(p.oid), l.lanname, case when p.prosecdef then 'als eigenaar' else 'als gebruiker' end,
        array_to_string(p.proconfig, ','), encode(sha256(convert_to(coalesce(p.prosrc, ''), 'UTF8')), 'hex'))
    from pg_proc p join pg_language l on l.oid = p.prolang
    where p.pronamespace = 'verwerkingenlog'::regnamespace
    union all
    select format('herschrijving %s van %s %s %s', w.rulename, r.relname, w.ev_enabled,
        encode(sha256(convert_to(pg_get_ruledef(w.oid, true), 'UTF8')), 'hex'))
    from pg_rewrite w join relatie r on r.oid = w.ev_class
    union all
    select format('beleid %s van %s', b.polname, r.relname) from pg_policy b join relatie r on r.oid = b.polrelid
    union all
    select format('operator %s', o.oid::regoperator) from pg_operator o
    where o.oid >= 16384 and o.oprnamespace in ('verwerkingenlog'::regnamespace, 'pg_catalog'::regnamespace)
    union all
    select format('omzetting %s naar %s', format_type(c.castsource, null), format_type(c.casttarget, null))
    from pg_cast c where c.oid >= 16384
) as alles
order by alles.regel collate "C"
