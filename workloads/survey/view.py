"""One round of a survey as the Server view shows it: every wire, who said what, and what came out.

    run = tally_run(request, registry, charge=surveys.charge)
    run.messages       as `FeedRun.messages` has them: seq, phase, round, sender, receiver, via, kind, exposure, bytes,
                       sample (base64), sample_bytes, body_bytes, entropy, step ("aggregation" or ""), numbers
    run.answer         what was released, by label; `run.exact` the same over all devices, without sampling or noise
    wires.parties(run), wires.coalition_view(run, names), wires.reading(message, run)   as for a FeedRun

`request.options` sets the survey: for a page, say devices=12, minimum=3, dropouts=0.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from privacy.boundary.channel import Channel
from privacy.boundary.transcript import Message
from privacy.boundary.wire import unpack
from privacy.errors import WireError
from privacy.guarantees import Guarantee
from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.results import Metric
from privacy.transports.base import Transport
from workloads.fyp.feed import KEPT_NUMBERS, shown
from workloads.survey.deployment import STEP
from workloads.survey.record import cost_metrics, quality_metrics
from workloads.survey.round import Asked, Charge, ask, read

_MAGIC = b"VBA1"


@dataclass
class TallyRun:
    """One round under one stack. It stays on the device: `vectors`, `sent` and the samples hold what devices hold.

    `vectors` are the devices' own, in steps, by party name; `sent` what each sent, the same unless it was clipped or
    noised on the device; `total` the sum as released. `devices` is the population, `asked` the cohort. `randomised`
    says that the sum is noised, `noised_on_device` that every contribution is.
    """

    stack: str
    question: str
    column: str
    answer: dict[str, float]
    exact: dict[str, float]
    devices: int
    asked: int
    included: list[int]
    dropped: dict[str, str]
    minimum: int
    metrics: list[Metric]
    messages: list[dict[str, Any]]
    guarantee: Guarantee
    steps: dict[str, Guarantee]
    vectors: dict[str, list[int]]
    sent: dict[str, list[int]]
    total: list[int]
    notes: list[str] = field(default_factory=list)
    data_hash: str = ""
    randomised: bool = False
    noised_on_device: bool = False
    fallbacks: dict[str, str] = field(default_factory=dict)

    def metric(self, key: str) -> Metric | None:
        return next((m for m in self.metrics if m.key == key), None)

    def to_json(self) -> bytes:
        steps = {name: g.as_dict() for name, g in self.steps.items()}
        values = asdict(self) | {"guarantee": self.guarantee.as_dict(), "steps": steps}
        return json.dumps(values, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "TallyRun":
        """Read what `to_json` wrote; ValueError, KeyError or TypeError if it is something else."""
        values = json.loads(data)
        rebuilt = {
            "metrics": [Metric(**m) for m in values["metrics"]],
            "guarantee": Guarantee.from_dict(values["guarantee"]),
            "steps": {name: Guarantee.from_dict(g) for name, g in values["steps"].items()},
        }
        return cls(**(values | rebuilt))


def tally_run(
    request: RunRequest, registry: Registry, *, charge: Charge | None = None,
    transports: Mapping[str, Transport] | None = None,
) -> TallyRun:  # fmt: skip
    """One round, wire by wire. ProtocolAborted where too few stay, BudgetError where its noise is not granted.

    Under a randomiser `charge` is required and called once, before anything is released.
    """
    question, channel = read(request, registry), Channel()
    asked = ask(question, request, registry, channel, transports=transports, charge=charge)
    transcript = channel.seal()
    asked.deployment.close()
    return _gathered(request, asked, [*quality_metrics(asked), *cost_metrics(asked, transcript)], transcript.messages)


def _gathered(request: RunRequest, asked: Asked, metrics: list[Metric], messages: tuple[Message, ...]) -> TallyRun:
    question, release = asked.question, asked.release
    truth = question.survey.truth(question.cells.cells)
    reasons = {p.name: reason for p, reason in release.outcome.reasons.items()}
    return TallyRun(
        stack=request.stack,
        question=question.options.question,
        column=question.cells.column,
        answer=dict(zip(asked.answer.labels, asked.answer.values, strict=True)),
        exact=dict(zip(truth.labels, truth.values, strict=True)),
        devices=len(question.cells.cells),
        asked=len(asked.vectors),
        included=list(release.sum.included),
        dropped=reasons | dict(release.sum.refused),
        minimum=question.options.minimum,
        metrics=metrics,
        messages=[_message(m) for m in messages],
        guarantee=asked.deployment.guarantee,
        steps={STEP: asked.deployment.guarantee},
        vectors={p.name: [int(v) for v in vector] for p, vector in asked.vectors.items()},
        sent={p.name: [int(v) for v in vector] for p, vector in release.sent.items()},
        total=[int(v) for v in release.sum.total],
        notes=list(question.notes),
        data_hash=question.cells.data_hash,
        randomised=question.noised,
        noised_on_device=bool(asked.deployment.task.noise_shares),
    )


def _message(message: Message) -> dict[str, Any]:
    found = shown(message, STEP if message.phase == "run" else "")
    return found | {"numbers": found["numbers"] if found["numbers"] is not None else _inner(message.sample)}


def _inner(body: bytes) -> list[float] | None:
    """The numbers of a packed array that ends a body, as in a sum that is sent with its roll; None if there is none."""
    place = body.find(_MAGIC)
    try:
        return None if place < 0 else [float(v) for v in unpack(body[place:]).ravel()[:KEPT_NUMBERS]]
    except WireError:
        return None
