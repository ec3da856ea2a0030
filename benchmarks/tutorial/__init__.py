"""Reference handlers, written the way tutorials do: what a cold start is compared with."""
