"""The user's own chains: `[chains.NAME]` in `config.toml` of the state folder.

    [chains.sepolia]
    url = "https://node.example/v1"      # what the adapter `rpc` takes, by the names of its parameters
    chain_id = 11155111
    confirmations = 3
    keystore = "~/keys/sepolia.json"     # an encrypted keystore; without it a browser's wallet signs

Another adapter is named by `adapter = "its_id"`. A key itself is refused here: it would lie open in a file.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from privacy.errors import DataError, UnknownNameError
from privacy.home import guarded, home
from privacy.params import build
from privacy.registry import Registry
from privacy.spec import ID, ChainSpec

FILE = "config.toml"
ADAPTER = "rpc"
_SECRETS = ("private_key", "key", "secret", "mnemonic", "passphrase", "password", "seed")


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
    for name, values in _configured().items():
        if not ID.fullmatch(name) or name in found:
            why = "another chain has this name" if name in found else "a name is made of a-z, 0-9 and '_'"
            raise DataError(f"[chains.{name}] cannot be used: {why}", where=_where(), then="rename it")
        found[name] = _profile(name, values, registry)
    return found


def profile(registry: Registry, name: str = "") -> Profile:
    """The chain of a name, the first where none is named. UnknownNameError where there is none of that name."""
    found = profiles(registry)
    name = name or next(iter(found), "")
    if name not in found:
        raise UnknownNameError("chain", name, found)
    return found[name]


def _profile(name: str, values: Mapping[str, Any], registry: Registry) -> Profile:
    for key in values:
        if key.lower() in _SECRETS:
            raise DataError(
                f"[chains.{name}] has a {key}, and no key may stand in plain settings", where=_where(),
                then="delete it, take it for known by others, and name an encrypted keystore file instead",
            )  # fmt: skip
    spec = registry.chain(str(values.get("adapter", ADAPTER)))
    rest = {key: value for key, value in values.items() if key != "adapter"}
    return Profile(name, spec, build(spec.params, rest, owner=f"[chains.{name}]"))


def _configured() -> dict[str, dict[str, Any]]:
    path = home() / FILE
    if not path.exists():
        return {}
    try:
        found = tomllib.loads(guarded(lambda: path.read_text(encoding="utf-8"), path))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        text = f"the settings cannot be read: {error}"
        raise DataError(text, where=str(path), then='mend them; TOML has name = "value" lines') from error
    chains = found.get("chains", {})
    if not isinstance(chains, dict) or not all(isinstance(one, dict) for one in chains.values()):
        raise DataError("chains are no table", where=str(path), then="write [chains.NAME], then its settings below")
    return chains


def _where() -> str:
    return str(home() / FILE)
