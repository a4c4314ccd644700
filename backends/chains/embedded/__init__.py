"""A durable EVM chain in one SQLite file of this device."""
