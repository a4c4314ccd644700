"""The For-You-Page: ten items from a private taste vector."""
