"""What a verification reads: rows as they lie in the tables, beside what they should be (rule T3)."""
