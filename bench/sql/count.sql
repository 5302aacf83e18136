select count(*) from verwerkingenlog.versie
