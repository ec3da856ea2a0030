"""Stands in for the package's own, which imports the logger, the metrics and the tracer, used or not."""
