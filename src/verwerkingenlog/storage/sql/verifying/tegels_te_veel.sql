-- Full tiles that a tree of size $1 does not have. A loose scan over the levels: each is one look-up.
select t.niveau, t.nummer
from generate_series(0, 7) as l (niveau)
join tegel t on t.niveau = l.niveau and t.nummer >= $1::bigint >> (8 * (l.niveau + 1))
union all
select niveau, nummer from tegel where niveau < 0 or niveau > 7 or nummer < 0
