"""A training on the SuperNodes of a deployment, by the same door as every run, with its rounds in a room if one is."""

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from privacy.plugin import CONTRIBUTOR, ParamError, Round, RunRequest
from privacy.plugin.host import lab
from privacy.plugin.rooms import Names, recorded
from privacy.plugin.running import Registry, discover
from workloads.federated.elsewhere import notes
from workloads.federated.flower.folder import Deployment
from workloads.federated.flower.running import supernodes

_SILENT_SECONDS = "VEILBENCH_RUN_SECONDS", "1800"
"""A round waits for SuperNodes longer than one that is simulated here."""


def train(
    one: Deployment, *, stack: str = "smpc", room: str = "", account: str = "", rounds: int = 0,
    finished: Callable[[Round], None] = lambda _: None, **how: Any,
) -> Any:  # fmt: skip
    """Train and return the run record. A training that was cut off goes on after its last finished round."""
    registry = discover()
    if registry.stack(stack).randomiser is not None:
        raise ParamError(f"{stack} adds noise, which SuperNodes do not support yet", then="choose plain or smpc")
    options = dict(one.options) | ({"rounds": rounds} if rounds else {})
    request = replace(one.request, stack=stack, options=options)
    os.environ.setdefault(*_SILENT_SECONDS)
    with _in_room(request, room, account, registry) as (request, recording), supernodes(one, **how) as nodes:
        record = lab.run(
            request, registry=registry, places={CONTRIBUTOR: nodes}, recording=recording, finished=finished
        )  # fmt: skip
    begun = lab.opened(request, registry).case.notes
    record.notes = list(dict.fromkeys([*notes(begun), *(one for one in record.notes if one not in begun)]))
    return record


@contextlib.contextmanager
def _in_room(request: RunRequest, room: str, account: str, registry: Registry) -> Iterator[tuple[RunRequest, Any]]:
    if not room:
        yield request, None
        return
    with recorded(request, Names(room, account=account), registry) as found:
        yield found
