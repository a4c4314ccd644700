"""What a plugin says of a backend before any of its code is loaded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from privacy.errors import PluginError
from privacy.params import NoParams

API_VERSION = 1
PRIMITIVES = ("scoring", "lookup", "aggregation", "training")

ID = re.compile(r"[a-z][a-z0-9_]{0,23}")
_REFERENCE = re.compile(r"^[\w.]+:\w+$")


@dataclass(frozen=True)
class BackendSpec:
    """A backend: its id, what it says of itself, and where its mechanisms are.

    `implements` maps a primitive to `module:Class`; the module is imported only when it runs. `modules` are what
    must be importable first, `install_hint` how to get them; `rank` is the place in lists, low first.
    `on_device` says that no private input is ever sent, so that there is nothing to randomise.
    """

    id: str
    title: str
    summary: str
    implements: Mapping[str, str]
    kind: Literal["carrier", "randomiser"] = "carrier"
    params: type[Any] = NoParams
    modules: tuple[str, ...] = ()
    install_hint: str = ""
    api_version: int = API_VERSION
    rank: int = 100
    on_device: bool = False

    def __post_init__(self) -> None:
        if not ID.fullmatch(self.id):
            raise PluginError(f"backend id {self.id!r} is not made of a-z, 0-9 and '_'", then="rename it")
        if not self.implements:
            raise PluginError(f"backend {self.id!r} implements nothing", then="name at least one primitive")
        for primitive, reference in self.implements.items():
            if primitive not in PRIMITIVES:
                raise PluginError(f"backend {self.id!r} names the unknown primitive {primitive!r}")
            if not _REFERENCE.match(reference):
                raise PluginError(f"backend {self.id!r} gives {reference!r}", then="write it as 'module:Class'")
