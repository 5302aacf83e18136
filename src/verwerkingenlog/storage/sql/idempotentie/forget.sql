-- What another transaction holds is left for the next time: so neither waits for the other.
delete from idempotentie where sleutel in (
    select sleutel from idempotentie where verloopt <= $1 for update skip locked
)
