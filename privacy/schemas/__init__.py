"""JSON Schemas (draft 2020-12) of what Veilbench writes for programs: run records and comparisons, old and new.

`tools/write_schemas.py` writes the files. A file never changes once it is released: a record of another shape has
another number in its field `schema`.
"""

import functools
import json
from pathlib import Path
from typing import Any

from privacy.errors import UnknownNameError

CURRENT = {"run-record": 2, "comparison": 1}
"""What is written now, and in which version."""
_HERE = Path(__file__).resolve().parent
_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def names() -> list[str]:
    """Every schema by its name, such as `run-record-2`."""
    return sorted(path.stem for path in _HERE.glob("*.json"))


@functools.cache
def _read(name: str) -> str:
    return (_HERE / f"{name}.json").read_text(encoding="utf-8")


def schema(name: str) -> dict[str, Any]:
    """A schema by its name; `run-record` alone is the newest one. UnknownNameError for one that there is not."""
    full = f"{name}-{CURRENT[name]}" if name in CURRENT else name
    if full not in names():
        raise UnknownNameError("schema", name, [*CURRENT, *names()])
    found: dict[str, Any] = json.loads(_read(full))
    return found


def generated() -> dict[str, dict[str, Any]]:
    """Every schema as `models` makes it: what the files must hold."""
    from privacy.schemas.models import Comparison, Record, Record1, Strict

    kinds: dict[str, type[Strict]] = {"run-record-1": Record1, "run-record-2": Record, "comparison-1": Comparison}
    return {
        name: {"$schema": _DRAFT, "$id": f"urn:veilbench:{name}"} | kind.model_json_schema(mode="serialization")
        for name, kind in kinds.items()
    }
