"""Deploying a stage to AWS, and deleting a disposable one."""
