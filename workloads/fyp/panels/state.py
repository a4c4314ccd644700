"""The settings of the For-You page: who, under which backend, beside which, with what. The address has them all.

A taste of one's own is no setting: it is never in here. Nor is the data in any link: it is a choice kept on this
device.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from privacy.plugin import MOST_SEED, ParamError, RunRequest, WorkloadSpec
from privacy.plugin.host import Choice, Private, fields_of, offered
from privacy.plugin.running import Registry, build, owners
from ui.kit.form import reader
from ui.kit.link import Link, one_of
from ui.kit.stacks import usual_options
from workloads.fyp import tastes
from workloads.fyp.options import OWN, FypOptions
from workloads.fyp.world import World

ID = "fyp"


@dataclass(frozen=True)
class Settings:
    """Everything that a link reproduces, and the data in use, which none holds. `prev` is shown beside."""

    stack: str
    prev: str
    options: FypOptions
    seed: int
    params: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    data: Choice = field(default_factory=Choice)

    def request(self, stack: str = "") -> RunRequest:
        """The request of the stack shown, or of another under the same settings."""
        name = stack or self.stack
        params, options = self.params.get(name, {}), dict(vars(self.options))
        return self.data.on(RunRequest(stack=name, workload=ID, params=params, options=options, seed=self.seed))

    def whose(self, user: str) -> "Settings":
        return replace(self, options=replace(self.options, user=user))


def read(link: Link, registry: Registry, spec: WorkloadSpec) -> Settings:
    """The settings of the address but for whose feed it is; `link.problems` has what is wrong with them."""
    names, usual = offered(spec, registry), usual_options(spec)
    stack = link.value("stack", RunRequest.stack, one_of(names, "stack"))
    prev = link.value("prev", "", one_of(names, "stack"))
    given = {n: link.value(n, usual[n], reader(k, n)) for n, k in owners(FypOptions).items() if n != "user"}
    options = build(FypOptions, given, owner="the link")
    params: dict[str, dict[str, Any]] = {}
    for one in names:
        for name, kind in fields_of(one, spec, registry).items():
            default = getattr(kind, name)
            value = link.value(f"{one}.{name}", default, reader(kind, name))
            if value != default:
                params.setdefault(one, {})[name] = value
    seed = link.value("seed", 0, seed_of)
    return Settings(stack, "" if prev == stack else prev, options, seed, params)


def seed_of(text: str) -> int:
    """A seed of a link."""
    if not text.isdecimal() or int(text) > MOST_SEED:
        raise ParamError(f"the setting seed is {text[:40]!r}", then=f"give a whole number between 0 and {MOST_SEED}")
    return int(text)


def user_of(text: str, world: World) -> str:
    """Whose feed a link wants, by the id that the data has for them. UnknownNameError for somebody else."""
    return OWN if text == OWN else world.persona(text).id


def private(user: str, world: World) -> Private | None:
    """The taste of the person at the screen beside their own request; None for a persona, or where none is chosen."""
    own = tastes.own_taste(world) if user == OWN else None
    return Private(own, own.liked.tobytes()) if own else None
