select publiek from sleutel where publiek is not null order by id
