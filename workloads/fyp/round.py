"""A round of the feed: what one person gets, what it cost, and what the servers saw, in plain data that can be kept."""

import time
from dataclasses import asdict, dataclass, field
from typing import Any

from privacy.plugin import CLIENT, Metric, Round, parts, shown
from privacy.plugin.running import Channel, Ints, Message, ProductCheck, Transcript
from workloads.fyp.deployment import Deployment, Served
from workloads.fyp.evaluation import read_views
from workloads.fyp.world import Taste, World, card


@dataclass(kw_only=True)
class FeedRound(Round):
    """One person's feed under one stack.

    It stays on the device: `vector`, `shown` and the samples hold what the person likes. `sent` is what was scored:
    the vector, or where it is `randomised`, what was released of it. `fetched` counts the whole records that arrived.
    `download` says so where the whole table would have been fewer bytes than fetching from it. `judged` is what the
    device's check of the servers' scores found, with its `seconds`: the fields of a ProductVerdict.
    """

    user: str = ""
    cards: list[dict[str, Any]] = field(default_factory=list)
    shown: list[int] = field(default_factory=list)
    vector: list[int] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    features: dict[str, list[float]] = field(default_factory=dict)
    truth: dict[str, int] = field(default_factory=dict)
    fetched: int = 0
    download: str = ""
    judged: dict[str, Any] = field(default_factory=dict)


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


def cheaper_download(deployment: Deployment, served: Served) -> str:
    """The sentence for a table that is fewer bytes than one private fetch from it; empty for any other."""
    task, once = deployment.tasks["lookup"], deployment.published["lookup"]
    table = task.items * task.record_bytes
    took = once + served.carried["lookup"]
    # A stack whose fetch sends nothing has downloaded the table already.
    if "lookup" in deployment.fallbacks or not served.carried["lookup"] or took <= table:
        return ""
    return (
        f"Fetching {task.count} records privately took {took / 1e6:.2f} MB, {once / 1e6:.2f} MB of it once; the whole "
        f"table is {table / 1e6:.2f} MB. Downloading the table, as the stack local does, is cheaper and gives less "
        f"away."
    )


def judge(world: World, served: Served) -> dict[str, Any]:
    """Runs on the device: whether the scores that came are those of the public model and of what was sent."""
    start = time.perf_counter()
    verdict = ProductCheck(world.items).verdict(served.sent, served.scores)
    return asdict(verdict) | {"seconds": time.perf_counter() - start}


def serve_one(deployment: Deployment, taste: Taste, channel: Channel, sent: Ints) -> Served:
    """Set a deployment up on a device that has never seen it, and serve one person."""
    deployment.publish(channel)
    return deployment.serve(taste, channel, sent=sent)


def feed_round(
    deployment: Deployment, taste: Taste, channel: Channel, *, sent: Ints, stack: str, user: str, truth: dict[str, int]
) -> FeedRound:
    """Serve one person and gather all that the page shows of it."""
    world = deployment.world
    served = serve_one(deployment, taste, channel, sent)
    features = {step: found.tolist() for step, found in read_views(served, world).items()}
    transcript = channel.transcript
    download = cheaper_download(deployment, served)
    return FeedRound(
        stack=stack,
        user=user,
        cards=[card(r) for r in served.records],
        shown=parts(served.shown),
        metrics=cost_metrics(transcript, deployment, served),
        messages=[shown(m, _step(m, served)) for m in transcript.messages],
        guarantee=deployment.guarantee,
        fallbacks=dict(deployment.fallbacks),
        vector=parts(taste.vector),
        sent=parts(sent),
        features=features | {"whole": [*features["scoring"], *features.pop("lookup")]},
        truth=truth,
        notes=[*world.catalogue.notes, *filter(None, [download])],
        data_hash=world.data_hash,
        steps=dict(deployment.guarantees),
        randomised=deployment.randomiser is not None,
        fetched=deployment.tasks["lookup"].count,
        download=download,
        judged=judge(world, served),
    )


def _step(message: Message, served: Served) -> str:
    """The step that a message to a server belongs to; empty for any other message."""
    return next((step for step, view in served.together.items() if message in view.messages), "")
