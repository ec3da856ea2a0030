"""Bringing in a backlog: reads other trackers' exports, shows what it would cost, creates the tasks."""
