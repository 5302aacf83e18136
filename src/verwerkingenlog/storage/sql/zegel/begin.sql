insert into kop (naam, grootte, wortel, verzegeld) values ($1, 0, $2, $3) on conflict (enig) do nothing
