delete from idempotentie where verloopt <= $1
