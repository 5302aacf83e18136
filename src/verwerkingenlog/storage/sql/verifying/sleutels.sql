select id, doel, controle, staat, publiek, gemaakt from sleutel order by id
