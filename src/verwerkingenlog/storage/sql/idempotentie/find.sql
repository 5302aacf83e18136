select inhoud, actie_id from idempotentie where sleutel = $1 and verloopt > $2
