"""PostgreSQL: schema, transactions, rows to values and the keys beside it."""
