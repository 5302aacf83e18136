select nummer, vingerafdruk from verwerkingenlog.migratie order by nummer
