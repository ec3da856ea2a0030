"""Stands in for urllib3's package, which would enable HTTP/2: no function asks for it."""
