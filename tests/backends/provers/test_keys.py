"""Keys: those of a ceremony made elsewhere, files that are no keys, and each refusal before any work is done."""

import base64
import json
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backends.provers.groth16 import zkey
from backends.provers.groth16.circuit import SelectionCircuit
from backends.provers.groth16.field import Q, R
from backends.provers.groth16.groth16 import Groth16
from backends.provers.groth16.prover import prove
from backends.provers.groth16.r1cs import Builder, Shape, Values
from backends.provers.groth16.setup import coefficients, setup
from backends.provers.groth16.verifier import encode1, encode2, verify
from backends.provers.groth16.zkey import Zkey
from privacy.entry import ProverEntry
from privacy.errors import DataError, ParamError, PluginError, UnknownNameError
from privacy.params import NoParams
from privacy.provers.errors import FalseStatement, KeyMismatch
from privacy.provers.opening import open_prover
from privacy.provers.prover import Keys, fresh_salt
from privacy.provers.selection import BUCKETS, SelectionModel, SelectionStatement, SelectionWitness
from privacy.registry import Registry
from privacy.spec import ProverSpec
from tests.support import ROOT
from tests.support.provers import made_up, replaced, somebody

CEREMONY = json.loads((Path(__file__).parent / "ceremony.json").read_text())
MODEL = made_up(items=8, dims=2)
STATEMENT = SelectionStatement.of(MODEL, shown=2)


@pytest.fixture
def prover() -> Groth16:
    return Groth16(NoParams())


@pytest.fixture
def keys(prover: Groth16) -> Keys:
    return prover.setup(STATEMENT, MODEL)


def cubic(b: Builder, *, x: int, y: int) -> None:
    """x^3 + x + 5 = y, y public: the circuit of the ceremony's key."""
    out = b.public(lambda: y)
    one = b.wire(lambda: x)
    b.same(b.product(b.product(one, one), one) + one + 5, out)


@pytest.fixture
def ceremony(tmp_path: Path) -> Path:
    path = tmp_path / "ceremony.zkey"
    path.write_bytes(base64.b64decode(CEREMONY["zkey"]))
    return path


def test_a_key_made_elsewhere_proves_and_verifies(ceremony: Path) -> None:
    key, values, shape = zkey.load(ceremony), Values(), Shape()
    cubic(values, x=3, y=35)
    cubic(shape, x=0, y=0)
    assert key.contributors == 2
    assert sorted(row.tobytes() for row in coefficients(shape)) == sorted(row.tobytes() for row in key.coefficients)
    verifying = key.verifying.encode()
    assert verifying.hex() == CEREMONY["verifying"][2:]
    a, b, c = prove(key, values.wires)
    assert a is not None
    assert b is not None
    assert c is not None
    proof = encode1(a) + encode2(b) + encode1(c)
    theirs = bytes.fromhex(CEREMONY["proof"][2:])
    assert [verify(verifying, [y], one) for one in (proof, theirs) for y in (35, 36)] == [True, False] * 2


def written(key: Zkey, path: Path, *, contributors: int = 1, order: int = -1) -> Path:
    """A key written by another hand than the product's: sections and coefficients in another order."""
    coefficients = key.coefficients[::order]
    parts = {
        1: struct.pack("<I", 1),
        2: b"".join([struct.pack("<I", 32), Q.to_bytes(32, "little"), struct.pack("<I", 32), R.to_bytes(32, "little"),
                     struct.pack("<III", key.wires, key.inputs, key.domain), key.head.tobytes()]),
        3: key.ic.tobytes(), 4: struct.pack("<I", len(coefficients)) + coefficients.tobytes(), 5: key.a.tobytes(),
        6: key.b1.tobytes(), 7: key.b2.tobytes(), 8: key.c.tobytes(), 9: key.h.tobytes(),
        10: bytes(64) + struct.pack("<I", contributors),
    }  # fmt: skip
    with path.open("wb") as file:
        file.write(b"zkey" + struct.pack("<II", 1, len(parts)))
        for number in sorted(parts, reverse=True):
            file.write(struct.pack("<IQ", number, len(parts[number])) + parts[number])
    return path


def test_a_ceremonys_key_is_preferred_to_a_dev_key(prover: Groth16, keys: Keys, tmp_path: Path) -> None:
    own = setup(SelectionCircuit(STATEMENT, MODEL).shape())
    brought = prover.bring(STATEMENT, MODEL, written(own, tmp_path / "one.zkey"))
    assert (keys.kind, brought.kind) == ("dev", "ceremony")
    assert prover.keys(STATEMENT, MODEL) == prover.setup(STATEMENT, MODEL) == brought
    _, witness = somebody(MODEL, shown=2)
    public = prover.public(STATEMENT, MODEL, witness, context=3)
    proof = prover.prove(brought, MODEL, public, witness)
    assert prover.verify(brought.verifying, public, proof)
    assert not prover.verify(keys.verifying, public, proof)


def test_who_makes_a_key_again_gets_the_first(prover: Groth16, keys: Keys) -> None:
    assert Groth16(NoParams()).setup(STATEMENT, MODEL) == keys
    assert prover.key_digest(keys.verifying) == keys.digest
    assert keys.path.stat().st_mode & 0o77 == 0


def test_a_dev_key_is_no_ceremonys(prover: Groth16, keys: Keys) -> None:
    with pytest.raises(KeyMismatch, match="contributed"):
        prover.bring(STATEMENT, MODEL, keys.path)


@pytest.mark.parametrize(
    "other", [made_up(items=8, dims=2, seed=5), made_up(items=9, dims=2), made_up(items=8, dims=3)]
)
def test_a_key_of_another_statement_is_refused(
    prover: Groth16, keys: Keys, tmp_path: Path, other: SelectionModel
) -> None:  # fmt: skip
    path = written(zkey.load(keys.path), tmp_path / "other.zkey")
    with pytest.raises(KeyMismatch, match="another"):
        prover.bring(SelectionStatement.of(other, shown=2), other, path)
    statement, witness = somebody(other, shown=2)
    with pytest.raises((KeyMismatch, DataError)):
        prover.prove(keys, other, prover.public(statement, other, witness, context=1), witness)


def cut(data: bytes) -> bytes:
    return data[: len(data) * 2 // 3]


def patched(at: int, new: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data[:at] + new + data[at + len(new) :]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (cut, "too early"),
        (lambda data: data[:8], "not whole"),
        (lambda data: b"", "no .zkey"),
        (lambda data: b"no key at all", "no .zkey"),
        (patched(4, b"\2"), "version"),
        (patched(24, b"\2"), "another protocol"),
        (patched(44, b"\0"), "another curve"),
        (patched(12 + 16 + 12 + 72, b"\1\0\0\0"), "contradict|as long|not whole"),
        (patched(12 + 16 + 12 + 72 + 8, b"\7"), "contradict"),
        (patched(12 + 16 + 12 + 84, b"\5"), "not in the group"),
        (patched(12, b"\x63"), "not whole"),
    ],
)
def test_what_is_no_key_is_refused(ceremony: Path, change: Callable[[bytes], bytes], why: str) -> None:
    ceremony.write_bytes(change(ceremony.read_bytes()))
    with pytest.raises(KeyMismatch, match=why):
        zkey.load(ceremony)


def test_a_key_that_was_damaged_makes_no_proof(prover: Groth16, keys: Keys) -> None:
    _, witness = somebody(MODEL, shown=2)
    public = prover.public(STATEMENT, MODEL, witness, context=1)
    data = bytearray(keys.path.read_bytes())
    data[-1000] ^= 1
    keys.path.write_bytes(data)
    with pytest.raises(KeyMismatch, match="damaged"):
        prover.prove(keys, MODEL, public, witness)
    keys.path.write_bytes(cut(bytes(data)))
    with pytest.raises(KeyMismatch, match="too early"):
        prover.prove(keys, MODEL, public, witness)


@pytest.mark.parametrize(
    ("items", "dims", "shown"), [(BUCKETS[-1] + 1, 8, 10), (8, 2, 9), (8, 2, 0), (0, 2, 1), (8, 1000, 2)]
)
def test_a_statement_that_no_circuit_holds(items: int, dims: int, shown: int) -> None:
    with pytest.raises(DataError):
        SelectionStatement(items, dims, shown)


@pytest.mark.parametrize(
    ("items", "features"),
    [
        (np.full((8, 2), 1 << 20), np.ones((8, 2), np.int64)),
        (np.ones((8, 2), np.int64), np.full((8, 2), 1 << 40)),
        (np.ones((8, 2)), np.ones((8, 2), np.int64)),
        (np.ones((8, 2), np.int64), np.ones((8, 3), np.int64)),
        (np.ones((0, 2), np.int64), np.ones((0, 2), np.int64)),
    ],
)
def test_a_model_whose_scores_may_overflow_or_that_is_none(items: Any, features: Any) -> None:
    with pytest.raises(DataError):
        SelectionModel(items, features)


@pytest.mark.parametrize(
    "changes",
    [
        {"history": np.array([99])}, {"history": np.array([-1])}, {"history": np.array([1, 1])},
        {"history": np.array([], np.int64)}, {"chosen": np.array([0.5, 1])}, {"vector": np.ones(3, np.int64)},
        {"salt": 5},
    ],
)  # fmt: skip
def test_a_witness_that_is_none_is_refused_before_any_work(
    prover: Groth16, keys: Keys, changes: dict[str, Any]
) -> None:
    _, witness = somebody(MODEL, shown=2)
    public = prover.public(STATEMENT, MODEL, witness, context=1)
    with pytest.raises((DataError, ParamError)):
        prover.prove(keys, MODEL, public, replaced(witness, **changes))


def test_likes_that_cancel_out_and_contexts_over_the_field(prover: Groth16, keys: Keys) -> None:
    rows = np.array([[256, 0], [-256, 0], [0, 256]])
    with pytest.raises(DataError, match="cancel"):
        SelectionModel(rows, rows).vector(np.array([0, 1]))
    _, witness = somebody(MODEL, shown=2)
    for context in (R, -1):
        with pytest.raises(DataError, match="field"):
            prover.prove(keys, MODEL, prover.public(STATEMENT, MODEL, witness, context=context), witness)


def test_an_edge_of_many_likes(prover: Groth16) -> None:
    """Who likes all but what is shown, and 255 of a catalogue of 300."""
    model = made_up(items=300, dims=2)
    history = np.arange(255)
    statement = SelectionStatement.of(model, shown=10)
    salts = {"salt": fresh_salt(), "chosen_salt": fresh_salt()}
    witness = SelectionWitness.of(model, history, shown=10, **salts)
    own = SelectionCircuit(statement, model)
    public = prover.public(statement, model, witness, context=1)
    assert len(own.values(public, witness).wires) == own.shape().wires
    more = SelectionWitness.of(model, np.arange(256), shown=10, **salts)
    with pytest.raises(DataError, match="255"):
        more.check(statement)
    with pytest.raises(FalseStatement, match="255"):
        own.values(prover.public(statement, model, more, context=1), more)


def test_who_checks_compiles_nothing() -> None:
    code = (
        "import sys; from privacy.registry import discover; from privacy.provers.opening import open_prover;"
        "from privacy.provers.prover import Public; one = open_prover(discover(), 'groth16');"
        "assert not one.verify(b'', Public(1, 2, 3, 4), bytes(256));"
        "print(sorted({'numba', 'llvmlite'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("reference", ["nowhere.at.all:Thing", "privacy.params:NoParams"])
def test_a_prover_that_is_none_is_a_sentence(reference: str) -> None:
    spec = ProverSpec(id="broken", title="Broken", summary="", prover=reference)
    with pytest.raises(PluginError):
        open_prover(Registry([], provers=[ProverEntry("broken", "here", False, spec)]), "broken")
    with pytest.raises(UnknownNameError):
        open_prover(Registry([]), "groth16")
