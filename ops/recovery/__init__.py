"""Commands that bring back what was lost, and the backups that they start from."""
