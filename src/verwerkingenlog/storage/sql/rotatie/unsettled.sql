-- Persons with a second index, no more than $1 of them; while a search key goes, new rows have one too.
select count(*) from (select from betrokkene where zoekindex_nieuw is not null limit $1) as enkele
