vacuum (analyze) verwerkingenlog.versie_normaal, verwerkingenlog.betrokkene
