select count(*) from betrokkene where sleutel = $1
