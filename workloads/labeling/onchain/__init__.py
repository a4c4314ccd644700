"""The crowd on a chain: its contracts, and what people do by them."""
