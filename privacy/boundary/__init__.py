"""Where one party ends and another begins: parties, secrets, wires, the channel and its transcript."""
