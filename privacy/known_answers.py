"""What a mechanism shows of the inside of one run, for the conformance kit alone: masks, and numbers of a known law.

No view tells whether a pair's mask is bound to its run, or whether the error of a ciphertext is there: who knows the
keys of a test run can work it out, and the kit holds it against algebra.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from privacy.boundary.party import Party

Ints = npt.NDArray[np.int64]
Whole = npt.NDArray[Any]


@dataclass(frozen=True)
class KnownRun:
    """One run whose inside is known.

    `keys` is what each party had in its key box, by name; `inputs` the private inputs, and `output` the result party's
    output. `drawn` is what the seat of each party drew during the run, draw by draw.
    """

    keys: Mapping[Party, Mapping[str, bytes]]
    inputs: Mapping[Party, Any]
    output: Any
    drawn: Mapping[Party, Sequence[bytes]] = field(default_factory=dict)


@dataclass(frozen=True)
class MaskedVector:
    """What a party sent hidden, and all masks that its keys give: `hidden` is its `plain` vector plus all of them.

    All int64 (length,), modulo `modulus`, signs included; Python's whole numbers (dtype object) where that is too wide.
    `own` is the mask that it has alone; `pairs` those that it has with others, each the negative of the other's.
    """

    party: Party
    hidden: Whole
    plain: Whole
    modulus: int
    own: Whole
    pairs: Mapping[Party, Whole]


@dataclass(frozen=True)
class DrawnNumbers:
    """Numbers that were drawn, int64 (n,), with the law that the claim needs of them.

    `name` says what they are. `deviation` is the least standard deviation that they may have; `most` the largest
    absolute value, where there is one; `ternary` says that -1, 0 and 1 come equally often, `gaussian` that they lie as
    far out as a Gaussian of that deviation reaches.
    """

    name: str
    values: Ints
    deviation: float
    most: float = float("inf")
    ternary: bool = False
    gaussian: bool = False


@dataclass(frozen=True)
class DrawnSeeds:
    """Seeds that a party drew for this run alone, each from its seat's randomness, and none from another.

    `values` are as they were drawn, and empty bytes stand for one that the hook did not find among the draws.
    """

    party: Party
    name: str
    values: Sequence[bytes]


@dataclass(frozen=True)
class BoundValue:
    """Bytes of a run as they are, `value`, and as the hook works them out, `again`: by the function that the roles use.

    `others` are what that function gives where one thing that the bytes must be bound to is another, by that thing.
    """

    name: str
    value: bytes
    again: bytes
    others: Mapping[str, bytes] = field(default_factory=dict)


KnownAnswer = MaskedVector | DrawnNumbers | DrawnSeeds | BoundValue
