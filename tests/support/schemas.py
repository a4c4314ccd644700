"""Every record that a test makes or opens is held against its JSON Schema."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import jsonschema_rs
import pytest

from privacy import schemas
from privacy.results import RunRecord
from privacy.services.runs import RunShelf


@cache
def _validator(name: str) -> Any:
    return jsonschema_rs.validator_for(schemas.schema(name))


def faults(name: str, document: Any) -> list[str]:
    """What a document has that its schema does not admit."""
    return [f"{'/'.join(map(str, one.instance_path))}: {one.message}" for one in _validator(name).iter_errors(document)]


def valid(record: dict[str, Any]) -> dict[str, Any]:
    """The record, if the schema of its own version admits it."""
    assert faults(f"run-record-{record['schema']}", record) == []
    return record


@contextmanager
def records_are_valid() -> Iterator[None]:
    """Within it a record that is made or opened is held against its schema."""
    made, opened = RunRecord.as_dict, RunShelf.open
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RunRecord, "as_dict", lambda self: valid(made(self)))
        patch.setattr(RunShelf, "open", lambda self, run: valid(opened(self, run)))
        yield
