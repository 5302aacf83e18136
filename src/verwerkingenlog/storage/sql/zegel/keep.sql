-- Only for the head that was signed: another sealer may be further by now.
update kop set checkpoint = $3 where grootte = $1 and wortel = $2 returning naam
