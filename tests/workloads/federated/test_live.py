"""A training of real devices: what a device trains on, what it refuses, and that it does as a simulated one does."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from privacy.errors import DataError, ParamError
from privacy.live.plan import Definition, plan
from privacy.registry import discover
from privacy.stores.cid import CID
from workloads.federated.live import Question, live
from workloads.federated.round import UNIT, in_steps
from workloads.federated.training.files import from_file
from workloads.federated.training.team import Team

SMALL = {"kind": "training", "words": 40, "width": 4, "pretrained": False}
LINES = "".join(f"we will eat the pasta {when}\n" for when in ("today", "tonight", "later"))


@pytest.fixture(scope="module")
def base() -> bytes:
    asked = live(SMALL)
    assert asked is not None
    return asked.base()


def question(base: bytes, **values: object) -> Question:
    asked = live({"kind": "training", "version": CID.of(base).text, **values})
    assert asked is not None
    return asked.read({asked.needs[0]: base})


def test_a_device_makes_the_update_that_a_simulated_one_makes(base: bytes, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text(LINES)
    asked = question(base, epochs=2, sentences=2)
    rows = asked.rows(tmp_path / "mine.txt")
    assert len(rows) == 2  # the last ones
    with Team([rows, rows], shape=asked.model.shape) as team:
        done = team.train([0], asked.weights, asked.training)[0]
    vector = asked.encode(tmp_path / "mine.txt")
    assert vector.dtype == np.int64
    assert np.array_equal(vector, in_steps(done.update, name="it"))
    assert np.any(vector)
    after = from_file(asked.following(3 * vector, by=3.0))[1]
    assert np.array_equal(after, (asked.weights + vector * UNIT).astype(np.float32))
    assert set(asked.decode(vector, count=1)) == {"of", "update_norm", "update_largest"}


def test_a_folder_is_all_of_one_persons(base: bytes, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text(LINES)
    assert len(question(base).rows(tmp_path)) == 6


@pytest.mark.parametrize(
    ("name", "body"),
    [("e.txt", b""), ("e.txt", b" \n\n"), ("e.txt", b"?! ...\n"), ("e.txt", b"\xff\xfe\x00secret"), ("e.json", b"{}"),
     ("e.pkl", pickle.dumps(["secret"])), ("", b"")],
)  # fmt: skip
def test_texts_that_are_none_are_refused_before_anything_is_trained(
    base: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, body: bytes
) -> None:
    if name:
        (tmp_path / name).write_bytes(body)
    monkeypatch.setattr("workloads.federated.live.Team", None)
    with pytest.raises(DataError) as refused:
        question(base).encode(tmp_path / name)
    assert "secret" not in str(refused.value)


def test_a_training_that_runs_away_sends_nothing(base: bytes, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text(LINES)
    with pytest.raises(DataError, match="diverged"):
        question(base, rate=10.0, epochs=50, batch=1).encode(tmp_path / "mine.txt")


@pytest.mark.parametrize("body", [pickle.dumps({"w": 1}), b"", b"\x08" + bytes(20)])
def test_what_is_no_model_is_never_opened(body: bytes) -> None:
    asked = live({"kind": "training", "version": CID.of(body).text})
    assert asked is not None
    with pytest.raises(DataError):
        asked.read({asked.needs[0]: body})


@pytest.mark.parametrize(
    "values", [{"epochs": 0}, {"batch": 257}, {"rate": float("nan")}, {"rate": 11}, {"epochs": "x"}, {"colour": 1}]
)
def test_settings_that_are_none_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ParamError):
        live({"kind": "training", **values})


def test_a_training_begins_from_a_version(base: bytes) -> None:
    registry, cid = discover(), CID.of(base).text
    with pytest.raises(ParamError, match="starts from a version"):
        plan(Definition({"kind": "training"}), registry, joined=3)
    with pytest.raises(ParamError, match="is not here"):
        plan(Definition({"kind": "training", "version": cid}), registry, joined=3)
    asked = Definition({"kind": "training", "version": cid}, "dp+smpc", {"sampling": 0.5})
    with pytest.raises(ParamError, match="sampling"):
        plan(asked, registry, joined=10, blobs={cid: base}.__getitem__)
    assert live({"kind": "histogram"}) is None
