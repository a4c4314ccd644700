"""What one look at a chain or a store found: by the doctor, or by a conformance kit."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """Whether a point holds: `passed` is None where it could not be told, and `detail` says why it is not True."""

    id: str
    title: str
    passed: bool | None
    detail: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
