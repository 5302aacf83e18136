"""Moving house: a whole log into an encrypted archive, and from there into another log (rules M2, M7, T2)."""
