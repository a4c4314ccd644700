"""Imports for a workload that keeps receipts on a chain: the book, its entries, and proofs forged by a key's own
maker."""

from privacy.services.forging import Forger
from privacy.services.receipts import CONTRACT, DEV, SUBMIT_GAS, Book, Kept, Model, Place

__all__ = [
    "CONTRACT",
    "DEV",
    "SUBMIT_GAS",
    "Book",
    "Forger",
    "Kept",
    "Model",
    "Place",
]
