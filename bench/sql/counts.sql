select (select count(*) from verwerkingenlog.versie), (select count(*) from verwerkingenlog.verwerkt_object)
