"""Live rounds in a room: every sum is a version of its chain, committed once, and a device holds it to its CID."""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from privacy.chains.errors import ChainUnreachable, Reverted
from privacy.chains.opening import signer
from privacy.chains.sender import Sender
from privacy.commands import contribute
from privacy.commands.contribute_room import _seen
from privacy.errors import DataError, ParamError
from privacy.live.blobs import content_of, path_of
from privacy.live.client import Seat, Server
from privacy.live.keeper import Keeper
from privacy.live.options import add_arguments, service_from
from privacy.live.plan import Definition, plan
from privacy.live.series import LiveService
from privacy.registry import discover
from privacy.rooms.history import Kept, history
from privacy.rooms.opening import Names, chain_of, rooms_on, rooms_with
from privacy.rooms.recording import openings_of
from privacy.services.rooms import Rooms
from privacy.stores import car
from privacy.stores.choice import store_in_use
from privacy.stores.cid import CID
from privacy.stores.errors import BlobMismatch, BlobMissing, StoreError
from privacy.transports.mailbox import Stopped
from tests.support import ROOT
from tests.support.live_bench import OURS, TOKEN, Hand, Place, kept_sum, place
from tests.support.soaking import in_soak, sized
from workloads.federated.live import Question, live
from workloads.federated.round import UNIT, after
from workloads.federated.training.files import from_file

TRAINING = {"kind": "training", "words": 40, "width": 4, "pretrained": False, "epochs": 1, "sentences": 4}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    monkeypatch.setenv("VEILBENCH_TOKEN", OURS)
    monkeypatch.setattr(contribute, "PAUSE", 0.05)
    registry = discover()
    with chain_of(registry) as chain:
        sender = Sender(chain, signer(chain))
        rooms_with(sender).create(sender, "Keyboard", invited=[signer(chain, "Ben").address])
    return tmp_path


def made(tmp_path: Path, *, count: int = 1, **definition: Any) -> Place:
    where = Place(tmp_path, count=count, **({"question": TRAINING, "minimum": 3} | definition))
    where.keeper = Keeper(Names("Keyboard"), where.registry)
    return where


@contextlib.contextmanager
def served(tmp_path: Path, **given: Any) -> Iterator[Place]:
    where = made(tmp_path, **given).up()
    try:
        yield where
    finally:
        where.down()


def versions() -> list[Kept]:
    registry = discover()
    with chain_of(registry) as chain, store_in_use(registry) as store:
        rooms = rooms_on(chain)
        return history(rooms, rooms.rooms()[0], store)


def model(cid: str) -> bytes:
    with store_in_use(discover()) as store:
        return b"".join(store.get(CID.parse(cid)))


def vector(where: Place, number: int) -> np.ndarray:
    return np.random.default_rng(number).integers(-1000, 1000, where.now.planned.task.length)


def sums(where: Place, numbers: tuple[int, ...] = (1, 2, 3)) -> list[threading.Thread]:
    """Devices that send vectors of a test, without training."""
    one = where.now

    def device(number: int) -> None:
        server = Server(where.url, OURS, patience=60)
        seat = Seat(server, one.id, one.definition, where.registry, blobs=where.keeper.blob)
        seat.join()
        seat.take_part(vector(where, number), shown=one.planned.guarantee)
        server.close()

    found = [threading.Thread(target=device, args=(number,)) for number in numbers]
    for thread in found:
        thread.start()
    return found


def call(where: Place, *given: str) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    contribute.declare(parser)
    shown = ["--servers", where.url, "--room", "Keyboard", "--accept", "plain,smpc"]
    return contribute.call(parser.parse_args([*shown, *given]))


def test_three_devices_train_two_versions_of_a_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real, turn = Question.encode, threading.Lock()

    def encode(self: Question, value: Any) -> Any:
        with turn:  # one process trains for one after another: three would be slow to start
            return real(self, value)

    monkeypatch.setattr(Question, "encode", encode)
    texts = [tmp_path / f"{n}.txt" for n in (1, 2, 3)]
    for n, path in enumerate(texts):
        path.write_text(f"we will eat the pasta\nsee you at {n} then\nthanks for the {'good ' * n}train\n")
    codes: list[int] = []
    with served(tmp_path, stack="smpc", count=2) as where:
        devices = [
            threading.Thread(target=lambda p=path: codes.append(call(where, "--data", str(p), "--json")))
            for path in texts
        ]
        for one in devices:
            one.start()
        for one in devices:
            one.join()
    assert codes == [0, 0, 0]
    base, first, second = versions()
    assert [one.version.round for one in (base, first, second)] == [0, 1, 2]
    assert all(one.faults == () for one in (base, first, second))
    for before, now in ((base, first), (first, second)):
        asked = live({"kind": "training", "version": before.model, "epochs": 1, "sentences": 4})
        assert asked is not None
        asked = asked.read({before.model: model(before.model)})
        mean = sum(asked.encode(path) for path in texts) * (UNIT / 3)
        assert np.array_equal(from_file(model(now.model))[1], (asked.weights + mean).astype(np.float32))
        assert now.record is not None
        assert now.record.count == 3
        openings = openings_of(now.version.contributions)
        assert openings is not None
        assert len(openings) == 3
    for line in capsys.readouterr().out.splitlines():
        rounds = json.loads(line)["rounds"]
        assert [one["version"]["model"] for one in rounds] == [first.model, second.model]
        assert [(one["in_version"], one["committed"]) for one in rounds] == [(True, True)] * 2


COMMIT = "privacy.services.rooms.Rooms.commit"


@pytest.mark.parametrize(
    "method", sized((COMMIT, "after the commit"), ("privacy.live.keeper.Keeper._entry", COMMIT, "after the commit"))
)
@pytest.mark.sized("live")
def test_a_server_that_goes_between_a_sum_and_its_version_commits_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    real = Rooms.commit

    def gone(*args: Any, **how: Any) -> Any:
        if method == "after the commit":
            real(*args, **how)
        raise Stopped  # the thread ends here, as by a kill

    where = made(tmp_path, count=2).up()
    try:
        with monkeypatch.context() as patch:
            patch.setattr(COMMIT if method == "after the commit" else method, gone)
            devices = sums(where)
            first = where.now
            where.until(lambda: (first.journal.folder / "result.json").exists() and not first._thread.is_alive())
            assert first.result is None
            where.down()
        where.up()
        result = where.result()
        for one in devices:
            one.join()
        where.until(lambda: len(where.service.all()) == 2)
        base, now = versions()
        assert result["version"]["id"] == now.version.id.hex()
        assert now.faults == ()
        assert now.opened
        assert where.now.definition.question["version"] == now.model
        assert where.now.definition.room["parent"] == now.version.id.hex()
        total = sum(vector(where, n) for n in (1, 2, 3))
        weights = from_file(model(base.model))[1]
        assert np.array_equal(from_file(model(now.model))[1], after(weights, total, by=3))
    finally:
        where.down()
    with served(tmp_path, count=2) as again:  # whatever is restarted, once
        assert len(versions()) == 2
        assert [one.number for one in again.service.all()] == [1, 2]


def test_a_series_that_was_cut_off_between_two_rounds_goes_on_with_the_next(tmp_path: Path) -> None:
    with served(tmp_path, count=2) as where:
        where.service._closing = True  # the next one is not opened
        for one in sums(where):
            one.join()
        where.result()
    with served(tmp_path, count=2) as where:
        assert [one.number for one in where.service.all()] == [1, 2]
        assert where.now.definition.question["version"] == versions()[-1].model


def test_a_chain_that_does_not_answer_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("privacy.live.rounds._FIRST_PAUSE", 0.01)
    real, seen = Rooms.commit, list[int]()

    def commit(*args: Any, **how: Any) -> Any:
        seen.append(1)
        if len(seen) < 3:
            raise ChainUnreachable("the node does not answer")
        return real(*args, **how)

    with served(tmp_path) as where:
        monkeypatch.setattr(Rooms, "commit", commit)
        sums(where)
        assert where.result()["version"]["round"] == 1
    assert [one.version.round for one in versions()] == [0, 1]


def test_a_refused_version_ends_the_series_until_the_server_starts_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **how: Any) -> Any:
        raise Reverted("the account is not a member")

    with served(tmp_path, count=2) as where, monkeypatch.context() as patch:
        patch.setattr(Rooms, "commit", refuse)
        for one in sums(where):
            one.join()
        assert where.result()["version"] is None
        assert [row["last"] for row in where_rows(where)] == [True]
    with served(tmp_path, count=2) as where:
        assert where.result()["version"]["round"] == 1
        where.until(lambda: len(where.service.all()) == 2)


def where_rows(where: Place) -> Any:
    return httpx.get(f"{where.url}/api/live", headers={"Authorization": f"Bearer {OURS}"}).json()


@pytest.mark.parametrize(("stack", "by"), [("dp", 4), in_soak("live", "plain", 3)])
def test_a_late_device_is_refused_by_name_and_the_version_is_of_the_others(tmp_path: Path, stack: str, by: int) -> None:
    with served(tmp_path, stack=stack, contributors=4, round_seconds=2.0) as where:
        where.definition = where.now.definition
        devices = sums(where)
        where.until(lambda: len(where.now.members) == 3)
        with Hand(where) as late:
            late.mail()
            for one in devices:
                one.join()
            made = where.result()
            refused = late.post(late.sealed(vector(where, 4)))
        assert refused.status_code == 409
        assert made["included"] == [1, 2, 3]
        assert "contributor-4" in made["reasons"]
        base, now = versions()
        expected = after(from_file(model(base.model))[1], kept_sum(where), by=by)
        assert np.array_equal(from_file(model(now.model))[1], expected)
        assert now.record is not None
        assert (now.record.noise is not None) == (stack == "dp")


def test_a_file_with_other_bytes_is_refused_and_nothing_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("we will eat the pasta\n")
    with served(tmp_path) as where:
        honest = where.keeper.packed

        def other(cid: str) -> bytes:
            return honest(cid)[:-1] + b"\x00"

        monkeypatch.setattr(where.keeper, "packed", other)
        with pytest.raises(BlobMismatch):
            call(where, "--data", str(path))
        path.write_text("")
        monkeypatch.undo()
        monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
        monkeypatch.setenv("VEILBENCH_TOKEN", OURS)
        with pytest.raises(DataError, match="empty"):
            call(where, "--data", str(path))
        assert not where.now.members


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True), ({"id": "00" * 32}, False), ({"model": CID.of(b"x").text}, False), ({"after": "00" * 32}, False),
        ({"chain": "1:00"}, None), ({"contract": "0x" + "11" * 20}, None), ({"id": "zz"}, None), ({"model": "x"}, None),
    ],
)  # fmt: skip
def test_a_device_holds_a_version_against_the_chain_that_it_sees(
    tmp_path: Path, change: dict[str, str], expected: bool | None
) -> None:
    begun = Keeper(Names("Keyboard"), discover()).begin(Definition(TRAINING))
    version = {"id": begun.room["parent"], "model": begun.question["version"]} | change
    given = argparse.Namespace(chain="")
    found, how = _seen(version, {**begun.room, **{k: v for k, v in change.items() if k in ("chain", "contract")}},
                       given, discover(), after=change.get("after"))  # fmt: skip
    assert found is expected
    assert ("not checked" in how) is (expected is None)


def test_a_server_that_begins_from_another_model_gets_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("we will eat the pasta\n")
    with served(tmp_path) as where, store_in_use(discover()) as store:
        other = store.put(live(TRAINING | {"width": 8}).base()).text
        where.now.definition.question["version"] = other
        with pytest.raises(DataError, match="another model"):
            call(where, "--data", str(tmp_path / "mine.txt"))
        assert not where.now.members


def test_a_device_takes_the_bytes_of_a_cid_and_no_others() -> None:
    right, other = b"right", b"other"
    cid = CID.of(right)
    assert content_of(cid, b"".join(car.write(cid, [(cid, right)]))) == right
    for blocks, error in (
        ([(cid, other)], BlobMismatch), ([], BlobMissing), ([(CID.of(other), other)], BlobMissing),
    ):  # fmt: skip
        with pytest.raises(error):
            content_of(cid, b"".join(car.write(cid, blocks)))
    with pytest.raises(StoreError):
        content_of(cid, b"\x80\x04.")


def test_the_server_gives_the_files_of_the_question_and_no_others(tmp_path: Path) -> None:
    with store_in_use(discover()) as store:
        mine = store.put(b"of mine").text
    with served(tmp_path) as where:
        needed = where.now.definition.question["version"]
        ours = {"Authorization": f"Bearer {OURS}"}

        def ask(cid: str, headers: dict[str, str]) -> httpx.Response:
            return httpx.get(f"{where.url}{path_of(where.now.id, cid)}", headers=headers)

        assert content_of(CID.parse(needed), ask(needed, ours).content) == model(needed)
        assert [ask(one, ours).status_code for one in (mine, "x", "..%2f..%2ftokens")] == [404] * 3
        assert ask(needed, {}).status_code == 401
        server = Server(where.url, OURS)
        with pytest.raises(Exception, match="longer than 10 bytes"):
            server.body(path_of(where.now.id, needed), most=10)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda where: setattr(where, "collector", object()), "collector"),
        (lambda where: setattr(where, "definition", Definition({"kind": "vector"})), "make no versions"),
        (
            lambda where: setattr(where, "keeper", Keeper(Names("Keyboard", account="Ben"), where.registry)),
            "not a member",
        ),
        (lambda where: setattr(where, "keeper", None), "starts from a version"),
    ],
)
def test_a_series_that_cannot_make_versions_is_refused_at_once(
    tmp_path: Path, change: Callable[[Place], None], words: str
) -> None:
    where = made(tmp_path)
    change(where)
    with pytest.raises(ParamError, match=words):
        LiveService(where.definition, where.registry, keeper=where.keeper, collector=where.collector)
    assert not versions()


def test_a_room_goes_on_from_its_newest_version_or_the_one_that_is_named(tmp_path: Path) -> None:
    with served(tmp_path) as where:
        sums(where)
        where.result()
    base, first = versions()
    for asked, parent in (("", first), (base.model, base)):
        keeper = Keeper(Names("Keyboard"), discover())
        begun = keeper.begin(Definition(TRAINING | ({"version": asked} if asked else {}), contributors=3))
        assert begun.question["version"] == parent.model
        assert begun.room["parent"] == parent.version.id.hex()
        assert "words" not in begun.question
        assert plan(begun, discover(), joined=3, blobs=keeper.blob).live.length > 0
    with pytest.raises(DataError):
        Keeper(Names("Keyboard"), discover()).begin(Definition(TRAINING | {"version": CID.of(b"none").text}))


def test_a_round_of_a_room_waits_until_its_room_is_served_again(tmp_path: Path) -> None:
    with served(tmp_path) as where:
        waiting = where.now.id
    with place(tmp_path) as other:
        assert [one.definition.room for one in other.service.all()] == [{}]
    with served(tmp_path) as where:
        assert waiting in [one.id for one in where.service.all()]
        assert where.service.get(waiting).state == "joining"
    assert len(versions()) == 1


def test_the_noise_of_a_series_is_for_all_its_rounds(tmp_path: Path) -> None:
    (tmp_path / "training.toml").write_text("".join(f"{k} = {json.dumps(v)}\n" for k, v in TRAINING.items()))
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    asked = ["--gather", str(tmp_path / "training.toml"), "--room", "Keyboard", "--rounds", "4", "--stack", "dp"]
    for more, rounds in (([], 4), (["--param", "rounds=9"], 9)):
        service = service_from(parser.parse_args([*asked, *more]), discover())
        assert service is not None
        assert int(service.definition.params["rounds"]) == rounds
    for wrong in (["--room", "Keyboard"], ["--contributors", "3", "--account", "Ben"]):
        with pytest.raises(ParamError):
            service_from(parser.parse_args(wrong), discover())


@pytest.mark.soak("live")
def test_a_server_that_is_killed_again_and_again_ends_with_every_version_once(home: Path) -> None:
    """kill -9 at moments that fall anywhere in joining, adding up, keeping and committing, half of them at a sum."""
    (home / "training.toml").write_text("".join(f"{k} = {json.dumps(v)}\n" for k, v in TRAINING.items()))
    environment = {**os.environ, "HOST_TOKEN": TOKEN, "CONTRIBUTORS_TOKEN": OURS, "PYTHONPATH": str(ROOT)}
    flags = ["--gather", str(home / "training.toml"), "--rounds", "4", "--room", "Keyboard", "--contributors", "3"]
    port, rng = 0, np.random.default_rng(7)

    def serve() -> subprocess.Popen[str]:
        nonlocal port
        command = [sys.executable, "-m", "tests.support.live_server", "--port", str(port), *flags]
        made = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert made.stdout is not None
        port = int(made.stdout.readline())
        made.stdout.close()
        return made

    server = serve()
    devices = []
    for n in range(3):
        (home / f"{n}.txt").write_text(f"we will eat the pasta\nsee you at {n} then\n")
        where = ["--servers", f"http://127.0.0.1:{port}", "--room", "Keyboard", "--data", str(home / f"{n}.txt")]
        command = [sys.executable, "-m", "privacy.commands.contribute", *where, "--patience", "300"]
        devices.append(subprocess.Popen(command, env=environment))
    try:
        kills = 0
        while any(one.poll() is None for one in devices):
            if kills < 20:
                sums = len(list(home.glob("live/*/sum.npy")))
                until = time.monotonic() + float(rng.uniform(0.5, 4.0))
                at_sum = kills % 2 == 0
                while time.monotonic() < until + 4 * at_sum and not (
                    at_sum and len(list(home.glob("live/*/sum.npy"))) > sums
                ):
                    time.sleep(0.002)
                time.sleep(float(rng.uniform(0.0, 0.3)))
                server.kill()
                server.wait()
                kills += 1
                server = serve()
            time.sleep(0.1)
        assert [one.returncode for one in devices] == [0, 0, 0]
    finally:
        for one in (*devices, server):
            one.kill()
            one.wait()
    found = versions()
    assert [one.version.round for one in found] == list(range(len(found)))
    assert len(found) >= 5
    assert all(one.faults == () for one in found)
