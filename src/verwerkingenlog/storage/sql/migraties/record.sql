insert into verwerkingenlog.migratie (nummer, naam, vingerafdruk) values ($1, $2, $3)
