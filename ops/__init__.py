"""The command line `ates`: the local AWS's life cycle and the operator's daily work."""
