"""A question whose sums make versions of a model: what it is read with, the first version, and the one that follows."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

from privacy.errors import ParamError
from privacy.workload import Ints

VERSION = "version"
"""The value of a question that is the CID of the version that its round begins from."""

Blobs = Callable[[str], bytes]
"""The bytes of a file by its CID, held against it. A StoreError or ServiceError where they cannot be had."""


class Versioned(ABC):
    """A question as its values say it; what a `privacy.workload.Live` has is there once it was `read`.

    `begins` names the values that only a first version is made of: no device gets them.
    """

    begins: ClassVar[frozenset[str]] = frozenset()

    @property
    @abstractmethod
    def needs(self) -> tuple[str, ...]:
        """The CIDs of the public files that the question is read with, which a device gets from the server."""

    @abstractmethod
    def read(self, blobs: Mapping[str, bytes]) -> Self:
        """The question with what it needs, by CID. ParamError where it names no version, DataError for other bytes."""

    @abstractmethod
    def base(self) -> bytes:
        """The file of the model that a room without a version begins with."""

    @abstractmethod
    def following(self, total: Ints, *, by: float) -> bytes:
        """The file of the next version: of the one that was read, and a sum in steps (length,), divided by `by`."""

    @abstractmethod
    def figures(self, total: Ints, *, by: float) -> dict[str, float]:
        """What the record of the next version has of metrics, by name."""

    @property
    @abstractmethod
    def length(self) -> int: ...

    @property
    @abstractmethod
    def bound(self) -> int: ...

    @property
    @abstractmethod
    def step(self) -> float: ...

    @property
    @abstractmethod
    def text(self) -> str: ...

    @abstractmethod
    def encode(self, value: Any) -> Ints:
        """Runs on a contributor: its input, int64 (length,). DataError, which never quotes it, for what is none."""

    @abstractmethod
    def decode(self, total: Ints, *, count: int) -> dict[str, Any]:
        """What a sum over `count` contributions says, as JSON."""


def no_blobs(cid: str) -> bytes:
    """Where there are none."""
    raise ParamError(f"the question is read with {cid[:80]}, which is not here", then="take part over its server")
