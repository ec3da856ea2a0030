"""`ates demo`: a week of data for the local AWS."""
