"""Opening a chain by its name: settings are checked, then its adapter is imported."""

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

from privacy.adapters import open_adapter
from privacy.chains.accounts import Signer, from_keystore
from privacy.chains.chain import Chain
from privacy.chains.keeping import Keeping
from privacy.chains.profiles import Profile, profile
from privacy.errors import ParamError, UnknownNameError
from privacy.home import home
from privacy.registry import Registry


def open_chain(registry: Registry, name: str = "") -> Chain:
    """The chain of a name, the first in the list where none is named; close it after use, or use it in a `with`.

    UnknownNameError or ParamError for a setting, PluginError for a broken adapter, ChainError where the chain itself
    cannot be used.
    """
    return opened(profile(registry, name))


class ChainBook:
    """The chains that a process has open, each once, whoever wants it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: dict[tuple[str, str, Any], Chain] = {}

    def get(self, registry: Registry, name: str = "") -> Chain:
        """The chain of a name, opened where it is not; settings that were changed since open it anew."""
        found = profile(registry, name)
        key = (str(home()), found.name, found.params)
        with self._lock:
            if key not in self._open:
                self._open[key] = opened(found)
            return self._open[key]

    def close(self) -> None:
        """Close them all; who wants one later opens it again."""
        with self._lock:
            for one in self._open.values():
                one.close()
            self._open.clear()


def opened(found: Profile) -> Chain:
    """The chain of a profile."""
    spec = found.spec
    chain: Chain = open_adapter(spec.chain, Chain, found.params, who=f"the chain {found.name}", hint=spec.install_hint)
    chain.name = found.name
    return chain


def signer(chain: Chain, name: str = "", *, passphrase: Callable[[], str] | None = None) -> Signer:
    """An account that signs on a chain: one of its own by label or address, else that of its keystore.

    `passphrase` is called where a keystore is opened. ParamError where a wallet has to sign.
    """
    own = chain.signers()
    if own:
        wanted = [one for one in own if name.lower() in (one.address.lower(), *one.label.lower().split(" ")[:1])]
        if not name or wanted:
            return (wanted or own)[0]
        raise UnknownNameError("account", name, (one.label for one in own))
    if chain.keystore and passphrase is not None:
        found = from_keystore(Path(chain.keystore), passphrase())
        if name and name.lower() != found.address.lower():
            raise UnknownNameError("account", name, (found.address,))
        return found
    text = f"no account of this device signs on {chain.name}"
    raise ParamError(text, then="name a keystore in its settings, or sign with a browser's wallet on the pages")


def keeping(found: Profile) -> Keeping:
    """The tools of a chain that is kept on this device. ParamError for one that others keep."""
    spec = found.spec
    if not spec.keeping:
        raise ParamError(
            f"{found.name} is not a chain of this device", then="name a chain of this device, such as embedded"
        )
    who = f"what keeps the chain {found.name}"
    tools: Keeping = open_adapter(spec.keeping, Keeping, found.params, who=who, hint=spec.install_hint)
    return tools
