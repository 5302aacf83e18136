select niveau, nummer, hashes from tegel where niveau = $1 and nummer >= $2 and nummer < $3
