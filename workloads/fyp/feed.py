"""Feed runs: what one person gets, what it cost, and what the servers saw, in plain data that can be kept."""

import base64
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from privacy.boundary.channel import Channel
from privacy.boundary.party import CLIENT
from privacy.boundary.transcript import Message, Transcript, entropy
from privacy.boundary.wire import unpack
from privacy.errors import WireError
from privacy.guarantees import Guarantee
from privacy.primitives.scoring import Ints
from privacy.results import Metric
from workloads.fyp.deployment import Deployment, Served
from workloads.fyp.evaluation import read_views
from workloads.fyp.world import Taste, World, card

KEPT_SAMPLE = 4096
KEPT_NUMBERS = 256


@dataclass
class FeedRun:
    """One person's feed under one stack.

    It stays on the device: `vector`, `shown` and the samples hold what the person likes. `sent` is what was scored:
    the vector, or where it is `randomised`, what was released of it. `fetched` counts the whole records that arrived.
    What may be exported is the run record.
    """

    stack: str
    user: str
    cards: list[dict[str, Any]]
    shown: list[int]
    metrics: list[Metric]
    messages: list[dict[str, Any]]
    guarantee: Guarantee
    fallbacks: dict[str, str]
    vector: list[int]
    sent: list[int]
    features: dict[str, list[float]]
    truth: dict[str, int]
    notes: list[str] = field(default_factory=list)
    data_hash: str = ""
    steps: dict[str, Guarantee] = field(default_factory=dict)
    randomised: bool = False
    fetched: int = 0

    def metric(self, key: str) -> Metric | None:
        return next((m for m in self.metrics if m.key == key), None)

    def to_json(self) -> bytes:
        steps = {name: g.as_dict() for name, g in self.steps.items()}
        values = asdict(self) | {"guarantee": self.guarantee.as_dict(), "steps": steps}
        return json.dumps(values, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "FeedRun":
        """Read what `to_json` wrote; ValueError, KeyError or TypeError if it is something else."""
        values = json.loads(data)
        rebuilt = {
            "metrics": [Metric(**m) for m in values["metrics"]],
            "guarantee": Guarantee.from_dict(values["guarantee"]),
            "steps": {name: Guarantee.from_dict(g) for name, g in values["steps"].items()},
        }
        return cls(**(values | rebuilt))


def cost_metrics(transcript: Transcript, deployment: Deployment, served: Served) -> list[Metric]:
    """Time and bytes of this one request, as the host observed them."""
    client = served.seconds.get(CLIENT, 0.0)
    server = sum(s for p, s in served.seconds.items() if p != CLIENT)
    up = transcript.bytes(phase="run", sender=CLIENT)
    down = transcript.bytes(phase="run", receiver=CLIENT)
    return [
        Metric("setup_seconds", deployment.setup_seconds, n=1, unit="s", better="lower"),
        Metric("client_seconds", client, n=1, unit="s", better="lower"),
        Metric("server_seconds", server, n=1, unit="s", better="lower"),
        Metric("bytes_setup", transcript.bytes(phase="setup"), n=1, unit="B", better="lower"),
        Metric("bytes_up", up, n=1, unit="B", better="lower"),
        Metric("bytes_down", down, n=1, unit="B", better="lower"),
    ]


def serve_one(deployment: Deployment, taste: Taste, channel: Channel, sent: Ints) -> tuple[Served, Transcript]:
    """Set a deployment up on a device that has never seen it, and serve one person."""
    deployment.publish(channel)
    served = deployment.serve(taste, channel, sent=sent)
    return served, channel.seal()


def feed_run(
    deployment: Deployment, taste: Taste, channel: Channel, *, sent: Ints, stack: str, user: str, truth: dict[str, int]
) -> tuple[FeedRun, Transcript]:
    """Serve one person and gather all that the page shows of it."""
    world = deployment.world
    served, transcript = serve_one(deployment, taste, channel, sent)
    scoring, lookup = read_views(served, world)
    run = FeedRun(
        stack=stack,
        user=user,
        cards=[card(r) for r in served.records],
        shown=[int(i) for i in served.shown],
        metrics=cost_metrics(transcript, deployment, served),
        messages=[shown(m, _step(m, served)) for m in transcript.messages],
        guarantee=deployment.guarantee,
        fallbacks=dict(deployment.fallbacks),
        vector=[int(v) for v in taste.vector],
        sent=[int(v) for v in sent],
        features={"scoring": scoring.tolist(), "whole": [*scoring.tolist(), *lookup.tolist()]},
        truth=truth,
        notes=_notes(world),
        data_hash=world.data_hash,
        steps=dict(deployment.guarantees),
        randomised=deployment.randomiser is not None,
        fetched=deployment.tasks["lookup"].count,
    )
    return run, transcript


def _step(message: Message, served: Served) -> str:
    """The step that a message to a server belongs to; empty for any other message."""
    return next((step for step, view in served.views.items() if message in view.messages), "")


def _readable(message: Message) -> list[float] | None:
    """The numbers that anyone reads from a body which is one packed array, up to `KEPT_NUMBERS`; None otherwise."""
    try:
        return [float(v) for v in unpack(message.sample).ravel()[:KEPT_NUMBERS]]
    except WireError:
        return None


def shown(message: Message, step: str) -> dict[str, Any]:
    """A message of a step as a page shows it: all that its record says, the first bytes, and what they read as."""
    sample = message.sample[:KEPT_SAMPLE]
    return message.public() | {
        "sample": base64.b64encode(sample).decode(),
        "sample_bytes": len(sample),
        "body_bytes": message.body_bytes,
        "entropy": round(entropy(message.sample), 3),
        "step": step,
        "numbers": _readable(message),
    }


def _notes(world: World) -> list[str]:
    return list(world.catalogue.notes)
