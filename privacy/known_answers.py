"""What a mechanism shows of the inside of one run, for the conformance kit alone: masks, and numbers of a known law.

No view tells whether a pair's mask is bound to its run, or whether the error of a ciphertext is there: who knows the
keys of a test run can work it out, and the kit holds it against algebra.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from privacy.boundary.party import Party

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class KnownRun:
    """One run whose inside is known.

    `keys` is what each party had in its key box, by name; `inputs` the private inputs, and `output` the result party's
    output.
    """

    keys: Mapping[Party, Mapping[str, bytes]]
    inputs: Mapping[Party, Any]
    output: Any


@dataclass(frozen=True)
class MaskedVector:
    """What a party sent hidden, and all masks that its keys give: `hidden` is its `plain` vector plus all of them.

    All int64 (length,), modulo `modulus`, signs included. `own` is the mask that it has alone; `pairs` those that it
    has with others, each the negative of the other's.
    """

    party: Party
    hidden: Ints
    plain: Ints
    modulus: int
    own: Ints
    pairs: Mapping[Party, Ints]


@dataclass(frozen=True)
class DrawnNumbers:
    """Numbers that were drawn, int64 (n,), with the law that the claim needs of them.

    `name` says what they are. `deviation` is the least standard deviation that they may have; `most` the largest
    absolute value, where there is one; `ternary` says that -1, 0 and 1 come equally often.
    """

    name: str
    values: Ints
    deviation: float
    most: float = float("inf")
    ternary: bool = False


KnownAnswer = MaskedVector | DrawnNumbers
