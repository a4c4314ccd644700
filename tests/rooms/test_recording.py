"""Runs in a room: each round is a version of its chain, committed once whatever is cut off, and restored bit by bit."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from privacy import lab
from privacy.chains.opening import signer
from privacy.chains.sender import Sender
from privacy.errors import DataError, ParamError
from privacy.registry import Registry, discover
from privacy.request import RunRequest
from privacy.rooms.contributions import ordered, root
from privacy.rooms.history import find_version, history, restore
from privacy.rooms.opening import Names, chain_of, recorded, rooms_on, rooms_with
from privacy.rooms.recording import Recording, openings_of
from privacy.rooms.records import NOTHING, Entry, read_record, record_of
from privacy.services.rooms import Room, Rooms, Version
from privacy.stores.choice import store_in_use
from privacy.stores.cid import CID
from privacy.stores.errors import BlobMissing
from tests.support import ROOT
from tests.support.soaking import sized
from workloads.federated.training.files import from_file

SMALL = {"devices": 4, "rounds": 2, "sentences": 4, "words": 40, "width": 4, "pretrained": False}
REQUEST = RunRequest(workload="federated", options=SMALL)


@pytest.fixture(scope="module")
def registry() -> Registry:
    return discover()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def room(registry: Registry) -> Room:
    """Ada's room, in which Ben is a member and Chidi is invited."""
    with chain_of(registry) as chain:
        rooms = rooms_with(Sender(chain, signer(chain, "Ada")))
        ben, chidi = (signer(chain, name) for name in ("Ben", "Chidi"))
        made = rooms.create(Sender(chain, signer(chain)), "Keyboard", invited=[ben.address, chidi.address])
        rooms.join(Sender(chain, ben), made.id)
    return made


def train(registry: Registry, request: RunRequest = REQUEST, **names: str) -> dict[str, Any]:
    with recorded(request, Names("Keyboard", **names), registry) as (asked, recording):
        record = lab.run(asked, registry=registry, recording=recording)
    assert record.failure is None
    return record.settings


@pytest.fixture
def looked(registry: Registry) -> Iterator[Any]:
    with chain_of(registry) as chain, store_in_use(registry) as store:
        yield lambda room: history(rooms_on(chain), room, store)


def test_every_round_is_a_version_whose_record_fits_the_chain(registry: Registry, room: Room, looked: Any) -> None:
    settings = train(registry)
    base, first, second = looked(room)
    assert [one.version.round for one in (base, first, second)] == [0, 1, 2]
    assert [one.version.parent for one in (first, second)] == [base.version.id, first.version.id]
    assert all(one.faults == () and one.gas > 50_000 for one in (base, first, second))
    assert [one["id"] for one in settings["room"]["versions"]] == [
        one.version.id.hex() for one in (base, first, second)
    ]
    assert second.model == settings["version"] == settings["history"][-1]["version"]
    assert second.record.base == base.model == settings["history"][0]["version"]
    assert second.record.metrics["nll"] == settings["history"][-1]["nll"]
    assert (first.record.count, first.record.noise) == (4, None)
    assert second.record.previous == first.version.metrics.hex()
    found = openings_of(first.version.contributions)
    assert found is not None
    assert len(found) == 4
    assert root(ordered(found)) == first.version.contributions
    # No device is named, in a record or on the chain.
    assert b"device" not in first.record.text.replace(b'"devices"', b"")


def test_the_next_run_goes_on_from_the_newest_version_and_a_fork_from_another(
    registry: Registry, room: Room, looked: Any
) -> None:
    train(registry)
    settings = train(registry, replace(REQUEST, options=SMALL | {"rounds": 1}), account="Ben")
    *_, second, third = looked(room)
    assert (third.version.round, third.version.parent) == (3, second.version.id)
    assert settings["history"][0]["version"] == second.model
    train(registry, replace(REQUEST, seed=3, options=SMALL | {"rounds": 1}), parent="1")
    fork = looked(room)[-1]
    assert fork.version.round == 2
    assert fork.version.parent == looked(room)[1].version.id
    assert fork.faults == ()


class Cut(Exception):
    """The process is gone."""


@pytest.mark.parametrize("cut", sized((1,), (0, 1, 2)))
@pytest.mark.sized("chains")
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_a_run_that_is_cut_off_at_a_commit_commits_every_round_once(
    registry: Registry, room: Room, looked: Any, monkeypatch: pytest.MonkeyPatch, cut: int, before: bool
) -> None:
    real, seen = Rooms.commit, []

    def commit(self: Rooms, *args: Any, **how: Any) -> Version:
        seen.append(1)
        if before and len(seen) == cut + 1:
            raise Cut
        made = real(self, *args, **how)
        if not before and len(seen) == cut + 1:
            raise Cut
        return made

    with monkeypatch.context() as patch:
        patch.setattr(Rooms, "commit", commit)
        with pytest.raises(Cut):
            train(registry)
    settings = train(registry)
    assert [one.version.round for one in looked(room)] == [0, 1, 2]
    assert looked(room)[-1].model == settings["version"]
    assert all(one.faults == () for one in looked(room))


@pytest.mark.soak("chains")
def test_a_command_that_is_killed_again_and_again_ends_with_every_round_once(
    registry: Registry, room: Room, looked: Any, home: Path
) -> None:
    """kill -9 at moments that fall anywhere in training, keeping and committing."""
    flags = [f"--{name}={value}" for name, value in (SMALL | {"rounds": 6}).items()]
    command = [sys.executable, "-m", "privacy", "run", "federated", "--room", "Keyboard", *flags]
    rng, kills = np.random.default_rng(5), 0
    while True:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            # Nearly all of it is start-up: the kills fall where rounds are made.
            code = process.wait(timeout=float(rng.uniform(3.0, 7.0))) if kills < 25 else process.wait()
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
            continue
        assert code == 0
        break
    found = looked(room)
    assert [one.version.round for one in found] == list(range(7))
    assert all(one.faults == () for one in found)
    assert [one.version.parent for one in found[1:]] == [one.version.id for one in found[:-1]]


def test_a_version_is_restored_bit_by_bit(registry: Registry, room: Room) -> None:
    settings = train(registry)
    with chain_of(registry) as chain, store_in_use(registry) as store:
        rooms = rooms_on(chain)
        version = find_version(rooms, room, "1")
        body = restore(version, store)
        assert body == b"".join(store.get(CID.parse(settings["history"][1]["version"])))
        assert version.content in [cid.digest for cid in (CID.parse(settings["history"][1]["version"]),)]
        assert find_version(rooms, room, version.id.hex()[:12]) == version
        assert find_version(rooms, room, settings["version"]) == find_version(rooms, room, "")
        assert np.isfinite(from_file(body)[1]).all()
        with pytest.raises(DataError):
            find_version(rooms, room, "7")
        store.unpin(CID.parse(settings["history"][1]["version"]))
        store.collect()
        with pytest.raises(BlobMissing):
            restore(version, store)


def test_who_may_not_commit_is_told_before_anything_is_trained(registry: Registry, room: Room) -> None:
    for account in ("Chidi", "Dana", "Ben"):  # invited, outside, and a member where the first version is the owner's
        with pytest.raises(ParamError), recorded(REQUEST, Names("Keyboard", account=account), registry):
            pass
    with pytest.raises(ParamError), recorded(RunRequest(), Names("Keyboard"), registry):
        pass


def test_a_record_that_was_changed_is_a_fault(registry: Registry, room: Room, looked: Any) -> None:
    train(registry)
    entry = Entry.of("bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy", "b", [b"x"], {"count": 1})
    record = record_of(entry, round_=1, previous=b"", base="b", weights_sha256="")
    assert read_record(record.text) == record
    with pytest.raises(DataError):
        read_record(record.text.replace(b'"count":1', b'"count": 1'))
    with pytest.raises(DataError):
        read_record(b"\x80\x04.")
    with chain_of(registry) as chain, store_in_use(registry) as store:
        parent = find_version(rooms_on(chain), room, "1")
        store.put(record.text)
        rooms_on(chain).commit(
            Sender(chain, signer(chain)), room.id, CID.parse(entry.model), parent=parent, metrics=record.digest,
            contributions=NOTHING,
        )  # fmt: skip
    forged = looked(room)[-1]
    assert len(forged.faults) >= 4  # no model here, another round, other contributions, another parent


def test_what_is_kept_on_the_device_opens_nothing_once_it_was_changed(
    registry: Registry, room: Room, looked: Any, home: Path
) -> None:
    train(registry)
    (path,) = home.glob(f"rooms/openings-{looked(room)[1].version.contributions.hex()}.json")
    kept = json.loads(path.read_bytes())
    path.write_text(json.dumps(kept[:-1]))
    assert looked(room)[1].faults
    assert not looked(room)[1].opened


def test_recording_takes_no_round_that_made_no_version(registry: Registry, room: Room) -> None:
    with recorded(REQUEST, Names("Keyboard"), registry) as (_, recording):
        assert isinstance(recording, Recording)
        assert recording.take(lab.first_round(RunRequest(workload="survey"), registry)) is None
