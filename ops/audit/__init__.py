"""`ates verify`: recomputes the ledger, and compares the services with each other."""
