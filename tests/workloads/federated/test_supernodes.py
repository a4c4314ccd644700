"""Devices on SuperNodes, without Flower: what they keep and answer, and sums that go on, begin again or are resumed."""

import os
import shutil
import socket
import ssl
import stat
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from privacy import lab
from privacy.chains.opening import signer
from privacy.chains.sender import Sender
from privacy.errors import DataError, ParamError, ProtocolAborted, WireError
from privacy.plugin import processes
from privacy.primitives.aggregation import AggregationTask
from privacy.registry import Registry, discover
from privacy.request import RunRequest
from privacy.results import RunRecord
from privacy.rooms.history import history
from privacy.rooms.opening import Names, chain_of, recorded, rooms_on, rooms_with
from privacy.stores.choice import store_in_use
from privacy.stores.unixfs import cid_of
from workloads.federated.flower import answering, folder, frames
from workloads.federated.flower.__main__ import made
from workloads.federated.flower.keys import certify, node_key
from workloads.federated.flower.link import Link
from workloads.federated.flower.supernodes import SuperNodes
from workloads.federated.flower.table import shown
from workloads.federated.flower.tape import Tape
from workloads.federated.plan import read
from workloads.federated.round import BOUND, STEPS, UNIT
from workloads.federated.tasks.words import Words
from workloads.federated.text.vocabulary import Vocabulary
from workloads.federated.training.files import to_file
from workloads.federated.training.local import trained

SMALL = {"model": "series", "rounds": 2, "sentences": 4, "width": 4}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return discover()


@pytest.fixture(scope="module", autouse=True)
def torch_as_it_was() -> Iterator[None]:
    import torch

    threads, mode = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    yield
    torch.set_num_threads(threads)
    torch.set_deterministic_debug_mode(mode)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three SuperNodes, whose ids of Flower are 71 to 73."""
    there = tmp_path_factory.mktemp("deployment") / "one"
    one = made(there, nodes=3, options=dict(SMALL), seed=0, minimum=2, stacks=["smpc", "plain"])
    one.nodes = {71 + device: device for device in range(3)}
    one.save()
    return there


@pytest.fixture
def deployment(template: Path, tmp_path: Path) -> folder.Deployment:
    """A copy of it."""
    return folder.read(Path(shutil.copytree(template, tmp_path / "deployment")))


class Near:
    """A line to SuperNodes in this process: each message is answered at once, but by whom `silent` names."""

    def __init__(
        self, one: folder.Deployment, registry: Registry, *, silent: Callable[[int, int, int], bool] = lambda *_: False
    ) -> None:
        self.one, self.registry, self.silent = one, registry, silent
        self.came: list[bytes] = []
        self.sums: list[str] = []
        self.gone = False
        self.places: SuperNodes | None = None

    def nodes(self) -> list[int]:
        if self.gone:
            raise ProtocolAborted("Flower's server has ended")
        return [*self.one.nodes, 99]

    def send(self, node: int, tag: str, frame: bytes, *, seconds: float) -> None:
        asked = frames.of_bytes(frame)
        if "sum" in asked:
            if asked["sum"] not in self.sums:
                self.sums.append(asked["sum"])
            if self.silent(node, len(self.sums), asked["round"]):
                return
        reply = answering.answered(self.one.node_folder(self.one.nodes[node] + 1), frame, self.registry)
        self.came.append(reply)
        assert self.places is not None
        # A node that nobody knows says the same first, and is not heard.
        self.places.hear({"op": "reply", "node": 99, "tag": tag, "frame": b""})
        self.places.hear({"op": "reply", "node": node, "tag": tag, "frame": reply})


def placed(line: Near) -> SuperNodes:
    line.places = SuperNodes(line, line.one.nodes, seconds=4.0, come=0.0)
    return line.places


def run(line: Near, *, stack: str = "smpc", request: RunRequest | None = None, **how: Any) -> RunRecord:
    asked = replace(request or line.one.request, stack=stack)
    return lab.run(asked, registry=line.registry, places={"contributor": placed(line)}, **how)


def found_in(vector: np.ndarray, came: list[bytes]) -> bool:
    """Whether a stretch of an update stands in what came, in any type that an update has."""
    at = int(np.flatnonzero(vector)[0])
    part = vector[at : at + 12]
    kinds = (np.int16, np.int32, np.int64, np.float32)
    return any(part.astype(kind).tobytes() in body for body in came for kind in kinds)


@pytest.mark.parametrize(("stack", "hidden"), [("smpc", True), ("plain", False)])
def test_they_make_the_versions_of_simulated_devices_and_masked_updates_are_in_no_message(
    deployment: folder.Deployment, registry: Registry, stack: str, hidden: bool
) -> None:
    line = Near(deployment, registry)
    record = run(line, stack=stack)
    assert record.failure is None
    simulated = lab.run(replace(deployment.request, stack="plain"), registry=registry)
    rows = record.settings["history"]
    assert [r["version"] for r in rows] == [r["version"] for r in simulated.settings["history"]]
    assert [r["included"] for r in rows[1:]] == [3, 3]
    assert [r["training"] for r in rows[1:]] == [None, None]
    plan = read(deployment.request, lab.opened(deployment.request, registry).case.options)
    begun = plan.task.begin(seed=0)
    fields = vars(plan.training)
    updates = [STEPS.of(trained(plan.shape, begun, rows, fields)[0]) for rows in plan.found.rows]
    assert [found_in(one, line.came) for one in updates] == [not hidden] * 3
    assert all(not list((deployment.node_folder(n) / "sums").iterdir()) for n in (1, 2, 3))
    assert rows[1]["version"][:15] in shown(record)


def test_one_that_falls_silent_is_left_out_and_is_back_when_it_answers(
    deployment: folder.Deployment, registry: Registry
) -> None:
    line = Near(deployment, registry, silent=lambda node, sums, round_: (node, sums, round_) == (72, 1, 7))
    rows = run(line).settings["history"]
    # Its masked update was counted before: what it added is unmasked by the others.
    assert [r["included"] for r in rows[1:]] == [3, 3]
    assert list(rows[1]["refused"]) == ["device 2"]


def test_a_sum_for_which_too_few_stay_begins_again_and_only_the_last_one_counts(
    deployment: folder.Deployment, registry: Registry
) -> None:
    line = Near(deployment, registry, silent=lambda node, sums, round_: sums == 1 and node != 71 and round_ == 5)
    rounds: list[Any] = []
    record = run(line, request=replace(deployment.request, options={**deployment.request.options, "rounds": 1}),
                 finished=rounds.append)  # fmt: skip
    assert len(line.sums) == 2
    assert record.settings["history"][1]["included"] == 3
    # Five wires of 16 bytes' digest each, of the second sum alone.
    assert {len(bytes.fromhex(content)) for _, content in rounds[0].entry["openings"]} == {5 * 16}


def test_a_training_that_was_cut_off_goes_on_and_commits_every_version_once(
    deployment: folder.Deployment, registry: Registry
) -> None:
    with chain_of(registry) as chain:
        room = rooms_with(Sender(chain, signer(chain))).create(Sender(chain, signer(chain)), "Nodes")

    def once(line: Near, **how: Any) -> RunRecord:
        request = replace(deployment.request, stack="smpc")
        with recorded(request, Names("Nodes"), registry) as (asked, recording):
            return run(line, request=asked, recording=recording, **how)

    first = Near(deployment, registry)
    cut = once(first, finished=lambda _: setattr(first, "gone", True))
    assert cut.failure is not None
    assert "has ended" in cut.failure
    record = once(Near(deployment, registry))
    assert record.failure is None
    with chain_of(registry) as chain, store_in_use(registry) as store:
        kept = history(rooms_on(chain), room, store)
    models = [one.record.model for one in kept if one.record is not None]
    assert models == [row["version"] for row in record.settings["history"]]
    assert len(set(models)) == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [("share", 0.5), ("dropouts", 0.5), ("malicious", 0.5), ("rule", "median"), ("example_noise", 1.0)],
)
def test_what_only_simulated_devices_do_is_refused(
    deployment: folder.Deployment, registry: Registry, name: str, value: Any
) -> None:
    options = {**deployment.request.options, name: value}
    with pytest.raises(ParamError, match=name):
        run(Near(deployment, registry), stack="plain", request=replace(deployment.request, options=options))


# What one SuperNode answers


@pytest.fixture
def asked(deployment: folder.Deployment, registry: Registry) -> dict[str, Any]:
    """The first message of a sum to SuperNode 1."""
    plan = read(deployment.request, lab.opened(deployment.request, registry).case.options)
    model = to_file(plan.task, plan.task.begin(seed=0))
    task = AggregationTask(contributors=3, length=plan.shape.length, bound=BOUND, minimum=2, unit=UNIT)
    fields = {name: getattr(task, name) for name in AggregationTask.__dataclass_fields__}
    return {
        "sum": "one", "round": 1, "inbox": [], "index": 1, "session": "s", "key": bytes(32), "runs": [1, 2],
        "material": [], "task": fields, "stack": "smpc", "params": {}, "model": model, "version": cid_of(model).text,
        "training": dict(vars(plan.training)),
    }  # fmt: skip


def answer(deployment: folder.Deployment, registry: Registry, asked: Mapping[str, Any]) -> dict[str, Any]:
    there = deployment.node_folder(1)
    return frames.of_bytes(answering.answered(there, frames.to_bytes(dict(asked)), registry))


def test_a_round_is_answered_once_and_again_only_in_the_same_way(
    deployment: folder.Deployment, registry: Registry, asked: dict[str, Any]
) -> None:
    first = answer(deployment, registry, asked)
    assert first["end"] == ""
    assert len(first["wires"]) == 1
    (kept,) = (deployment.node_folder(1) / "sums").iterdir()
    assert stat.S_IMODE(os.stat(kept).st_mode) == 0o600
    assert answer(deployment, registry, asked)["wires"] == first["wires"]
    other = answer(deployment, registry, asked | {"inbox": [b"x"]})
    assert (other["end"], "than before" in other["reason"]) == ("abort", True)
    assert answer(deployment, registry, {"sum": "two", "round": 3, "inbox": []})["end"] == "abort"
    # A message that breaks the protocol ends the part, and nothing of it stays.
    assert answer(deployment, registry, {"sum": "one", "round": 3, "inbox": [b"forged"]})["end"] == "abort"
    assert not kept.exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"stack": "local"}, "takes no part under local"),
        ({"version": cid_of(b"another").text}, "CID"),
        ({"model": b"not a model", "version": cid_of(b"not a model").text}, "not a model"),
        ({"index": "x"}, "malformed"),
        ({"params": {"scheme": "two servers"}}, "default parameters"),
        ({"task": {"minimum": 1}}, "at least 2"),
        ({"task": {"bound": BOUND - 1}}, "updates of another model"),
    ],
)
def test_it_takes_no_part_in_what_its_owner_does_not_allow(
    deployment: folder.Deployment, registry: Registry, asked: dict[str, Any], change: dict[str, Any], says: str
) -> None:
    changed = asked | change | {"task": asked["task"] | change.get("task", {})}
    reply = answer(deployment, registry, changed)
    assert (reply["end"], reply["wires"]) == ("abort", [])
    assert says in reply["reason"]


def test_its_own_sentences_are_trained_on_by_the_words_of_the_model(
    deployment: folder.Deployment, registry: Registry, asked: dict[str, Any]
) -> None:
    there, words = deployment.node_folder(1), Words(Vocabulary.of(["the day is long"], most=8), 4)
    model = to_file(words, words.begin(seed=0))
    changed = asked | {"model": model, "version": cid_of(model).text}
    changed |= {"task": asked["task"] | {"length": words.shape.length}}
    (there / answering.ROWS).unlink()
    assert "nothing to train on" in answer(deployment, registry, changed)["reason"]
    (there / answering.SENTENCES).write_text("the day is long\n\nthe night is short\n")
    assert answer(deployment, registry, changed)["end"] == ""
    assert "for a model of words" in answer(deployment, registry, asked | {"sum": "two"})["reason"]


def test_sums_that_broke_off_are_forgotten(
    deployment: folder.Deployment, registry: Registry, asked: dict[str, Any]
) -> None:
    for number in range(answering.MOST_KEPT + 2):
        answer(deployment, registry, asked | {"sum": str(number)})
    assert len(list((deployment.node_folder(1) / "sums").iterdir())) == answering.MOST_KEPT


# The pieces


def test_a_tape_plays_what_it_drew_and_then_draws_on() -> None:
    tape = Tape()
    drawn = tape.bytes(8) + tape.bytes(24)
    again = Tape(tape.drawn)
    assert again.bytes(32) == drawn
    assert again.bytes(4) != bytes(4)
    assert again.drawn[:32] == drawn
    assert len(again.drawn) == 36


@pytest.mark.parametrize("body", [b"", b"\x01", frames.to_bytes({"a": 1}) + b"x", frames.to_bytes({"a": b"xy"})[:-1]])
def test_a_frame_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(WireError):
        frames.of_bytes(body)


def test_a_certificate_is_of_its_hosts_alone_and_keys_are_their_owners(tmp_path: Path) -> None:
    certify(tmp_path, names=["10.0.0.7", "localhost"])
    node_key(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    root, leaf = (x509.load_pem_x509_certificate((tmp_path / f"{n}.crt").read_bytes()) for n in ("ca", "server"))
    builder = PolicyBuilder().store(Store([root]))
    builder.build_server_verifier(x509.DNSName("localhost")).verify(leaf, [])
    with pytest.raises(VerificationError):
        builder.build_server_verifier(x509.DNSName("elsewhere")).verify(leaf, [])
    for name in ("server.key", "node.key"):
        assert stat.S_IMODE(os.stat(tmp_path / name).st_mode) == 0o600
    assert (tmp_path / "node.key.pub").read_bytes().startswith(b"ecdsa-sha2-nistp384 ")


def test_a_folder_holds_one_deployment(deployment: folder.Deployment) -> None:
    assert deployment.nodes == {71: 0, 72: 1, 73: 2}
    with pytest.raises(ParamError):
        folder.make(deployment.folder, [], options={}, seed=0)
    with pytest.raises(DataError):
        folder.read(deployment.folder / "nodes")


def test_a_link_carries_mail_both_ways_and_tells_when_the_other_side_goes() -> None:
    link, heard, over = Link(patience=10.0), list[dict[str, Any]](), threading.Event()

    def hear(said: dict[str, Any]) -> None:
        heard.append(said)
        if said["op"] == "gone":
            over.set()

    def serve() -> None:
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(link.path))
            source, sink = line.makefile("rb"), line.makefile("wb")
            sent = processes.decode(*processes.read(source))
            processes.write(sink, {"op": "reply", "node": sent["node"], "tag": sent["tag"], "frame": sent["frame"]})
            processes.decode(*processes.read(source))
            processes.write(sink, {"op": "nodes", "ids": [2**63 + 5]})

    other = threading.Thread(target=serve)
    other.start()
    link.open(hear)
    link.send(2**63 + 5, "tag", b"\0mail", seconds=1.0)
    assert link.nodes() == [2**63 + 5]
    other.join(10)
    assert over.wait(10)
    assert heard[0] == {"op": "reply", "node": 2**63 + 5, "tag": "tag", "frame": b"\0mail"}
    with pytest.raises(ProtocolAborted):
        link.nodes()
    link.close()
    assert not link.path.exists()
