"""EVM chains as public parties: what any chain must do, and what is the same on every one of them."""
