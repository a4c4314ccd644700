"""What the Server view shows: one round of one workload, and what the workload's own panels add to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from privacy.registry import Registry, load
from privacy.request import RunRequest
from privacy.services.rounds import Private
from privacy.spec import WorkloadSpec
from privacy.stacks import options_of
from privacy.workload import Workload

Panel = tuple[str, Callable[[], None]]
"""A heading and what draws the panel under it."""


@dataclass(frozen=True)
class View:
    """A round, the request that attacks are on, and the workload that reads its wires."""

    round: Any
    request: RunRequest
    spec: WorkloadSpec
    workload: Workload
    registry: Registry

    @property
    def own(self) -> bool:
        return self.request.data is not None


class Panels:
    """A workload's part of the Server view; one that has none gets this. Subclass it, and name it in `panels`."""

    def choices(self, request: RunRequest, workload: Workload, registry: Registry) -> Mapping[str, Mapping[str, str]]:
        """Lists to choose from for its main options, each value with its words."""
        return workload.choices(request, options_of(request, registry))

    def private(self, request: RunRequest, registry: Registry) -> Private | None:
        """The person's own input beside a request that is about it."""
        return None

    def admitted(self, request: RunRequest, registry: Registry) -> bool:
        """Whether the run may begin by itself; False after saying what is to be done first."""
        return True

    def before(self, view: View) -> list[Panel]:
        """Panels above the wires. The usual: what came out."""
        from ui.server import answer

        return [("What came out", lambda: answer.show(view))]

    def after(self, view: View) -> list[Panel]:
        """Panels below the coalition's view. The usual: every attack, begun by a button."""
        from ui.server import attacks

        return [("Attacks", lambda: attacks.show(view))]


def panels_of(spec: WorkloadSpec) -> Panels:
    """The panels of a workload: its own, or the usual ones."""
    made = load(spec.panels, who=f"the panels of {spec.id}")() if spec.panels else Panels()
    return made if isinstance(made, Panels) else Panels()
