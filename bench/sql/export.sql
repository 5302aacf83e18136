copy verwerkingenlog.versie_normaal to stdout (format binary)
