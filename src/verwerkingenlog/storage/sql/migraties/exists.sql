select to_regclass('verwerkingenlog.migratie') is not null
