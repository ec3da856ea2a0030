"""Stands in for botocore's package, which imports all that writes its documentation."""
