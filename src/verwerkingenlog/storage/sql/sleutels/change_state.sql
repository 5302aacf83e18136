update sleutel set staat = $3 where id = $1 and staat = $2 returning id
