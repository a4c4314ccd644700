"""The user's own chains: `[chains.NAME]` in `config.toml` of the state folder.

    [chains.sepolia]
    url = "https://node.example/v1"      # what the adapter `rpc` takes, by the names of its parameters
    chain_id = 11155111
    confirmations = 3
    keystore = "~/keys/sepolia.json"     # an encrypted keystore; without it a browser's wallet signs

Another adapter is named by `adapter = "its_id"`. A key itself is refused here: it would lie open in a file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from privacy.configured import refuse_keys, tables
from privacy.errors import UnknownNameError
from privacy.params import build
from privacy.registry import Registry
from privacy.spec import ChainSpec

ADAPTER = "rpc"


@dataclass(frozen=True)
class Profile:
    """A chain under the name that people choose it by: its adapter, and the settings it is opened with."""

    name: str
    spec: ChainSpec
    params: Any = field(repr=False)


def profiles(registry: Registry) -> dict[str, Profile]:
    """Every chain that can be chosen here, by name: the adapters that need no settings, then the user's own.

    DataError where the settings cannot be read, ParamError for one that no adapter takes.
    """
    found = {
        id_: Profile(id_, spec, build(spec.params, {}, owner=id_))
        for id_, spec in registry.chains.items()
        if not spec.profiled
    }
    mine = tables("chains", taken=found)
    return found | {name: _profile(name, values, registry) for name, values in mine.items()}


def profile(registry: Registry, name: str = "") -> Profile:
    """The chain of a name, the first where none is named. UnknownNameError where there is none of that name."""
    found = profiles(registry)
    name = name or next(iter(found), "")
    if name not in found:
        raise UnknownNameError("chain", name, found)
    return found[name]


def _profile(name: str, values: Mapping[str, Any], registry: Registry) -> Profile:
    refuse_keys(f"[chains.{name}]", values)
    spec = registry.chain(str(values.get("adapter", ADAPTER)))
    rest = {key: value for key, value in values.items() if key != "adapter"}
    return Profile(name, spec, build(spec.params, rest, owner=f"[chains.{name}]"))
