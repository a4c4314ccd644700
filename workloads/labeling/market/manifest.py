"""What is said of a data set in the open: its images by digest and owner, where labels come from, how good they are.

Whoever reads it can check it: the roots that it gives are those on the chain, and each share is that of the images. No
label is in it: those are sealed with the images.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from privacy.plugin import DataError
from workloads.labeling.images.coverage import Group, coverage
from workloads.labeling.market.sealed import CIPHER
from workloads.labeling.onchain.trees import Tree, leaf
from workloads.labeling.rounds.terms import Domain

FORMAT = "veilbench-data-set-1"
IMAGE = ("bytes32", "address")
"""A leaf of the images: digest, owner."""
SHARE = ("address", "uint64")
"""A leaf of the shares: owner, shares. An owner has one for each of its images."""


@dataclass(frozen=True)
class Piece:
    """An image of a data set: the SHA-256 of its PNG, who owns it, and the CID of its ciphertext."""

    digest: str
    owner: str
    cid: str


@dataclass(frozen=True)
class Quality:
    """How good the labels are, counted: `gold_right` of `gold` known answers that the consensus gives as well.

    `sure` is the mean certainty that the consensus has of a label, and `least` that of the least certain.
    """

    labelers: int
    votes: int
    sure: float
    least: float
    gold: int
    gold_right: int
    audited: int


@dataclass(frozen=True)
class Manifest:
    """A data set as its publisher describes it; `labels` is the CID of the sealed labels, `counts` images by class.

    `round` is the round on the chain that the labels were made in, in hexadecimal, or empty.
    """

    title: str
    domain: str
    kind: str
    classes: tuple[str, ...]
    round: str
    method: str
    stack: str
    images: tuple[Piece, ...]
    labels: str
    key_name: str
    consent: str
    quality: Quality
    counts: tuple[int, ...]
    groups: tuple[Group, ...]
    cipher: str = CIPHER
    format: str = FORMAT
    license: str = field(default="For training of models and for evaluation. Not for finding out who is on an image.")

    @property
    def image_tree(self) -> Tree:
        """The tree over the images, in their order."""
        return Tree([leaf(IMAGE, (bytes.fromhex(one.digest), one.owner)) for one in self.images])

    @property
    def shares(self) -> dict[str, int]:
        """How many shares each owner has: one for each image. In the order of their addresses."""
        return dict(sorted(Counter(one.owner for one in self.images).items(), key=lambda one: one[0].lower()))

    @property
    def share_tree(self) -> Tree:
        """The tree over the shares, in the order of `shares`."""
        return Tree([leaf(SHARE, one) for one in self.shares.items()])

    def owned(self, owner: str) -> list[str]:
        """The digests of the images of an owner."""
        return [one.digest for one in self.images if one.owner == owner]

    def as_dict(self) -> dict[str, Any]:
        """The manifest as the JSON that is kept."""
        return asdict(self)

    @classmethod
    def read(cls, found: Any) -> "Manifest":
        """A manifest from JSON. DataError for what is none."""
        try:
            if found["format"] != FORMAT or found["cipher"] != CIPHER:
                raise ValueError
            images = tuple(_piece(one) for one in found["images"])
            groups = tuple(Group(**{**one, "classes": tuple(one["classes"])}) for one in found["groups"])
            rest = {"classes": tuple(found["classes"]), "counts": tuple(found["counts"])}
            made = cls(**{**found, **rest, "images": images, "groups": groups, "quality": Quality(**found["quality"])})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError("the manifest of a data set is not in our format", then="use another data set") from error
        if not images:
            raise DataError("the manifest of a data set names no image", then="use another data set")
        return made


def _piece(found: Mapping[str, Any]) -> Piece:
    made = Piece(**found)
    if len(bytes.fromhex(made.digest)) != 32 or len(bytes.fromhex(made.owner.removeprefix("0x"))) != 20:
        raise ValueError
    return made


def groups_of(
    declared: Mapping[str, str],
    images: Sequence[str],
    labels: Sequence[Sequence[int]],
    sure: Sequence[float],
    domain: Domain,
) -> tuple[tuple[Group, ...], tuple[int, ...]]:
    """The report of balance, and how many labels each class has."""
    rows = coverage(declared, images, labels, sure, classes=len(domain.classes))
    counts = Counter(label for some in labels for label in some)
    return tuple(rows), tuple(counts[place] for place in range(len(domain.classes)))
