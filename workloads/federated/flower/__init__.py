"""Flower, in an environment of its own (`make flower`): SuperNodes that train, and what the bench compares.

`python -m workloads.federated.flower` is the deployment; `host`, `server`, `client` and `job` are the bench's.
"""
