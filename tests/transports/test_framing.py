"""Frames between a host and a party's process: values survive them, and junk is none."""

import io
import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import MechanismError, WireError
from privacy.transports import framing
from privacy.transports.worker import describe


def through(message, **options):
    stream = io.BytesIO()
    framing.write(stream, message)
    stream.seek(0)
    header, parts = framing.read(stream)
    return framing.decode(header, parts, **options)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(VALUES)
def test_values_survive_a_frame(value):
    assert through(value) == value


@dataclass(frozen=True)
class Settings:
    dims: int
    name: str = "x"


class NotData:
    pass


def test_only_dataclasses_are_rebuilt_and_only_where_asked_for():
    found = {f"{__name__}:Settings": Settings, f"{__name__}:NotData": NotData}
    assert through(Settings(3), rebuild=found.__getitem__) == Settings(3)
    with pytest.raises(WireError):
        through(Settings(3))
    header = json.dumps({"class": f"{__name__}:NotData", "fields": {}}).encode()
    with pytest.raises(WireError, match="not a dataclass"):
        framing.decode(header, [], rebuild=found.__getitem__)


@given(st.binary(max_size=200))
def test_junk_is_no_frame(junk):
    try:
        header, parts = framing.read(io.BytesIO(junk))
        framing.decode(header, parts)
    except (EOFError, WireError):
        return
    assert len(junk) >= 9  # the shortest frame: two counts and one digit


def test_a_frame_that_announces_too_much_is_refused_before_it_is_read():
    for start in (b"\xff" * 8, (5).to_bytes(4, "little") + (1).to_bytes(4, "little") + b"\xff" * 8):
        with pytest.raises(WireError, match="more than is allowed"):
            framing.read(io.BytesIO(start + bytes(64)))


def test_an_untyped_failure_is_named_and_not_quoted():
    assert describe(ValueError("opera")) | {"then": ""} == {
        "class": MechanismError.__name__, "what": "a party's process raised ValueError", "where": "", "then": "",
    }  # fmt: skip
