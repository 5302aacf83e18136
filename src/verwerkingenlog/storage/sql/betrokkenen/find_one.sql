-- A person, with the generation of the keys under which none may be concluded from none found.
select nummer as generatie, id
from generatie
left join betrokkene on zoekindex = $1 or (zoekindex_nieuw = $1 and zoekindex_nieuw is not null)
