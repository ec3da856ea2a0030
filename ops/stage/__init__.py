"""One stage, on AWS or on the local AWS: finding it, reading it, signing in to it, pausing parts of it."""
