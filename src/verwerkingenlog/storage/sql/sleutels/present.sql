-- The states and the generation that they hold for, as of one moment.
select nummer as generatie, id, doel, controle, staat from sleutel cross join generatie order by id
