select exists (select from betrokkene where zoekindex_nieuw is not null and zoekindex_nieuw <> zoekindex)
