"""Workloads: what a person does, in terms of primitives."""
