"""The worker of an audit: items in, progress out, and the rows of each in a file of its own."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from privacy.attacks.audit import audit_randomiser
from privacy.errors import VeilbenchError
from privacy.home import write_atomic
from privacy.jobs.job import Report, work
from privacy.params import build
from privacy.registry import Registry, discover
from privacy.services.audits import CONFIDENCE, PRIMITIVE, AuditRow, AuditSettings, Item
from privacy.services.evaluations import now
from privacy.testing.bench import Bench
from privacy.testing.cases import case_for
from privacy.testing.game import DISTINGUISHERS, observers, play
from privacy.testing.randomiser_bench import randomised_case


def measure(item: Item, settings: AuditSettings, registry: Registry) -> list[AuditRow]:
    """Play the game of one item on the conformance kit's inputs: one row, or one for each computing party."""
    return _audited(item, settings, registry) if item.kind == "randomiser" else _played(item, settings, registry)


def _audited(item: Item, settings: AuditSettings, registry: Registry) -> list[AuditRow]:
    spec = registry.spec(item.backend)
    randomiser = registry.randomiser(spec, PRIMITIVE, build(spec.params, item.params, owner=spec.id))
    task = randomised_case(PRIMITIVE).task
    bound = randomiser.output(task)
    found = audit_randomiser(randomiser, task, plays=settings.releases, confidence=CONFIDENCE, seconds=settings.seconds)
    return [
        AuditRow(
            item.name, item.backend, found.n, found.event, now(),
            declared=bound.epsilon, audited=found.lower, delta=bound.delta, unit=bound.unit,
        )
    ]  # fmt: skip


def _played(item: Item, settings: AuditSettings, registry: Registry) -> list[AuditRow]:
    spec = registry.spec(item.backend)
    mechanism = registry.mechanism(spec, PRIMITIVE, build(spec.params, item.params, owner=spec.id))
    # Two sides, and the better of the distinguishers: together their bounds are a 95% interval of one row.
    alpha = (1 - CONFIDENCE) / (2 * len(DISTINGUISHERS))
    case = case_for(PRIMITIVE)
    # What a view tells of the person before is the kit's to judge: a row is of the person whose view it is.
    watching = {one.name for one in observers(mechanism, case)}
    games = [g for g in play(Bench(mechanism, case, plays=settings.plays, alpha=alpha)) if g.observer in watching]
    return [
        AuditRow(
            item.name if len(games) == 1 else f"{item.name}, {g.observer}", item.backend, g.n, g.distinguisher, now(),
            advantage=g.advantage, low=g.low, high=g.high, claim=g.claim.name.lower().replace("_", " "),
            admitted=g.threshold,
        )
        for g in games
    ]  # fmt: skip


def run(values: dict[str, Any], report: Report) -> None:
    """Measure what is asked for and keep it at once; one that fails does not hold up the others."""
    settings, todo, registry = AuditSettings(**values["settings"]), values["todo"], discover()
    failed = []
    for done, one in enumerate(todo):
        item = Item(**one["item"])
        report(done, len(todo), item.name)
        try:
            rows = measure(item, settings, registry)
        except VeilbenchError as error:
            failed.append(f"{item.name}: {error}")
            continue
        write_atomic(Path(one["path"]), json.dumps([asdict(row) for row in rows]).encode())
    if failed:
        raise VeilbenchError("; ".join(failed))
    report(len(todo), len(todo), "done")


if __name__ == "__main__":
    work(run)
