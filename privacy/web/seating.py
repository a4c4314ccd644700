"""What a host asks to be seated, checked against this machine's own tables: roles, tasks, backends, inputs."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, get_args, get_origin, get_type_hints

from privacy.boundary.party import Party
from privacy.errors import UnknownNameError, VeilbenchError, WireError
from privacy.mechanism import Mechanism
from privacy.params import build
from privacy.primitives.aggregation import AggregationTask
from privacy.primitives.lookup import LookupTask
from privacy.primitives.scoring import ScoringTask
from privacy.randomiser import SumRandomiser
from privacy.registry import Registry
from privacy.transports import framing
from privacy.transports.http_frames import parse
from privacy.web.limits import Refused

ROLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "scoring": ("server", ("scoring", "lookup")),
    "aggregator": ("aggregator", ("aggregation",)),
    "collector": ("collector", ("aggregation",)),
}
"""Roles of machines: the role of the parties that each seats, and the primitives they take part in."""

TASKS: dict[str, type[Any]] = {"scoring": ScoringTask, "lookup": LookupTask, "aggregation": AggregationTask}
_FIELDS = {"backend", "primitive", "params", "task", "party", "own", "keep"}
_LABEL = re.compile(r"[a-z0-9-]{1,64}")


@dataclass(frozen=True)
class Seating:
    """One party to seat. `given` names its own input: by SHA-256, as noise, or not at all.

    With a `keep`, what a collector gets stays on its machine, under that name.
    """

    backend: str
    primitive: str
    params: Mapping[str, Any]
    task: Any
    party: Party
    given: str | Mapping[str, Any] | None
    keep: str = ""

    def mechanism(self, registry: Registry) -> Mechanism[Any]:
        """The mechanism, from this machine's registry. Errors as `Registry.mechanism` has them."""
        spec = registry.spec(self.backend)
        if spec.kind != "carrier":
            raise UnknownNameError("carrier", self.backend, [e.id for e in registry.entries if e.available])
        mechanism = registry.mechanism(spec, self.primitive, build(spec.params, self.params, owner=spec.id))
        if self.party not in mechanism.parties(self.task):
            raise Refused(422, "No such party", f"Nobody is called {self.party} in {spec.id}'s {self.primitive}.")
        return mechanism

    def own(self, registry: Registry, held: Callable[[str], bytes]) -> Any:
        """The party's own input."""
        if self.given is None:
            return None
        if isinstance(self.given, str):
            return parse(held(self.given))
        if not isinstance(self.task, AggregationTask):
            raise Refused(422, "No such noise", "Noise is an aggregator's own input, and this is none.")
        return central_noise(registry, self.task, self.given)


def read_seating(body: bytes, *, role: str) -> Seating:
    """What `body`, a JSON object, asks; refused unless a machine of `role` seats that."""
    try:
        order = json.loads(body)
        if not isinstance(order, dict) or order.keys() != _FIELDS:
            raise ValueError
        backend, primitive, named = (str(order[k]) for k in ("backend", "primitive", "party"))
        party, params, own = Party.parse(named), order["params"], order["own"]
        keep = order["keep"]
        if not isinstance(params, dict) or not isinstance(own, str | dict | None) or not isinstance(keep, str):
            raise ValueError
        if keep and (role != "collector" or not _LABEL.fullmatch(keep)):
            raise ValueError
    except (ValueError, RecursionError):
        raise Refused(
            422, "Malformed", "A seating names backend, primitive, params, task, party, own and keep."
        ) from None
    seats, primitives = ROLES[role]
    if party.role != seats or primitive not in primitives:
        fitting = [name for name, (one, of) in ROLES.items() if one == party.role and primitive in of]
        then = f"ask a machine of role {fitting[0]}" if fitting else "no machine does"
        raise Refused(403, "Wrong role", f"A machine of role {role} does not seat {party} of {primitive}; {then}.")
    return Seating(backend, primitive, params, _task(TASKS[primitive], order["task"]), party, own, keep)


def _task(kind: type[Any], given: Any) -> Any:
    """The task of a primitive from plain values; its own checks included."""
    hints = {f.name: get_type_hints(kind)[f.name] for f in fields(kind)}
    try:
        if not isinstance(given, dict) or not given.keys() <= hints.keys():
            raise ValueError
        return kind(**{name: _typed(hints[name], value) for name, value in given.items()})
    except (ValueError, TypeError, OverflowError):
        raise Refused(422, "Malformed", f"The task is not what {kind.__name__} takes.") from None


def _typed(hint: Any, value: Any) -> Any:
    if get_origin(hint) is tuple and isinstance(value, list):
        (inner, _) = get_args(hint)
        return tuple(_typed(inner, one) for one in value)
    if hint is float and type(value) is int:
        return float(value)
    if type(value) is hint:
        return value
    raise ValueError


def central_noise(registry: Registry, task: AggregationTask, given: Mapping[str, Any]) -> Any:
    """The noise that an aggregator adds: an object whose class one of this machine's own randomisers makes.

    The host names the class and its numbers; the class is never looked up by that name.
    """
    name, numbers = given.get("class"), given.get("fields")
    for spec in (e.spec for e in registry.entries if e.available and e.spec and e.spec.kind == "randomiser"):
        if "aggregation" not in spec.implements:
            continue
        made = registry.randomiser(spec, "aggregation", build(spec.params, {}, owner=spec.id))
        for kind in _kinds_of_noise(made, task):
            if framing.reference(kind) == name and isinstance(numbers, dict):
                return _noise(kind, numbers)
    raise Refused(422, "No such noise", "No randomiser of this server adds noise of that kind; install it there.")


def _kinds_of_noise(made: Any, task: AggregationTask) -> list[type[Any]]:
    if not isinstance(made, SumRandomiser):
        return []
    try:
        noise = made.central(replace(task, noise_shares=0))
    except VeilbenchError:
        noise = None
    return list(dict.fromkeys([*([] if noise is None else [type(noise)]), *made.central_kinds]))


def _noise(kind: type[Any], numbers: Mapping[str, Any]) -> Any:
    known = {f.name for f in fields(kind) if f.init}
    if numbers.keys() != known or not all(isinstance(v, int | float | str) for v in numbers.values()):
        raise WireError(f"noise of kind {kind.__name__} has other numbers")
    return kind(**numbers)
