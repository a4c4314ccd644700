"""A SuperNode's side of a sum: it trains when a sum begins, and answers each round of it from what it has kept.

What it keeps lies in its own folder, one file a sum, readable by its owner alone: its update in steps, the random bytes
that it drew, and the wires that came. The file is on the disk before an answer leaves, so that no round is ever
answered twice in different ways; it goes with the sum's end.
"""

import hashlib
import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from privacy.plugin import (
    AggregationTask,
    DataError,
    ParamError,
    ProtocolAborted,
    Secret,
    VeilbenchError,
    contributor,
)
from privacy.plugin.elsewhere import Reply, RunKey, Station, role_of
from privacy.plugin.host import guarded, locked, write_atomic
from privacy.plugin.running import Ints, Registry, discover, seat_for
from privacy.plugin.stores import cid_of
from workloads.federated.flower.frames import of_bytes, to_bytes
from workloads.federated.flower.tape import Tape
from workloads.federated.round import BOUND, STEPS, UNIT, in_steps
from workloads.federated.training.files import from_file
from workloads.federated.training.local import settle, trained

ROWS, SENTENCES, ABOUT = "rows.npy", "sentences.txt", "node.json"
MOST_KEPT = 4
"""Sums whose files a SuperNode keeps: those that broke off are forgotten when newer ones begin."""


@dataclass
class Part:
    """A SuperNode's part in one sum, as far as it is."""

    index: int
    session: str
    runs: tuple[int, int]
    key: bytes
    task: AggregationTask
    stack: str
    params: dict[str, Any]
    material: list[bytes]
    vector: Ints
    drawn: bytes = b""
    inboxes: dict[int, list[bytes]] = field(default_factory=dict)

    def as_bytes(self) -> bytes:
        rounds = [[number, *wires] for number, wires in sorted(self.inboxes.items())]
        task = {one.name: getattr(self.task, one.name) for one in fields(AggregationTask)}
        return to_bytes(vars(self) | {"task": task, "inboxes": rounds})

    @classmethod
    def of_bytes(cls, body: bytes) -> "Part":
        values = of_bytes(body)
        values["inboxes"] = {int(number): wires for number, *wires in values["inboxes"]}
        return cls(**values | {"task": AggregationTask(**values["task"])})


def answered(folder: Path, mail: bytes, registry: Registry | None = None) -> bytes:
    """What the SuperNode of a folder answers to one message. Whatever goes wrong is an answer that ends its part."""
    try:
        asked = of_bytes(mail)
        if "hello" in asked:
            return _bytes(Reply(), 0.0)
        with locked(folder / "sums"):
            reply, seconds = _reply(folder, asked, registry or discover())
    except VeilbenchError as error:
        return _bytes(Reply(abort=str(error)), 0.0)
    except (KeyError, TypeError, ValueError):
        return _bytes(Reply(abort="the message is malformed"), 0.0)
    return _bytes(reply, seconds)


def _bytes(reply: Reply, seconds: float) -> bytes:
    end = "done" if reply.done else "abort" if reply.abort is not None else ""
    return to_bytes({"wires": list(reply.wires), "end": end, "reason": reply.abort or "", "seconds": seconds})


def _reply(folder: Path, asked: dict[str, Any], registry: Registry) -> tuple[Reply, float]:
    round_, inbox = int(asked["round"]), [bytes(one) for one in asked["inbox"]]
    path = _path(folder, str(asked["sum"]))
    if path.exists():
        part = Part.of_bytes(guarded(path.read_bytes, path))
    elif round_ == 1:
        part = _begun(folder, asked, registry)
        _tidy(path.parent)
    else:
        raise ProtocolAborted("this device takes no part in that sum")
    known = part.inboxes.get(round_)
    if known is None and round_ < max(part.inboxes, default=0):
        raise ProtocolAborted(f"round {round_} is over for this device")
    if known is not None and known != inbox:
        # Two answers to one round could give away what one does not.
        raise ProtocolAborted(f"another message came to round {round_} of the sum than before")
    part.inboxes[round_] = inbox
    tape = Tape(part.drawn)
    try:
        reply, seconds = _played(part, tape, registry)
    except VeilbenchError:
        guarded(lambda: path.unlink(missing_ok=True), path)
        raise
    if reply.done or reply.abort is not None:
        guarded(lambda: path.unlink(missing_ok=True), path)
    else:
        part.drawn = tape.drawn
        write_atomic(path, part.as_bytes())
    return reply, seconds


def _path(folder: Path, name: str) -> Path:
    kept = folder / "sums"
    guarded(lambda: kept.mkdir(exist_ok=True, mode=0o700), kept)
    return kept / hashlib.sha256(name.encode()).hexdigest()[:32]


def _tidy(folder: Path) -> None:
    """Forget the oldest sums."""
    found = sorted((p for p in folder.iterdir() if not p.name.startswith(".")), key=lambda p: p.stat().st_mtime)
    for one in found[: 1 - MOST_KEPT]:
        guarded(lambda one=one: one.unlink(missing_ok=True), one)  # type: ignore[misc]


def _played(part: Part, tape: Tape, registry: Registry) -> tuple[Reply, float]:
    """The role's answer to the newest round: it is made again, and all rounds before are played to it."""
    stack, party = registry.stack(part.stack, dict(part.params)), contributor(part.index)
    mechanism = registry.mechanism(stack.carrier, "aggregation", stack.params)
    station = Station(role_of(mechanism, seat_for(party, part.task, None, tape)))
    before, last = 0.0, max(part.inboxes)
    station.connect(RunKey(part.session, part.runs[0], part.key))
    station.keep(part.material)
    station.begin(RunKey(part.session, part.runs[1], part.key), Secret(part.vector, owner=party))
    reply = Reply()
    for round_ in range(1, last + 1):
        before = station.seconds
        reply = station.step(round_, part.inboxes.get(round_, []))
        spoke = bool(reply.wires) or reply.done
        if round_ not in part.inboxes and spoke:
            raise ProtocolAborted("the stack has contributors speak where nothing came to them: it is not carried here")
        if reply.abort is not None:
            break
    return reply, station.seconds - before


def _begun(folder: Path, asked: dict[str, Any], registry: Registry) -> Part:
    """Train, and open a part. DataError and ParamError for what this device does not do."""
    task, stack = AggregationTask(**asked["task"]), str(asked["stack"])
    about = _about(folder)
    if stack not in about["stacks"] or registry.stack(stack, dict(asked["params"])).randomiser is not None:
        raise ParamError(f"this device takes no part under {stack}", then=f"choose of {', '.join(about['stacks'])}")
    if asked["params"]:
        # Others may seat who adds up otherwise: two servers that are one host read what they add up.
        raise ParamError(f"this device takes part under {stack} only with its default parameters")
    if min(task.minimum, task.contributors) < about["minimum"] or task.weights:
        raise ParamError(f"this device takes part only in sums of at least {about['minimum']}")
    body = bytes(asked["model"])
    if cid_of(body).text != asked["version"]:
        raise DataError("the model does not fit its CID")
    model, weights = from_file(body)
    if (task.length, task.bound, task.unit) != (model.shape.length, BOUND, UNIT):
        raise ParamError("the sum is of updates of another model")
    settle()
    update, _ = trained(model.shape, weights, _rows(folder, model), dict(asked["training"]))
    vector = in_steps(STEPS.of(update), name="this device").astype(np.int64)
    first, second = (int(number) for number in asked["runs"])
    return Part(
        int(asked["index"]), str(asked["session"]), (first, second), bytes(asked["key"]), task, stack,
        dict(asked["params"]), [bytes(one) for one in asked["material"]], vector,
    )  # fmt: skip


def _about(folder: Path) -> dict[str, Any]:
    """What the owner of this device allows: stacks, and the fewest contributors of a sum."""
    path = folder / ABOUT
    try:
        found = json.loads(guarded(path.read_bytes, path))
        return {"stacks": [str(one) for one in found["stacks"]], "minimum": int(found["minimum"])}
    except (ValueError, KeyError, TypeError):
        raise DataError("the file of what this device allows cannot be read", where=str(path)) from None


def _rows(folder: Path, model: Any) -> np.ndarray:
    """This device's rows: of its own sentences where it has such, else those that were laid into its folder."""
    own = folder / SENTENCES
    if own.exists():
        if not hasattr(model, "vocabulary"):
            raise DataError("sentences are for a model of words", where=SENTENCES)
        text = guarded(lambda: own.read_text(encoding="utf-8", errors="replace"), own)
        found: np.ndarray = model.vocabulary.encode([line for line in text.splitlines() if line.strip()])
    else:
        try:
            found = np.load(folder / ROWS, allow_pickle=False)
        except (OSError, ValueError):
            raise DataError("this device has nothing to train on", then=f"give it {SENTENCES} or {ROWS}") from None
    if not len(found):
        raise DataError("this device has nothing to train on", then=f"give it {SENTENCES} or {ROWS}")
    return found
