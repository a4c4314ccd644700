"""Wires: arrays that survive them, malformed bodies, and what has no place on one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from privacy.errors import BoundaryError, WireError
from privacy.plugin import PUBLIC, SERVER, Wire, pack, unpack

DTYPES = ("<u1", "<i2", "<i4", "<i8", "<u4", "<u8", "<f4", "<f8", ">i4", ">f8")
ARRAYS = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(
        dtype,
        hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
        elements={"allow_nan": False, "allow_infinity": False} if dtype[1] == "f" else None,
    )
)


@given(ARRAYS)
def test_an_array_survives_its_wire(array):
    back = unpack(pack(array), shape=array.shape, dtype=array.dtype.newbyteorder("<"))
    assert back.shape == array.shape
    assert np.array_equal(back, array)
    assert pack(back) == pack(array)


@given(ARRAYS)
def test_a_transposed_array_survives_too(array):
    assert np.array_equal(unpack(pack(array.T)), array.T)


@given(ARRAYS, st.data())
def test_a_mutated_body_is_an_array_or_a_wire_error(array, data):
    body = bytearray(pack(array))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place] = data.draw(st.integers(0, 255))
    cut = bytes(body)[: data.draw(st.integers(0, len(body)))]
    for mutated in (bytes(body), cut):
        try:
            found = unpack(mutated)
        except WireError:
            continue
        assert found.size * found.dtype.itemsize < len(mutated)


@given(st.binary(max_size=64))
def test_any_bytes_are_an_array_or_a_wire_error(body):
    with pytest.raises(WireError):
        unpack(body)


def test_a_body_that_announces_an_impossible_array_is_refused():
    for axes in ((0, 2**63), (2**64 - 1, 0), (2**63, 2), (2**32, 2**32)):
        body = b"VBA1i8  \x02" + b"".join(a.to_bytes(8, "little") for a in axes)
        with pytest.raises(WireError):
            unpack(body)


def test_shape_type_and_finiteness_are_checked():
    body = pack(np.zeros((2, 3)))
    assert unpack(body, shape=(None, 3)).shape == (2, 3)
    for wrong in ({"shape": (3, 2)}, {"shape": (6,)}, {"shape": (None,) * 3}, {"dtype": np.int64}):
        with pytest.raises(WireError, match="not"):
            unpack(body, **wrong)
    for value in (np.nan, np.inf, -np.inf):
        with pytest.raises(WireError, match="NaN or infinity"):
            unpack(pack(np.array([0.0, value])))


@pytest.mark.parametrize("array", [np.array(["text"]), np.array([None]), np.array([1j]), np.zeros((1,) * 9)])
def test_what_has_no_place_on_a_wire_is_not_packed(array):
    with pytest.raises(BoundaryError, match="Cannot pack"):
        pack(array)


@pytest.mark.parametrize("kind", ["", "Vector", "the taste is puccini", "a" * 33, "vector\n", "-"])
def test_a_kind_cannot_carry_data(kind):
    with pytest.raises(BoundaryError, match="kind"):
        Wire(SERVER, kind, PUBLIC, b"")


def test_a_body_is_bytes():
    with pytest.raises(BoundaryError, match="is str"):
        Wire(SERVER, "vector", PUBLIC, "puccini")
