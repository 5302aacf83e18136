update applicatie set ingetrokken = $2, secret = null
where client_id = $1 and ingetrokken is null
returning id
