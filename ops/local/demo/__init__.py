"""`ates demo`: a week of life for the local AWS."""
