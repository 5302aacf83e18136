select exists (select from beheer where case when gebeurtenis = $1 then inhoud::jsonb ->> 'wortel' = $2 end)
