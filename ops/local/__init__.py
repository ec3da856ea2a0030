"""The local AWS: start, deploy, fill with a demo, stop; and the dashboards."""
