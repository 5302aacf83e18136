select id, bewaartermijn, verwerkingsactiviteit_id, systeem from kenmerken where id = any($1::integer[])
