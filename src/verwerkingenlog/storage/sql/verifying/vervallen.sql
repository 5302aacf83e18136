-- What purges wrote of manifests that lapsed.
select inhoud from beheer where gebeurtenis = 'opschoning_vervallen'
