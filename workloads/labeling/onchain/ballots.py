"""What a labeler commits to: the tree of its votes in a round, each salted, so that a root says nothing of any."""

from dataclasses import dataclass

from privacy.plugin.running import StateError
from workloads.labeling.onchain.accounts import account_of
from workloads.labeling.onchain.kept import OnChain, keep_committed, secret_of
from workloads.labeling.onchain.trees import Tree, leaves
from workloads.labeling.rounds.book import Book

LEAF = ("bytes32", "address", "uint32", "bytes32", "bytes32")
"""Round, labeler, place, value, salt."""


@dataclass(frozen=True)
class Ballot:
    """The votes of a labeler, in the order of the tree's leaves: what a reveal shows, beside the secret."""

    labeler: str
    account: str
    root: bytes
    places: tuple[int, ...]
    values: tuple[bytes, ...]

    @property
    def count(self) -> int:
        """How many votes there are."""
        return len(self.places)


def ballot_of(book: Book, one: OnChain, number: int, labeler: str, *, only: frozenset[int] | None = None) -> Ballot:
    """The labeler's votes as they are now, or those on some places. StateError where there are none.

    Its root is kept with what it covers. For the labeler's own device: nobody else reads votes before the seal.
    """
    rows = book.read("SELECT place, value FROM vote WHERE round = ? AND labeler = ?", number, labeler)
    votes = [(row["place"], value_of(row["value"])) for row in rows if only is None or row["place"] in only]
    if not votes:
        raise StateError("this labeler has no vote in this round to commit to", then="label something first")
    account, secret = account_of(labeler), secret_of(book, number, labeler)
    made = leaves(LEAF, [(one.id, account, place, value, salt_of(secret, place)) for place, value in votes])
    # Sorted as the tree has them: the contract rebuilds the root from this order.
    order = sorted(range(len(votes)), key=made.__getitem__)
    places, values = zip(*(votes[at] for at in order), strict=True)
    found = Ballot(labeler, account, Tree(made).root, places, values)
    keep_committed(book, number, labeler, found.root, sorted(places))
    return found


def value_of(text: str) -> bytes:
    """A vote as 32 bytes: the class as a number, or the digest of the boxes' JSON."""
    from eth_utils.crypto import keccak

    return int(text).to_bytes(32, "big") if text.isdecimal() else bytes(keccak(text.encode()))


def salt_of(secret: bytes, place: int) -> bytes:
    """The salt of the vote on a place."""
    from eth_utils.crypto import keccak

    return bytes(keccak(secret + place.to_bytes(32, "big")))
