"""Parties: who takes part in a protocol (roles after ISO/IEC 4922-1)."""

import re
from dataclasses import dataclass

from privacy.errors import BoundaryError

_NAME = re.compile(r"([a-z][a-z_]*)(?:-(0|[1-9][0-9]*))?")


@dataclass(frozen=True, order=True)
class Party:
    """One participant: a role and, where several play it, an index. Its name is `role` or `role-index`."""

    role: str
    index: int | None = None

    def __post_init__(self) -> None:
        if _NAME.fullmatch(self.name) is None:
            raise BoundaryError(f"{self.name!r} is not the name of a party", then="use a-z and '_', then an index")

    @property
    def name(self) -> str:
        return self.role if self.index is None else f"{self.role}-{self.index}"

    def __str__(self) -> str:
        return self.name

    @classmethod
    def parse(cls, name: str) -> "Party":
        """Party named `name`, such as `server` or `contributor-3`; ValueError if it is no party name."""
        match = _NAME.fullmatch(name)
        if match is None:
            raise ValueError(f"{name!r} is not the name of a party")
        role, index = match.groups()
        return cls(role, None if index is None else int(index))


CLIENT = Party("client")
SERVER = Party("server")
