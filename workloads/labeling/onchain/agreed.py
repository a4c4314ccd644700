"""What was agreed on, as one root: each label salted, so that the root says nothing of labels that are sold later."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workloads.labeling.onchain.ballots import salt_of, value_of
from workloads.labeling.onchain.kept import secret_of
from workloads.labeling.onchain.trees import Tree, leaves
from workloads.labeling.rounds.book import Book
from workloads.labeling.votes.table import UNKNOWN

LEAF = ("uint32", "bytes32", "bytes32")
"""Place, value, salt."""
_NOBODY = ""
"""Stands where a labeler does that the secret of a round's agreed labels is of: nobody goes by it."""


@dataclass(frozen=True)
class Agreed:
    """The labels of a round: places, values of 32 bytes as in a ballot, and salts; what a proof of one needs."""

    rows: Sequence[tuple[int, bytes, bytes]]

    @property
    def tree(self) -> Tree:
        """The tree over all of them, in the order of places."""
        return Tree(leaves(LEAF, self.rows))


def agreed(book: Book, number: int, result: Mapping[str, Any]) -> Agreed:
    """The labels of a result; an item without a label has none. The same result of a round gives the same root."""
    labels = result["boxes"] if "boxes" in result else result["labels"]
    secret = secret_of(book, number, _NOBODY)
    return Agreed([
        (place, value_of(json.dumps(one, sort_keys=True)), salt_of(secret, place))
        for place, one in enumerate(labels) if one != UNKNOWN
    ])  # fmt: skip
