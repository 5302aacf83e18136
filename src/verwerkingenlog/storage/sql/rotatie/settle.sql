-- Rows that were written under the new search key alone: their second index says nothing more.
update betrokkene set zoekindex_nieuw = null
where id in (
    select id from betrokkene
    where zoekindex_nieuw is not null and zoekindex_nieuw = zoekindex
    order by id for update skip locked
)
