select exists (select from betrokkene where zoekindex_nieuw is null)
