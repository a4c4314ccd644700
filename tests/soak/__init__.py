"""What runs for long: programs of their own, as `python -m tests.soak.ledger --rounds 200`."""
