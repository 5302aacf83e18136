select trek_kenmerken_terug($1, $2)
