-- A page comes from the indexes in its order. The planner, which knows how many entries a person has on average,
-- would rather sort them all; for one who has very many that costs a thousand times as much.
set local enable_sort = off
