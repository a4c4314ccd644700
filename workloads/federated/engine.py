"""Engines: what carries a training out. `embedded` simulates devices here, `flower` has SuperNodes train."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from privacy.plugin import CONTRIBUTOR, ParamError, RunRequest, Seats, Stack
from workloads.federated.elsewhere import check as check_elsewhere
from workloads.federated.options import FLOWER, FederatedOptions
from workloads.federated.plan import Plan

MOST_NODES = 8
"""SuperNodes on one machine: each is a process of its own, and starts another for every message."""
_CARRIED = ("plain", "smpc")
_SILENT_SECONDS = "VEILBENCH_RUN_SECONDS", "1800"
"""A round on SuperNodes shows no sign of life for longer than one that is simulated here."""


def check(options: FederatedOptions, request: RunRequest, stack: Stack) -> None:
    """ParamError or DataError for what SuperNodes do not do, or where Flower is not installed."""
    if options.engine != FLOWER:
        return
    from workloads.federated.flower.processes import programs

    programs()
    if stack.randomiser is not None:
        text = f"{request.stack} adds noise, which SuperNodes do not support yet"
        raise ParamError(text, then="choose plain or smpc, or the embedded engine")
    if request.stack not in _CARRIED:
        text = f"SuperNodes do not support {request.stack}"
        raise ParamError(text, then="choose plain or smpc, or the embedded engine")
    if request.params:
        text = f"SuperNodes take part under {request.stack} only with its default parameters"
        raise ParamError(text, then=f"leave {', '.join(request.params)} out, or choose the embedded engine")
    check_elsewhere(options)
    if options.devices > MOST_NODES:
        text = f"{options.devices} devices need as many SuperNodes, and one machine starts at most {MOST_NODES}"
        raise ParamError(text, then=f"take {MOST_NODES} devices or fewer, or the embedded engine")


@contextlib.contextmanager
def placed(plan: Plan, seats: Seats, request: RunRequest) -> Iterator[Seats]:
    """Seats whose contributors are where the engine has them."""
    if plan.options.engine != FLOWER or CONTRIBUTOR in (seats.places or {}):
        yield seats
        return
    from workloads.federated.flower.beside import beside

    with beside(plan.found.rows, stack=request.stack, minimum=plan.options.minimum) as nodes:
        yield replace(seats, places={**(seats.places or {}), CONTRIBUTOR: nodes})


def be_patient(options: FederatedOptions) -> None:
    """Have this process wait longer for a sign of life, unless its environment says how long."""
    if options.engine == FLOWER:
        os.environ.setdefault(*_SILENT_SECONDS)


def starts(request: Mapping[str, Any]) -> str:
    """What a run does before its first round, for whoever waits: `request` is one as plain values."""
    flower = request["options"].get("engine") == FLOWER
    return "starting SuperNodes, which takes a minute or two" if flower else "starting the devices"
