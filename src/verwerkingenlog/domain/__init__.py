"""Pure values and rules of the log; knows no HTTP, SQL, clock or key."""
