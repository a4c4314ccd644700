"""The generator of the shipped profiles, and its words."""
